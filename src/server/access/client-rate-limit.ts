import { LRUCache } from 'lru-cache';
import type { RateLimiterRes } from 'rate-limiter-flexible';
import { inBackground } from '../../guarded.ts';

/** Length of a window, in seconds. */
export const WINDOW_S = 60;

/**
 * Callers that are counted at the same time: 5 MB. Past that, the one not seen for longest is forgotten. Who comes from
 * very many addresses can so win a fresh minute for somebody, and take it from nobody.
 */
export const MAX_COUNTED = 10_000;

const load = () => import('rate-limiter-flexible/lib/RateLimiterMemory.js');

/** Counts the requests of callers. */
export interface Limit {
  /** Counts a request. @returns for how long there may be no other, in milliseconds; 0 for one that is within the limit */
  take(caller: string): Promise<number>;
}

/** Counts in windows of a minute that begin with a caller's first request. */
export class RateLimit implements Limit {
  readonly #points: number;
  #limiter: InstanceType<Awaited<ReturnType<typeof load>>['default']> | undefined;
  /** The limiter forgets only with time; what has to go before is told by this. */
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
    } catch (refused) {
      return (refused as RateLimiterRes).msBeforeNext;
    }
  }

  async #open() {
    const { default: RateLimiterMemory } = await load();
    this.#limiter ??= new RateLimiterMemory({ points: this.#points, duration: WINDOW_S, keyPrefix: '' });
    return this.#limiter;
  }
}
