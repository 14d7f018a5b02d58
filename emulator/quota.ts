import type { Failure } from './errors.ts';

/**
 * How a throttled answer says when to come back, both in milliseconds: `x-acs-retry-after` is the newer gateway's
 * header, `x-ratelimit` the older one's pair. Read in the vendor's SDKs; its documents show neither.
 */
export type RetryHeader = 'x-acs-retry-after' | 'x-ratelimit' | 'none';

/**
 * Requests per second for the whole account. A second begins with its first request and lasts 1000 ms, so a
 * client may see up to twice the quota around the turn of one. Throttled requests do not count.
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

  /** Takes one request at `nowMs` of a clock that never goes back; the refusal if the second is used up. */
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
      // 400 in every table of the vendor's, never 429.
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
