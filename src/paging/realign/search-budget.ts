/** Calls that a request may spend on one list to find rows that have moved: the longest search, of a million rows, takes 14. */
export const SEARCH_CALLS_PER_LIST = 20;

/** The search of a list needs one more upstream call than its request may spend. */
export class SearchBudgetSpent extends Error {
  override readonly name = 'SearchBudgetSpent';
}

/**
 * The budget that the cursors of one request into one list share, beyond the pages of their rows: a forged cursor looks like
 * one whose row is gone. The plan of calls (limits/call-plan.ts) counts the same number before the operation runs.
 */
export class SearchBudget {
  #left: number;

  constructor(calls = SEARCH_CALLS_PER_LIST) {
    this.#left = calls;
  }

  /** Spends one call. @throws SearchBudgetSpent when none is left */
  take(): void {
    if (this.#left <= 0) throw new SearchBudgetSpent();
    this.#left--;
  }

  /** Returns a call that was not made. */
  refund(): void {
    this.#left++;
  }
}

/** The value of `read`, or undefined when the budget does not allow it. */
export async function withinBudget<Value>(read: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof SearchBudgetSpent) return undefined;
    throw error;
  }
}
