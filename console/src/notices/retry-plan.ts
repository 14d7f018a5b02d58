import type { Failure } from '../client/failure.ts';

/** Delays between retries in milliseconds when the response names none; the last one repeats. */
const RETRY_DELAYS_MS = [2000, 4000, 8000, 15_000, 30_000, 60_000] as const;

/** When a failure is retried. */
export interface RetryPlan {
  readonly failure: Failure;
  /** Consecutive failures, including this one. */
  readonly attempts: number;
  /** Time of the automatic retry; undefined when retrying does not help. */
  readonly dueMs: number | undefined;
}

/**
 * Plans the next retry: at the requested time, later when the previous requested wait did not help, and with growing
 * delays while a server is unavailable.
 */
export function planFor(failure: Failure, attempts: number, nowMs: number): RetryPlan {
  const pauseMs = RETRY_DELAYS_MS[Math.min(attempts, RETRY_DELAYS_MS.length) - 1] ?? 0;
  if (failure.kind === 'throttled') {
    // The first requested wait is used as it is.
    return {
      failure,
      attempts,
      dueMs: attempts === 1 ? failure.retryAtMs : Math.max(failure.retryAtMs, nowMs + pauseMs),
    };
  }
  const passes = failure.kind === 'unavailable' || failure.kind === 'unreachable';
  return { failure, attempts, dueMs: passes ? nowMs + pauseMs : undefined };
}
