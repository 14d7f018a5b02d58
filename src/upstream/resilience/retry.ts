import type { RetryKind } from '../../errors.ts';

/** An attempt that failed. */
export interface FailedAttempt {
  readonly kind: RetryKind;
  /** Attempts so far, this one included. */
  readonly attempts: number;
  /** Time left until the deadline of all attempts, in milliseconds. */
  readonly leftMs: number;
  /** The pause that the upstream asked for, in milliseconds; undefined where it asked for none. */
  readonly retryAfterMs: number | undefined;
}

/** @internal */
export const MAX_ATTEMPTS = 3;

/** Longest wait before the second attempt, in milliseconds; doubled before each further one, up to the other. */
const BASE_MS = 100;
const MAX_MS = 2000;

/**
 * How long to wait before the next attempt, in milliseconds; undefined when there is none: then the call fails now, not at
 * its deadline. Pure.
 *
 * @param random from 0 up to 1
 */
export function waitBeforeRetry(
  failed: FailedAttempt,
  random: () => number = Math.random,
): number | undefined {
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

/** Tokens that a budget begins with and never has more of. @internal */
export const CAPACITY = 500;

/** @internal */
export const RETRY_COST = 5;

const REFUND = 1;

/**
 * Token bucket that keeps retries a small part of all calls. Only successes fill it. The numbers are those of the AWS SDKs'
 * standard retry mode.
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

  /** Pays for a retry. Whether there were enough tokens. */
  take(): boolean {
    if (this.#tokens < RETRY_COST) return false;
    this.#tokens -= RETRY_COST;
    return true;
  }

  /** A call succeeded. @param retries that it needed; the cost of the last one comes back */
  succeeded(retries: number): void {
    const back = retries > 0 ? RETRY_COST : REFUND;
    this.#tokens = Math.min(this.#capacity, this.#tokens + back);
  }
}
