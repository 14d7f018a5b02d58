import type { Failure } from '../client/failure.ts';

/** Pauses between tries while nobody said when to come back, in milliseconds; the last one holds for ever. */
const PAUSES = [2000, 4000, 8000, 15_000, 30_000, 60_000] as const;

/** When a failure is followed by another try. */
export interface RetryPlan {
  readonly failure: Failure;
  /** Failures in a row, this one included. */
  readonly tries: number;
  /** When it is tried again by itself; undefined where that would not help. */
  readonly dueMs: number | undefined;
}

/**
 * When to try again. A wait that was asked for is kept, and grows where it did not help; for a server that is away the
 * pauses grow.
 */
export function planFor(failure: Failure, tries: number, nowMs: number): RetryPlan {
  const pauseMs = PAUSES[Math.min(tries, PAUSES.length) - 1] ?? 0;
  if (failure.kind === 'throttled') {
    // A first wait is taken at its word.
    return {
      failure,
      tries,
      dueMs: tries === 1 ? failure.retryAtMs : Math.max(failure.retryAtMs, nowMs + pauseMs),
    };
  }
  const passes = failure.kind === 'away' || failure.kind === 'unreachable';
  return { failure, tries, dueMs: passes ? nowMs + pauseMs : undefined };
}
