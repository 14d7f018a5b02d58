import { later, type MonotonicMs, monotonicNow } from '../clock.ts';
import { PRELUDE, scriptOf } from './lua-scripts.ts';
import type { RedisConnection } from './redis-connection.ts';

/** Expiry of a time in Redis, in milliseconds. */
const EXPIRY_MS = 600_000;

/** Returns the milliseconds since the fact was first seen. ARGV: milliseconds since this replica saw it; expiry in milliseconds. */
const FIRST = scriptOf(`${PRELUDE}
local held = within(checked(KEYS[1], 'GETRANGE', 0, 31), now - ARGV[2], now)
if held then return tostring(now - held) end
redis.call('SET', KEYS[1], string.format('%.3f', now - ARGV[1]), 'PX', ARGV[2])
return ARGV[1]`);

/** The time at which any replica first saw a fact, within the last ten minutes. */
export class FirstSeen {
  readonly #redis: RedisConnection;
  readonly #prefix: string;

  constructor(redis: RedisConnection, prefix: string) {
    this.#redis = redis;
    this.#prefix = prefix;
  }

  /**
   * The time at which a fact was first seen; never earlier than the true time.
   *
   * @param at time at which this replica saw it; returned if no other replica was earlier, or Redis does not reply
   */
  async since(key: string, at: MonotonicMs): Promise<MonotonicMs> {
    const agoMs = monotonicNow() - at;
    const reply = await this.#redis.run(FIRST, [`${this.#prefix}${key}`], [agoMs, EXPIRY_MS]);
    const knownForMs = typeof reply === 'string' && reply !== '' ? Number(reply) : Number.NaN;
    const first = later(monotonicNow(), -knownForMs);
    return knownForMs >= 0 && knownForMs <= EXPIRY_MS && first < at ? first : at;
  }
}
