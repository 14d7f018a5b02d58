import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { RateLimiterRes } from 'rate-limiter-flexible';
import type { Verdict } from '../../auth/verdict.ts';
import { later, type MonotonicMs, monotonicNow } from '../../clock.ts';
import { inBackground } from '../../guarded.ts';
import type { RedisConnection } from '../../redis/connection.ts';
import { type Script, scriptOf } from '../../redis/script.ts';
import type { RequestContext } from '../http/request-context.ts';

/** Length of a window, in seconds. */
const WINDOW_S = 60;

/**
 * Callers that are counted at the same time: 5 MB. Past that, the one not seen for longest is forgotten. A flood from very
 * many addresses can so win a fresh minute for somebody, and take it from nobody.
 */
export const MAX_COUNTED = 10_000;

/** Counts requests in windows of a minute that begin with a caller's first one. */
export interface RateLimitStore {
  /** Counts a request. @returns for how long there may be no other, in milliseconds; 0 for one that is within the limit */
  take(caller: string): Promise<number>;
}

/**
 * Applies `LIMIT_REQUESTS_PER_MINUTE`:
 * - An authenticated client is counted by its own id, and by nothing that anybody else can use up.
 * - An anonymous caller is counted by address.
 * - A request without a valid credential is counted by address; a wrong credential also by the group of what was guessed
 *   (`guess.ts`), so that guesses from many addresses share a count.
 *
 * Credentials are checked before this, so a valid one is admitted however many wrong ones came from its address.
 */
export class ClientRateLimit {
  readonly #store: RateLimitStore;

  constructor(store: RateLimitStore) {
    this.#store = store;
  }

  /**
   * Counts a request.
   *
   * @param isCounted whether the request of an authenticated client counts; one without a valid credential always does
   * @returns how long the caller has to wait, in milliseconds; 0 when the request is within the limit
   */
  async waitOf(context: RequestContext, { client, refusal }: Verdict, isCounted: boolean): Promise<number> {
    if (client !== undefined) return isCounted ? this.#store.take(client.id) : 0;
    // The identity provider is away, which is not the caller's doing.
    if (refusal?.kind === 'unchecked') return 0;
    const waitMs = await this.#store.take(context.address);
    if (waitMs > 0 || refusal?.guess === undefined) return waitMs;
    return this.#store.take(refusal.guess);
  }
}

const loadMemoryLimiter = () => import('rate-limiter-flexible/lib/RateLimiterMemory.js');

/** Counts at this replica alone. */
export class MemoryRateLimitStore implements RateLimitStore {
  readonly #points: number;
  #limiter: InstanceType<Awaited<ReturnType<typeof loadMemoryLimiter>>['default']> | undefined;
  /** The limiter forgets callers only with time; this deletes the one not seen for longest when there are too many. */
  readonly #counted = new LRUCache<string, true>({
    max: MAX_COUNTED,
    dispose: (_, key, reason) => {
      if (reason === 'evict' && this.#limiter !== undefined)
        inBackground(this.#limiter.delete(key), () => {});
    },
  });

  constructor(requestsPerMinute: number) {
    this.#points = requestsPerMinute;
  }

  async take(caller: string): Promise<number> {
    const limiter = this.#limiter ?? (await this.#open());
    this.#counted.set(caller, true);
    try {
      await limiter.consume(caller);
      return 0;
    } catch (rejected) {
      return (rejected as RateLimiterRes).msBeforeNext;
    }
  }

  async #open() {
    const { default: RateLimiterMemory } = await loadMemoryLimiter();
    this.#limiter ??= new RateLimiterMemory({ points: this.#points, duration: WINDOW_S, keyPrefix: '' });
    return this.#limiter;
  }
}

const loadRedisLimiter = () => import('rate-limiter-flexible/lib/RateLimiterRedis.js');

/** Gets how long its request has to wait, in milliseconds. */
type Resolve = (waitMs: number | Promise<number>) => void;

/**
 * Counts at all replicas together. Requests that come while Redis counts earlier ones of the same caller are counted by the
 * next command, together. While Redis does not answer, each replica counts alone.
 */
