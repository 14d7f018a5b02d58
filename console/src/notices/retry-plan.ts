import type { Failure } from '../client/failure.ts';

/** Delays between retries in milliseconds when the response names none; the last one repeats. */
const PAUSES = [2000, 4000, 8000, 15_000, 30_000, 60_000] as const;

/** When a failure is retried. */
export interface RetryPlan {
  readonly failure: Failure;
  /** Consecutive failures, including this one. */
  readonly tries: number;
  /** Time of the automatic retry; undefined when retrying does not help. */
  readonly dueMs: number | undefined;
}

/**
 * Plans the next retry: at the requested time, later when the previous requested wait did not help, and with growing
 * delays while a server is unavailable.
 */
export function planFor(failure: Failure, tries: number, nowMs: number): RetryPlan {
  const pauseMs = PAUSES[Math.min(tries, PAUSES.length) - 1] ?? 0;
  if (failure.kind === 'throttled') {
    // The first requested wait is used as it is.
    return {
      failure,
      tries,
      dueMs: tries === 1 ? failure.retryAtMs : Math.max(failure.retryAtMs, nowMs + pauseMs),
    };
  }
  const passes = failure.kind === 'away' || failure.kind === 'unreachable';
  return { failure, tries, dueMs: passes ? nowMs + pauseMs : undefined };
}
