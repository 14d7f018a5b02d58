import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type EpochMs, epochNow, later, type MonotonicMs, monotonicNow } from '../../clock.ts';
import { inBackground } from '../../guarded.ts';
import { PRELUDE, scriptOf } from '../../redis/lua-scripts.ts';
import type { RedisConnection } from '../../redis/redis-connection.ts';

/** Length of a window, in milliseconds. */
const WINDOW_MS = 60_000;

/**
 * Callers that are counted at the same time: a few MB. Past that, the one not seen for longest is forgotten. A flood from very
 * many addresses can so win a fresh minute for somebody, and take it from nobody.
 */
export const MAX_COUNTED = 10_000;

/** Counts requests in windows of a minute that begin with a caller's first one. `access-control.ts` says which count as whose. */
export interface RateLimitStore {
  /** Counts a request. @returns for how long there may be no other, in milliseconds; 0 for one that is within the limit */
  take(caller: string): Promise<number>;
}

/** Counts at this replica alone. */
export class MemoryRateLimitStore implements RateLimitStore {
  readonly #requestsPerMinute: number;
  readonly #windows = new LRUCache<string, { count: number; readonly endsAt: EpochMs }>({ max: MAX_COUNTED });

  constructor(requestsPerMinute: number) {
    this.#requestsPerMinute = requestsPerMinute;
  }

  async take(caller: string): Promise<number> {
    const now = epochNow();
    let window = this.#windows.get(caller);
    // The second condition holds when the system's clock was set back.
    if (window === undefined || window.endsAt <= now || window.endsAt - now > WINDOW_MS) {
      window = { count: 0, endsAt: later(now, WINDOW_MS) };
      this.#windows.set(caller, window);
    }
    window.count++;
    return window.count > this.#requestsPerMinute ? window.endsAt - now : 0;
  }
}

/**
 * Counts ARGV[1] requests in a window of ARGV[2] milliseconds. Returns the requests of the window, the milliseconds until it
 * ends, and 1 where the key held something else: its window would never end, or end long after the minute.
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

/** A reply of {@link TAKE}; undefined for any other, which a server of another kind could send. */
function windowIn(reply: unknown): { count: number; leftMs: number; isForeign: boolean } | undefined {
  const [count, leftMs, isForeign] = Array.isArray(reply) ? reply : [];
  if (!Number.isSafeInteger(count) || !Number.isSafeInteger(leftMs)) return undefined;
  if (count < 1 || leftMs < 0 || leftMs > WINDOW_MS || (isForeign !== 0 && isForeign !== 1)) return undefined;
  return { count, leftMs, isForeign: isForeign === 1 };
}

/** Gets how long its request has to wait, in milliseconds. */
type Resolve = (waitMs: number | Promise<number>) => void;

/**
 * Counts at all replicas together. Requests that come while Redis counts earlier ones of the same caller are counted by the
 * next command, together. While Redis does not answer, each replica counts alone.
 */
export class RedisRateLimitStore implements RateLimitStore {
  readonly #requestsPerMinute: number;
  readonly #redis: RedisConnection;
  readonly #prefix: string;
  readonly #fallback: MemoryRateLimitStore;
  /** Callers whose requests are being counted, with the requests that have come since. */
  readonly #counting = new Map<string, Resolve[]>();
  /** Callers that have used up their minute, and until when; Redis need not be asked again. */
  readonly #exhausted = new LRUCache<string, MonotonicMs>({ max: MAX_COUNTED });

  /** @param prefix of all keys */
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
    // Keys must not tell who the callers are.
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
