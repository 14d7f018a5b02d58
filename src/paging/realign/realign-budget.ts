/** Maximum number of calls for re-alignment, per request and list. A re-alignment in a list of a million rows takes at most 14. */
export const REALIGN_CALLS_PER_LIST = 20;

/** A re-alignment needs a further upstream call, and its budget is spent. */
export class RealignBudgetSpent extends Error {
  override readonly name = 'RealignBudgetSpent';
}

/**
 * Budget of upstream calls for re-alignment, beyond the pages of the rows, shared by all cursors of a request into one list. It limits the
 * cost of forged cursors, which look like cursors of deleted rows. The call plan (limits/call-plan.ts) includes it.
 */
export class RealignBudget {
  #left: number;

  constructor(calls = REALIGN_CALLS_PER_LIST) {
    this.#left = calls;
  }

  /** Spends one call. @throws RealignBudgetSpent when none is left */
  spend(): void {
    if (this.#left <= 0) throw new RealignBudgetSpent();
    this.#left--;
  }

  /** Returns a call that was not made. */
  refund(): void {
    this.#left++;
  }
}

/** Runs `read`; undefined if the budget is spent. */
export async function withinBudget<Value>(read: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof RealignBudgetSpent) return undefined;
    throw error;
  }
}