export class RedisRateLimitStore implements RateLimitStore {
  readonly #points: number;
  readonly #redis: RedisConnection;
  readonly #prefix: string;
  readonly #fallback: MemoryRateLimitStore;
  /** Callers whose requests are being counted, with the requests that have come since. */
  readonly #counting = new Map<string, Resolve[]>();
  /** Callers that have used up their minute, and until when; Redis need not be asked again. */
  readonly #exhausted = new LRUCache<string, MonotonicMs>({ max: MAX_COUNTED });
  #limiter: InstanceType<Awaited<ReturnType<typeof loadRedisLimiter>>['default']> | undefined;

  /** @param prefix of all keys */
  constructor(requestsPerMinute: number, redis: RedisConnection, prefix: string) {
    this.#points = requestsPerMinute;
    this.#redis = redis;
    this.#prefix = prefix;
    this.#fallback = new MemoryRateLimitStore(requestsPerMinute);
  }

  take(caller: string): Promise<number> {
    const exhaustedForMs = (this.#exhausted.get(caller) ?? 0) - monotonicNow();
    if (exhaustedForMs > 0) return Promise.resolve(exhaustedForMs);
    return new Promise((resolve) => {
      const others = this.#counting.get(caller);
      if (others === undefined) inBackground(this.#count(caller, [resolve]), this.#redis.failed);
      else others.push(resolve);
    });
  }

  async #count(caller: string, first: readonly Resolve[]): Promise<void> {
    let batch = first;
    while (batch.length > 0) {
      const next: Resolve[] = [];
      this.#counting.set(caller, next);
      const counted = await this.#consume(caller, batch.length);
      if (counted === undefined) for (const resolve of batch) resolve(this.#fallback.take(caller));
      else this.#resolve(caller, batch, counted);
      batch = next;
    }
    this.#counting.delete(caller);
  }

  #resolve(
    caller: string,
    batch: readonly Resolve[],
    { consumedPoints, msBeforeNext }: RateLimiterRes,
  ): void {
    const tooMany = consumedPoints - this.#points;
    if (tooMany > 0) this.#exhausted.set(caller, later(monotonicNow(), msBeforeNext));
    for (const [index, resolve] of batch.entries())
      resolve(index < batch.length - tooMany ? 0 : msBeforeNext);
  }

  /** Undefined when Redis does not say. */
  async #consume(caller: string, points: number): Promise<RateLimiterRes | undefined> {
    // Keys must not tell who the callers are.
    const key = hash('sha256', caller, 'base64url').slice(0, 22);
    let counted: RateLimiterRes;
    try {
      const limiter = this.#limiter ?? (await this.#open());
      counted = await limiter.consume(key, points);
    } catch (rejected) {
      if (rejected instanceof Error) return undefined;
      counted = rejected as RateLimiterRes;
    }
    if (isCount(counted)) return counted;
    // Its window would never end, or end long after the minute: the client would be locked out, or not limited at all.
    this.#redis.foundUnreadable('client limit');
    await this.#redis.command('del', `${this.#prefix}client:${key}`);
    return undefined;
  }

  async #open() {
    const { default: RateLimiterRedis } = await loadRedisLimiter();
    this.#limiter ??= new RateLimiterRedis({
      storeClient: clientOver(this.#redis),
      points: this.#points,
      duration: WINDOW_S,
      keyPrefix: `${this.#prefix}client`,
    });
    return this.#limiter;
  }
}

/** Whether a reply of Redis is a count in a window of a minute. */
function isCount({ consumedPoints, msBeforeNext }: RateLimiterRes): boolean {
  return Number.isSafeInteger(consumedPoints) && msBeforeNext >= 0 && msBeforeNext <= WINDOW_S * 1000;
}

/** The part of a Redis client that the limiter uses. */
function clientOver(redis: RedisConnection) {
  let script: Script;
  return {
    defineCommand(_name: string, { lua }: { readonly lua: string }) {
      script = scriptOf(lua);
    },
    async rlflxIncr([key = '', ...args]: readonly string[]) {
      const reply = await redis.run(script, [key], args);
      if (reply === undefined) throw new Error('Redis does not answer');
      return reply;
    },
  };
}
