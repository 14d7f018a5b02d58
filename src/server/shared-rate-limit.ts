import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { RateLimiterRes } from 'rate-limiter-flexible';
import { inBackground } from '../guarded.ts';
import { type Script, scriptOf } from '../redis/lua-scripts.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';
import { type Limit, MAX_COUNTED, RateLimit, WINDOW_S } from './rate-limit.ts';

const load = () => import('rate-limiter-flexible/lib/RateLimiterRedis.js');

/** Told how long its request has to wait. */
type Told = (waitMs: number | Promise<number>) => void;

/**
 * Counts the requests of a caller at all replicas, in windows of a minute that begin with the first of them. Requests that
 * come while Redis counts earlier ones of the same caller are counted together by the next command. While Redis does not
 * answer, each replica counts by itself.
 */
export class SharedRateLimit implements Limit {
  readonly #points: number;
  readonly #redis: RedisConnection;
  readonly #prefix: string;
  readonly #alone: RateLimit;
  /** Callers whose requests are being counted, with those that have come since. */
  readonly #counting = new Map<string, Told[]>();
  /** Callers that have used up their minute, and until when; Redis need not be asked again. */
  readonly #refused = new LRUCache<string, number>({ max: MAX_COUNTED });
  #limiter: InstanceType<Awaited<ReturnType<typeof load>>['default']> | undefined;

  /** @param prefix of all keys */
  constructor(requestsPerMinute: number, redis: RedisConnection, prefix: string) {
    this.#points = requestsPerMinute;
    this.#redis = redis;
    this.#prefix = prefix;
    this.#alone = new RateLimit(requestsPerMinute);
  }

  take(caller: string): Promise<number> {
    const refusedForMs = (this.#refused.get(caller) ?? 0) - performance.now();
    if (refusedForMs > 0) return Promise.resolve(refusedForMs);
    return new Promise((tell) => {
      const others = this.#counting.get(caller);
      if (others === undefined) inBackground(this.#count(caller, [tell]), this.#redis.failed);
      else others.push(tell);
    });
  }

  async #count(caller: string, first: readonly Told[]): Promise<void> {
    let batch = first;
    while (batch.length > 0) {
      const next: Told[] = [];
      this.#counting.set(caller, next);
      const counted = await this.#consume(caller, batch.length);
      if (counted === undefined) for (const tell of batch) tell(this.#alone.take(caller));
      else this.#tell(caller, batch, counted);
      batch = next;
    }
    this.#counting.delete(caller);
  }

  #tell(caller: string, batch: readonly Told[], { consumedPoints, msBeforeNext }: RateLimiterRes): void {
    const tooMany = consumedPoints - this.#points;
    if (tooMany > 0) this.#refused.set(caller, performance.now() + msBeforeNext);
    for (const [index, tell] of batch.entries()) tell(index < batch.length - tooMany ? 0 : msBeforeNext);
  }

  /** Undefined when Redis does not say. */
  async #consume(caller: string, points: number): Promise<RateLimiterRes | undefined> {
    // Who it is, is nobody's business who may read keys.
    const key = hash('sha256', caller, 'base64url').slice(0, 22);
    let counted: RateLimiterRes;
    try {
      const limiter = this.#limiter ?? (await this.#open());
      counted = await limiter.consume(key, points);
    } catch (refused) {
      if (refused instanceof Error) return undefined;
      counted = refused as RateLimiterRes;
    }
    if (isCount(counted)) return counted;
    // Its window would never end, or end long after the minute: the client would be locked out, or not limited at all.
    this.#redis.foundUnreadable('client limit');
    await this.#redis.command('del', `${this.#prefix}client:${key}`);
    return undefined;
  }

  async #open() {
    const { default: RateLimiterRedis } = await load();
    this.#limiter ??= new RateLimiterRedis({
      storeClient: storeOver(this.#redis),
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

/** The little of a Redis client that the limiter uses. */
function storeOver(redis: RedisConnection) {
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
