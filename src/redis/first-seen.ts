import type { RedisConnection } from './redis-connection.ts';
import { CHECKED, scriptOf } from './script.ts';

/** How long a time is remembered, in milliseconds. */
const KEEP_MS = 600_000;

/** ARGV: how long ago it was, how long it is remembered. Answers how long ago the first time was. */
const FIRST = scriptOf(`${CHECKED}
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local held = within(checked(KEYS[1], 'GETRANGE', 0, 31), now - ARGV[2], now)
if held then return tostring(now - held) end
redis.call('SET', KEYS[1], string.format('%.3f', now - ARGV[1]), 'PX', ARGV[2])
return ARGV[1]`);

/** When things were so for the first time, on any replica: the earliest of the times that were told, of the last minutes. */
export class FirstTimes {
  readonly #redis: RedisConnection;
  readonly #prefix: string;

  /** @param prefix of all keys */
  constructor(redis: RedisConnection, prefix: string) {
    this.#redis = redis;
    this.#prefix = prefix;
  }

  /**
   * Since when it is so, no earlier than it was; `at` when no other replica knows of an earlier time, or Redis does not
   * say. Times are milliseconds of `performance.now()`.
   *
   * @param at when this replica knew
   */
  async since(key: string, at: number): Promise<number> {
    const agoMs = performance.now() - at;
    const reply = await this.#redis.run(FIRST, [`${this.#prefix}${key}`], [agoMs, KEEP_MS]);
    const knownForMs = typeof reply === 'string' && reply !== '' ? Number(reply) : Number.NaN;
    return knownForMs >= 0 && knownForMs <= KEEP_MS ? Math.min(at, performance.now() - knownForMs) : at;
  }
}
