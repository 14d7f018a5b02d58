import { randomUUID } from 'node:crypto';
import { guarded } from '../guarded.ts';
import { ACQUIRE, EXTEND, RELEASE, type Script } from './lua-scripts.ts';
import type { RedisConnection } from './redis-connection.ts';

/** Expiry of a failure that replaces a lease, in milliseconds. Waiting replicas poll far more often. */
const FAILURE_MS = 500;

/**
 * A lease: a key that one replica owns until `ttlMs` after it was last acquired or extended. After a failover or a flush two replicas
 * may own it for up to `ttlMs`, so it avoids duplicate work but guarantees no mutual exclusion. Methods return undefined if Redis does
 * not reply.
 *
 * @see https://redis.io/docs/latest/develop/clients/patterns/distributed-locks/
 */
export class Lease {
  readonly #redis: RedisConnection;
  readonly #key: string;
  readonly #ttlMs: number;
  readonly #owner: string;
  #extending: NodeJS.Timeout | undefined;

  /** @param owner value of the key: random, or what the script wrote that granted the lease */
  constructor(redis: RedisConnection, key: string, ttlMs: number, owner: string = randomUUID()) {
    this.#redis = redis;
    this.#key = key;
    this.#ttlMs = ttlMs;
    this.#owner = owner;
  }

  /**
   * Acquires the lease, or extends it if this owner has it, so that an attempt whose reply was lost can be repeated. Resolves to
   * whether this owner has the lease now.
   */
  acquire(): Promise<boolean | undefined> {
    return this.#run(ACQUIRE, this.#ttlMs);
  }

  /** Extends the lease periodically, until {@link stopExtending} or {@link release}. */
  keepExtending(everyMs: number): void {
    const extend = guarded(() => this.#run(EXTEND, this.#ttlMs), this.#redis.failed);
    this.#extending = setInterval(extend, everyMs);
  }

  stopExtending(): void {
    clearInterval(this.#extending);
  }

  /**
   * Releases the lease. Resolves to whether this owner had it.
   *
   * @param failure stored in place of the lease, for replicas that wait for the owner's result
   */
  release(failure = ''): Promise<boolean | undefined> {
    this.stopExtending();
    return this.#run(RELEASE, failure, FAILURE_MS);
  }

  async #run(script: Script, ...args: (string | number)[]): Promise<boolean | undefined> {
    const reply = await this.#redis.run(script, [this.#key], [this.#owner, ...args]);
    return reply === undefined ? undefined : reply === 1;
  }
}
