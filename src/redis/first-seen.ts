import { later, type MonotonicMs, monotonicNow } from '../clock.ts';
import { PRELUDE, scriptOf } from './lua-scripts.ts';
import type { RedisConnection } from './redis-connection.ts';

const KEEP_MS = 600_000;

/** ARGV: how long ago it was, how long it is remembered. Returns how long ago the first time was. */
const FIRST = scriptOf(`${PRELUDE}
local held = within(checked(KEYS[1], 'GETRANGE', 0, 31), now - ARGV[2], now)
if held then return tostring(now - held) end
redis.call('SET', KEYS[1], string.format('%.3f', now - ARGV[1]), 'PX', ARGV[2])
return ARGV[1]`);

/** The earliest time at which any replica reported a fact, of the last ten minutes. */
export class FirstSeen {
  readonly #redis: RedisConnection;
  readonly #prefix: string;

  constructor(redis: RedisConnection, prefix: string) {
    this.#redis = redis;
    this.#prefix = prefix;
  }

  /**
   * Since when the fact is known; never earlier than it was.
   *
   * @param at when this replica knew; returned when no other replica knew earlier, or Redis does not answer
   */
  async since(key: string, at: MonotonicMs): Promise<MonotonicMs> {
    const agoMs = monotonicNow() - at;
    const reply = await this.#redis.run(FIRST, [`${this.#prefix}${key}`], [agoMs, KEEP_MS]);
    const knownForMs = typeof reply === 'string' && reply !== '' ? Number(reply) : Number.NaN;
    const first = later(monotonicNow(), -knownForMs);
    return knownForMs >= 0 && knownForMs <= KEEP_MS && first < at ? first : at;
  }
}
