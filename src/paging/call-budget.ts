/** A filtered search needs one more upstream call than it may make. */
export class CallBudgetSpent extends Error {
  override readonly name = 'CallBudgetSpent';
}

/**
 * The upstream calls that one filtered search may still make, over all lists and for whatever reason. Unlike a
 * {@link SearchBudget}, whose end makes a cursor count as a plain offset, its end ends the search where it is.
 */
export class CallBudget {
  #left: number;

  constructor(calls: number) {
    this.#left = calls;
  }

  /** Spends one call. @throws CallBudgetSpent when none is left */
  take(): void {
    if (this.#left <= 0) throw new CallBudgetSpent();
    this.#left--;
  }

  /** Returns a call that was not made. */
  refund(): void {
    this.#left++;
  }
}
