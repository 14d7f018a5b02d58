import { randomUUID } from 'node:crypto';
import type { RedisConnection } from './connection.ts';
import { scriptOf } from './script.ts';

/** Taken when it is free or already ours, in which case it starts anew: an attempt whose answer was lost may be repeated. */
const TAKE = scriptOf(`
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`);

const EXTEND = scriptOf(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`);

const RELEASE = scriptOf(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`);

/**
 * One replica's hand on a key that at most one of them holds. It is a lease: who does not extend it loses it after
 * `ttlMs`, so that a dead holder is followed by another. Redis may forget it, at a failover or a flush; then two believe
 * for up to `ttlMs` that they hold it. Good for not doing work twice, not for what must never be done twice.
 *
 * @see https://redis.io/docs/latest/develop/clients/patterns/distributed-locks/
 */
export class Lock {
  readonly #redis: RedisConnection;
  readonly #key: string;
  readonly #ttlMs: number;
  readonly #token = randomUUID();

  constructor(redis: RedisConnection, key: string, ttlMs: number) {
    this.#redis = redis;
    this.#key = key;
    this.#ttlMs = ttlMs;
  }

  /** Whether it is ours from now on, for `ttlMs`; undefined when Redis does not say. May be repeated. */
  take(): Promise<boolean | undefined> {
    return this.#run(TAKE);
  }

  /** Whether it was still ours, and is for another `ttlMs`; undefined when Redis does not say. */
  extend(): Promise<boolean | undefined> {
    return this.#run(EXTEND);
  }

  /** Gives it up, if it is still ours: whether it was; undefined when Redis does not say. */
  release(): Promise<boolean | undefined> {
    return this.#run(RELEASE);
  }

  async #run(script: typeof TAKE): Promise<boolean | undefined> {
    const reply = await this.#redis.run(script, [this.#key], [this.#token, this.#ttlMs]);
    return reply === undefined ? undefined : reply === 1;
  }
}
