import type { RetryKind } from '../../errors.ts';

/** A failed attempt. */
export interface FailedAttempt {
  readonly kind: RetryKind;
  /** Number of attempts so far, including this one. */
  readonly attempts: number;
  /** Time until the deadline of the call, in milliseconds. */
  readonly leftMs: number;
  /** Pause that the upstream requested, in milliseconds; undefined for none. */
  readonly retryAfterMs: number | undefined;
}

/** @internal */
export const MAX_ATTEMPTS = 3;

/** Maximum backoff before the second attempt, in milliseconds. It doubles for each further attempt, up to {@link MAX_MS}. */
const BASE_MS = 100;
const MAX_MS = 2000;

/**
 * Time to wait before the next attempt, in milliseconds. Returns undefined when there is none, so that the call fails now
 * instead of at its deadline. Pure.
 *
 * @param random returns 0 to 1
 */
export function retryDelayMs(failed: FailedAttempt, random: () => number = Math.random): number | undefined {
  const { kind, attempts, leftMs } = failed;
  if (kind === 'never' || attempts >= MAX_ATTEMPTS || (kind === 'once' && attempts > 1)) return undefined;
  const waitMs = kind === 'once' ? 0 : (failed.retryAfterMs ?? backoffMs(attempts, random));
  return waitMs < leftMs ? waitMs : undefined;
}

/**
 * Exponential backoff with full jitter, in milliseconds.
 *
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoffMs(attempts: number, random: () => number): number {
  return random() * Math.min(MAX_MS, BASE_MS * 2 ** (attempts - 1));
}

/** Initial and maximum number of tokens of a retry budget. @internal */
export const CAPACITY = 500;

/** @internal */
export const RETRY_COST = 5;

const REFUND = 1;

/**
 * Retry budget: a token bucket that limits retries to a small share of all calls. Only successes refill it. The numbers are
 * those of the AWS SDKs' standard retry mode.
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

  /** @internal */
  get tokens(): number {
    return this.#tokens;
  }

  /** Pays for a retry. Returns whether there were enough tokens. */
  take(): boolean {
    if (this.#tokens < RETRY_COST) return false;
    this.#tokens -= RETRY_COST;
    return true;
  }

  /** Refills the bucket after a successful call. @param retries that it needed; the cost of the last one is refunded */
  succeeded(retries: number): void {
    const refund = retries > 0 ? RETRY_COST : REFUND;
    this.#tokens = Math.min(this.#capacity, this.#tokens + refund);
  }
}
