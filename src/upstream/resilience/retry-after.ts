/** How much later than needed, in milliseconds: turns come late, as timers do. */
const SLACK_MS = 20;

/** Longest time for the sake of others, in milliseconds. */
const MAX_SPREAD_MS = 10_000;

/**
 * When those may come back who are refused for want of turns: each at a time of its own, as far apart as turns are, because
 * a crowd that was refused together and came back together would be refused together again.
 */
export class ComeBackTimes {
  #lastAt = Number.NEGATIVE_INFINITY;

  /**
   * The next one, in milliseconds from now.
   *
   * @param tooLateMs by how much the next turn would be too late
   * @param turnMs from one turn to the next
   */
  next(now: number, tooLateMs: number, turnMs: number): number {
    const afterOthersAt = Math.min(this.#lastAt + turnMs, now + MAX_SPREAD_MS);
    this.#lastAt = Math.max(now + tooLateMs + SLACK_MS, afterOthersAt);
    return Math.ceil(this.#lastAt - now);
  }
}
