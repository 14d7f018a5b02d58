import type { RedisConnection } from '../../redis/redis-connection.ts';

/** Past the year 5000, in milliseconds since 1970: no clock is there. */
const MAX_TIME = 1e14;

/**
 * Redis's clock, by which replicas tell each other when something was: their own may differ. It is known as well as one
 * question and its answer allow, so every time has an earliest and a latest. Local times are those of `performance.now()`,
 * all are milliseconds.
 */
export class SharedClock {
  readonly #redis: RedisConnection;
  /** By how much Redis's clock is ahead of the local one. */
  #least = Number.NEGATIVE_INFINITY;
  #most = Number.POSITIVE_INFINITY;

  constructor(redis: RedisConnection) {
    this.#redis = redis;
  }

  /** Looks at Redis's clock. Where Redis does not answer, what was known goes on to hold. */
  async set(): Promise<void> {
    const askedAt = performance.now();
    const reply = await this.#redis.command('time');
    if (!Array.isArray(reply)) return;
    const [seconds, microseconds] = reply.map(Number) as [number, number];
    const time = 1000 * seconds + microseconds / 1000;
    if (!(time > 0 && time < MAX_TIME)) return this.#redis.foundUnreadable('clock');
    this.#least = time - performance.now();
    this.#most = time - askedAt;
  }

  /** Whether it was ever looked at. */
  get isSet(): boolean {
    return this.#most < Number.POSITIVE_INFINITY;
  }

  /** By Redis's clock, not later than it was. */
  earliest(localMs: number): number {
    return localMs + this.#least;
  }

  /** By Redis's clock, not earlier than it was. */
  latest(localMs: number): number {
    return localMs + this.#most;
  }

  /** By the local clock, not later than it was. */
  localEarliest(redisMs: number): number {
    return redisMs - this.#most;
  }

  /** By the local clock, not earlier than it was. */
  localLatest(redisMs: number): number {
    return redisMs - this.#least;
  }
}
