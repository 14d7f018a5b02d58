import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type EpochMs, epochNow, later, type MonotonicMs, monotonicNow } from '../../clock.ts';
import { inBackground } from '../../guarded.ts';
import { PRELUDE, scriptOf } from '../../redis/lua-scripts.ts';
import type { RedisConnection } from '../../redis/redis-connection.ts';

/** Length of a rate limit window, in milliseconds. */
const WINDOW_MS = 60_000;

/**
 * Maximum number of callers counted at the same time: a few MB. Beyond it, the least recently seen caller is forgotten.
 * A flood from very many addresses can thus restart a caller's window early, but never shorten anybody's limit.
 */
export const MAX_COUNTED = 10_000;

/**
 * Counts requests in fixed windows of one minute, each beginning with a caller's first request. `access-control.ts`
 * decides which requests count, and for whom.
 */
export interface RateLimitStore {
  /** Counts a request. @returns time until the next request is allowed, in milliseconds; 0 within the limit */
  take(caller: string): Promise<number>;
}

/** Counts the requests at this replica. */
export class MemoryRateLimitStore implements RateLimitStore {
  readonly #requestsPerMinute: number;
  readonly #windows = new LRUCache<string, { count: number; readonly endsAt: EpochMs }>({ max: MAX_COUNTED });

  constructor(requestsPerMinute: number) {
    this.#requestsPerMinute = requestsPerMinute;
  }

  async take(caller: string): Promise<number> {
    const now = epochNow();
    let window = this.#windows.get(caller);
    // The second condition holds when the system clock was set back.
    if (window === undefined || window.endsAt <= now || window.endsAt - now > WINDOW_MS) {
      window = { count: 0, endsAt: later(now, WINDOW_MS) };
      this.#windows.set(caller, window);
    }
    window.count++;
    return window.count > this.#requestsPerMinute ? window.endsAt - now : 0;
  }
}

/**
 * Counts ARGV[1] requests in a window of ARGV[2] milliseconds. Returns the number of requests in the window, the
 * milliseconds until it ends, and 1 if the key held a foreign value. Such a value is replaced: its window might end too
 * late or never.
 */
const TAKE = scriptOf(`${PRELUDE}
local found = checked(KEYS[1], 'GET')
local isCount = found and (found == '0' or string.match(found, '^[1-9]%d*$'))
local count = isCount and within(found, 0, 9007199254740991)
local left = redis.call('PTTL', KEYS[1])
local isForeign = found and not (count and left >= 0 and left <= tonumber(ARGV[2]))
if isForeign or not found then
  left = tonumber(ARGV[2])
  redis.call('SET', KEYS[1], 0, 'PX', left)
end
return {redis.call('INCRBY', KEYS[1], ARGV[1]), left, isForeign and 1 or 0}`);

/** Parses a reply of {@link TAKE}; undefined for an invalid one, which a server other than Redis may send. */
function windowIn(reply: unknown): { count: number; leftMs: number; isForeign: boolean } | undefined {
  const [count, leftMs, isForeign] = Array.isArray(reply) ? reply : [];
  if (!Number.isSafeInteger(count) || !Number.isSafeInteger(leftMs)) return undefined;
  if (count < 1 || leftMs < 0 || leftMs > WINDOW_MS || (isForeign !== 0 && isForeign !== 1)) return undefined;
  return { count, leftMs, isForeign: isForeign === 1 };
}

/** Resolves with the time that a request must wait, in milliseconds. */
type Resolve = (waitMs: number | Promise<number>) => void;

/**
 * Counts the requests at all replicas, in Redis. Requests of a caller that arrive while Redis counts earlier ones are
 * batched into the next command. While Redis is unreachable, each replica counts alone.
 */
export class RedisRateLimitStore implements RateLimitStore {
  readonly #requestsPerMinute: number;
  readonly #redis: RedisConnection;
  readonly #prefix: string;
  readonly #fallback: MemoryRateLimitStore;
  /** Callers with a command in flight, each with the requests that have arrived since. */
  readonly #counting = new Map<string, Resolve[]>();
  /** Callers over the limit, with the end of their window; their requests are rejected without a Redis command. */
  readonly #exhausted = new LRUCache<string, MonotonicMs>({ max: MAX_COUNTED });

  /** @param prefix prefix of all keys */
  constructor(requestsPerMinute: number, redis: RedisConnection, prefix: string) {
    this.#requestsPerMinute = requestsPerMinute;
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
    // Hashed, so that keys do not reveal callers.
    const key = `${this.#prefix}client:${hash('sha256', caller, 'base64url').slice(0, 22)}`;
    for (let batch = first; batch.length > 0; ) {
      const next: Resolve[] = [];
      this.#counting.set(caller, next);
      const reply = await this.#redis.run(TAKE, [key], [batch.length, WINDOW_MS]);
      const window = reply === undefined ? undefined : windowIn(reply);
      if (window === undefined) {
        if (reply !== undefined) this.#redis.reportUnreadable('reply');
        for (const resolve of batch) resolve(this.#fallback.take(caller));
      } else {
        const { count, leftMs, isForeign } = window;
        if (isForeign) this.#redis.reportUnreadable('client limit');
        const tooMany = count - this.#requestsPerMinute;
        if (tooMany > 0) this.#exhausted.set(caller, later(monotonicNow(), leftMs));
        for (const [index, resolve] of batch.entries()) resolve(index < batch.length - tooMany ? 0 : leftMs);
      }
      batch = next;
    }
    this.#counting.delete(caller);
  }
}
