/**
 * Upstream calls that one request may spend on one list to find rows that have moved: enough for the longest search, 14
 * reads to bisect a million rows and what comes before and after. In practice a search takes one.
 */
export const SEARCH_CALLS_PER_LIST = 20;

/** The search of a list needs one more upstream call than its request may spend. */
export class SearchBudgetSpent extends Error {
  override readonly name = 'SearchBudgetSpent';
}

/**
 * What the cursors of one request may spend on one list together, beyond the pages of their rows: a forged cursor looks
 * like one whose row is gone, and would be searched for at any price. The plan of calls (limits/call-plan.ts) counts the
 * same number before the operation runs.
 */
export class SearchBudget {
  #left = SEARCH_CALLS_PER_LIST;

  get isSpent(): boolean {
    return this.#left <= 0;
  }

  /** Spends one call. @throws SearchBudgetSpent when none is left */
  take(): void {
    if (this.isSpent) throw new SearchBudgetSpent();
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
