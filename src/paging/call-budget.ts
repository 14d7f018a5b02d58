/** A filtered search needs a further upstream call, and its call budget is spent. */
export class CallBudgetSpent extends Error {
  override readonly name: string = 'CallBudgetSpent';
}

/** A budget of upstream calls. */
export interface Calls {
  /** Spends one call. @throws CallBudgetSpent if none is left */
  spend(): void;
  /** Returns a call that was not made. */
  refund(): void;
}

/**
 * Call budget of a filtered search: the upstream calls that it may still make, for any list and purpose. When it is spent, the search ends
 * where it is; a spent RealignBudget only makes a cursor fall back to its offset.
 *
 * If lists are merged, one call is reserved for the first page of each, because the search cannot continue without all of them.
 */
export class CallBudget implements Calls {
  #left: number;
  readonly #lists: ReadonlyMap<string, ListCalls>;

  /**
   * @param calls for all lists together; raised to the number of reserved calls
   * @param areMerged whether a call is reserved for each list
   */
  constructor(calls: number, lists: readonly string[], areMerged: boolean) {
    this.#left = areMerged ? Math.max(0, calls - lists.length) : Math.max(1, calls);
    this.#lists = new Map(lists.map((list) => [list, new ListCalls(this, areMerged)]));
  }

  /** The budget of one list. */
  of(list: string): ListCalls {
    return this.#lists.get(list) as ListCalls;
  }

  /** Spends a call that is not reserved. */
  spend(): void {
    if (this.#left <= 0) throw new CallBudgetSpent();
    this.#left--;
  }

  refund(): void {
    this.#left++;
  }
}

/** Budget of one list: its reserved call, then those that all lists share. */
export class ListCalls implements Calls {
  readonly #shared: CallBudget;
  #isReserved: boolean;

  constructor(shared: CallBudget, isReserved: boolean) {
    this.#shared = shared;
    this.#isReserved = isReserved;
  }

  spend(): void {
    if (!this.#isReserved) this.#shared.spend();
    this.#isReserved = false;
  }

  refund(): void {
    this.#shared.refund();
  }

  /** Returns an unused reserved call to all lists, once this list was read. */
  release(): void {
    if (this.#isReserved) this.#shared.refund();
    this.#isReserved = false;
  }
}
