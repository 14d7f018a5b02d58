import type { RetryKind } from '../../errors.ts';

/** A try that failed. */
export interface FailedTry {
  readonly kind: RetryKind;
  /** Tries so far, this one included. */
  readonly tries: number;
  /** Time left until the deadline of all tries, in milliseconds. */
  readonly leftMs: number;
  /** How long the upstream wants to be left alone, in milliseconds; undefined where it did not say. */
  readonly retryAfterMs: number | undefined;
}

/** Tries of one call in all. */
export const MAX_TRIES = 3;

/** Longest wait before the second try, in milliseconds; twice as long before each further one, up to the other. */
const BASE_MS = 100;
const MAX_MS = 2000;

/**
 * How long to wait before a call is sent again, in milliseconds; undefined when it is not to be: then it fails now, not
 * at its deadline. Pure.
 *
 * Where the upstream does not say, the wait is drawn from zero to a bound that doubles ("full jitter"), so that callers
 * who failed together do not come back together.
 *
 * @param random from 0 up to 1
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function waitBeforeRetry(failed: FailedTry, random: () => number = Math.random): number | undefined {
  const { kind, tries, leftMs } = failed;
  if (kind === 'never' || tries >= MAX_TRIES || (kind === 'once' && tries > 1)) return undefined;
  const waitMs = kind === 'once' ? 0 : (failed.retryAfterMs ?? backoffMs(tries, random));
  return waitMs < leftMs ? waitMs : undefined;
}

/**
 * How long to leave an upstream alone that failed so many times, in milliseconds.
 *
 * @param random from 0 up to 1
 */
export function backoffMs(tries: number, random: () => number): number {
  return random() * Math.min(MAX_MS, BASE_MS * 2 ** (tries - 1));
}
