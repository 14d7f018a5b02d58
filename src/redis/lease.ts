import { randomUUID } from 'node:crypto';
import type { RedisConnection } from './redis-connection.ts';
import { scriptOf } from './script.ts';

/** Takes a free lease, and extends one that is already ours: an attempt whose response was lost may be repeated. */
const TAKE = scriptOf(`
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`);

const RELEASE = scriptOf(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`);

/**
 * A lease: a key that at most one replica holds, until `ttlMs` after it last took it, so that another one follows a holder
 * that died. Redis may forget it, at a failover or a flush; then two believe for up to `ttlMs` that they hold it. Good for
 * not doing work twice, not for what must never be done twice.
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

  /** Takes or extends the lease. Whether it is ours from now on, for `ttlMs`; undefined when Redis does not say. */
  take(): Promise<boolean | undefined> {
    return this.#run(TAKE);
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
