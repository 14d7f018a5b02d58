import type { Failure } from './errors.ts';

/**
 * Headers of a throttled response that say when to retry, in milliseconds: `x-acs-retry-after` of newer gateways, or the pair
 * of `x-ratelimit-*` headers of older ones. Source: the vendor's SDKs; its documentation mentions neither.
 */
export type RetryHeader = 'x-acs-retry-after' | 'x-ratelimit' | 'none';

/**
 * Request quota per second of the account. A second begins with its first request and lasts 1000 ms, so that a client may
 * send up to twice the quota around its end. Throttled requests do not count.
 */
export class Quota {
  readonly #requestsPerSecond: number;
  readonly #header: RetryHeader;
  #secondStartedMs = Number.NEGATIVE_INFINITY;
  #used = 0;

  constructor(requestsPerSecond: number, header: RetryHeader) {
    this.#requestsPerSecond = requestsPerSecond;
    this.#header = header;
  }

  /** Counts a request at `nowMs` of a monotonic clock. Returns the error if the quota of the second is used up, else null. */
  take(nowMs: number): Failure | null {
    if (nowMs - this.#secondStartedMs >= 1000) {
      this.#secondStartedMs = nowMs;
      this.#used = 0;
    }
    if (this.#used < this.#requestsPerSecond) {
      this.#used += 1;
      return null;
    }
    return {
      code: 'Throttling.User',
      // The vendor's tables give 400, never 429.
      status: 400,
      message: 'Request was denied due to user flow control.',
      headers: this.#headers(Math.ceil(1000 - (nowMs - this.#secondStartedMs))),
    };
  }

  #headers(waitMs: number): Record<string, string> {
    if (this.#header === 'none') return {};
    if (this.#header === 'x-acs-retry-after') return { 'x-acs-retry-after': String(waitMs) };
    const state = `Limit:${this.#requestsPerSecond},Remain:0,TimeLeft:${waitMs},Reset:${waitMs}`;
    return { 'x-ratelimit-user-api': state, 'x-ratelimit-user': state };
  }
}
