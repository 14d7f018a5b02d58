import { vi } from 'vitest';
import { UpstreamError } from '../../src/errors.ts';
import { AdaptiveRateLimiter } from '../../src/upstream/resilience/rate-limiter.ts';
import { monotonic } from '../monotonic.ts';

/** Timers and `performance` run on a clock that a test moves on. */
export function stopTheClock(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
}

/** How somebody who wanted a turn fared. Times are milliseconds of the clock. */
export interface Fate {
  readonly askedAt: number;
  sentAt?: number;
  refusedAt?: number;
  retryAfterMs?: number;
}

/** Takes a turn or waits for it. */
export class Turns {
  readonly governor: AdaptiveRateLimiter;
  /** Those who were sent, in that order. */
  readonly sent: Fate[] = [];
  /** How late timers are: the governor's clock goes ahead of theirs. */
  lateMs = 0;

  constructor(max: number, slowed?: (requestsPerSecond: number) => void) {
    this.governor = new AdaptiveRateLimiter(max, slowed, () => monotonic(performance.now() + this.lateMs));
  }

  /** @returns how it goes on, and what gives the place up */
  ask(leftMs: number, then: (fate: Fate) => void = () => {}): Fate & { leave: () => void } {
    const fate: Fate & { leave: () => void } = { askedAt: performance.now(), leave: () => {} };
    const send = () => {
      fate.sentAt = performance.now();
      this.sent.push(fate);
      then(fate);
    };
    const refuse = (error: unknown) => {
      if (!(error instanceof UpstreamError)) throw error;
      fate.refusedAt = performance.now();
      fate.retryAfterMs = error.retryAfterMs ?? Number.NaN;
      then(fate);
    };
    if (this.governor.take()) send();
    else fate.leave = this.governor.wait(leftMs, send, refuse);
    return fate;
  }
}

/** How long those wait at most who do not care, in milliseconds. */
export const DEADLINE_MS = 5000;

/** A governor that has sent all it may in this second. */
export function usedUp(max: number): Turns {
  const turns = new Turns(max);
  for (let turn = 0; turn < max; turn++) turns.ask(DEADLINE_MS);
  if (turns.sent.length !== max) throw new Error('not everybody was sent at once');
  return turns;
}
