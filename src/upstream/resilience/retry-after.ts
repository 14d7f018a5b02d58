import { later, type MonotonicMs } from '../../clock.ts';

/** How much later than needed, in milliseconds: slots come late, as timers do. */
const SLACK_MS = 20;

/** Longest time for the sake of others, in milliseconds. */
const MAX_SPREAD_MS = 10_000;

/** Retry-After for rejected calls, staggered by one slot so that a rejected crowd does not come back together. */
export class RetryAfterSpreader {
  #lastAt = Number.NEGATIVE_INFINITY as MonotonicMs;

  /**
   * The next one, in milliseconds from now.
   *
   * @param tooLateMs by how much the next slot would be too late
   * @param slotMs from one slot to the next
   */
  next(now: MonotonicMs, tooLateMs: number, slotMs: number): number {
    const afterOthersMs = Math.min(later(this.#lastAt, slotMs) - now, MAX_SPREAD_MS);
    const waitMs = Math.max(tooLateMs + SLACK_MS, afterOthersMs);
    this.#lastAt = later(now, waitMs);
    return Math.ceil(waitMs);
  }
}
