import { randomUUID } from 'node:crypto';
import { guarded } from '../guarded.ts';
import { ACQUIRE, EXTEND, RELEASE, type Script } from './lua-scripts.ts';
import type { RedisConnection } from './redis-connection.ts';

/** Expiry of a failure in place of a lease, in milliseconds. Waiting replicas poll far more often. */
const FAILURE_MS = 500;

/**
 * A key that at most one replica owns, until `ttlMs` after it was last acquired or extended. After a failover or a flush two
 * replicas may own it for up to `ttlMs`: it avoids double work, and guarantees nothing. Methods return undefined when Redis
 * does not answer.
 *
 * @see https://redis.io/docs/latest/develop/clients/patterns/distributed-locks/
 */
export class Lease {
  readonly #redis: RedisConnection;
  readonly #key: string;
  readonly #ttlMs: number;
  readonly #owner: string;
  #extending: NodeJS.Timeout | undefined;

  /** @param owner what the key holds; of a lease that a script has given, what that script wrote */
  constructor(redis: RedisConnection, key: string, ttlMs: number, owner: string = randomUUID()) {
    this.#redis = redis;
    this.#key = key;
    this.#ttlMs = ttlMs;
    this.#owner = owner;
  }

  /** Takes a free lease, and extends one that is ours: an attempt whose reply was lost may be repeated. Whether it is ours now. */
  acquire(): Promise<boolean | undefined> {
    return this.#run(ACQUIRE, this.#ttlMs);
  }

  /** Extends the lease again and again, until {@link stopExtending} or {@link release}. */
  keepExtending(everyMs: number): void {
    const extend = guarded(() => this.#run(EXTEND, this.#ttlMs), this.#redis.failed);
    this.#extending = setInterval(extend, everyMs);
  }

  stopExtending(): void {
    clearInterval(this.#extending);
  }

  /** Gives the lease up. Whether it was ours. @param failure left in its place for those who wait for the owner's work */
  release(failure = ''): Promise<boolean | undefined> {
    this.stopExtending();
    return this.#run(RELEASE, failure, FAILURE_MS);
  }

  async #run(script: Script, ...args: (string | number)[]): Promise<boolean | undefined> {
    const reply = await this.#redis.run(script, [this.#key], [this.#owner, ...args]);
    return reply === undefined ? undefined : reply === 1;
  }
}
