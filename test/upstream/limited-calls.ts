import { vi } from 'vitest';
import { UpstreamError } from '../../src/errors.ts';
import { AdaptiveRateLimiter } from '../../src/upstream/resilience/rate-limiter.ts';
import { monotonic } from '../monotonic.ts';

/** Puts timers and `performance` on a fake clock that tests advance. */
export function useFakeClock(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
}

/** Outcome of a call. Times are milliseconds of the clock. */
export interface CallOutcome {
  readonly startedAt: number;
  sentAt?: number;
  rejectedAt?: number;
  retryAfterMs?: number;
}

/** A rate limiter with calls that take a slot or wait for one. */
export class LimitedCalls {
  readonly limiter: AdaptiveRateLimiter;
  /** Outcomes of sent calls, in that order. */
  readonly sent: CallOutcome[] = [];
  /** How late timers are: the limiter's clock is ahead of theirs. */
  lateMs = 0;

  constructor(max: number, slowed?: (requestsPerSecond: number) => void) {
    this.limiter = new AdaptiveRateLimiter(max, slowed, () => monotonic(performance.now() + this.lateMs));
  }

  /** @returns the call's outcome, and a function that removes it from the queue */
  start(
    leftMs: number,
    then: (outcome: CallOutcome) => void = () => {},
  ): CallOutcome & { leave: () => void } {
    const outcome: CallOutcome & { leave: () => void } = { startedAt: performance.now(), leave: () => {} };
    const send = () => {
      outcome.sentAt = performance.now();
      this.sent.push(outcome);
      then(outcome);
    };
    const onReject = (error: unknown) => {
      if (!(error instanceof UpstreamError)) throw error;
      outcome.rejectedAt = performance.now();
      outcome.retryAfterMs = error.retryAfterMs ?? Number.NaN;
      then(outcome);
    };
    if (this.limiter.take()) send();
    else outcome.leave = this.limiter.wait(leftMs, send, onReject);
    return outcome;
  }
}

/** Deadline of calls for which it does not matter, in milliseconds. */
export const DEADLINE_MS = 5000;

/** A limiter that has used up this second. */
export function exhausted(max: number): LimitedCalls {
  const calls = new LimitedCalls(max);
  for (let turn = 0; turn < max; turn++) calls.start(DEADLINE_MS);
  if (calls.sent.length !== max) throw new Error('not everybody was sent at once');
  return calls;
}
