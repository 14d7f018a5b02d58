/** Tokens that a budget begins with and never has more of. */
export const CAPACITY = 500;

/** Tokens that a retry takes. */
export const RETRY_COST = 5;

/** What a call that needs no retry pays in. */
const REFUND = 1;

/**
 * Keeps retries a small part of all calls, so that an outage is not multiplied by them: each takes tokens out of a
 * bucket that only successes fill again. Costs and amounts are those of the AWS SDKs' standard retry mode.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
export class RetryBudget {
  readonly #capacity: number;
  #tokens: number;

  constructor(capacity: number = CAPACITY) {
    this.#capacity = capacity;
    this.#tokens = capacity;
  }

  get tokens(): number {
    return this.#tokens;
  }

  /** Whether a retry can be paid for; if so, it has been. */
  take(): boolean {
    if (this.#tokens < RETRY_COST) return false;
    this.#tokens -= RETRY_COST;
    return true;
  }

  /** A call succeeded. @param retries it needed; what the last one cost comes back */
  succeeded(retries: number): void {
    const back = retries > 0 ? RETRY_COST : REFUND;
    this.#tokens = Math.min(this.#capacity, this.#tokens + back);
  }
}
