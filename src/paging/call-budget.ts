/** A filtered search needs one more upstream call than it may make. */
export class CallBudgetSpent extends Error {
  override readonly name: string = 'CallBudgetSpent';
}

/** Pays for upstream calls, one by one. */
export interface Calls {
  /** Spends one call. @throws CallBudgetSpent when none is left */
  take(): void;
  /** Returns a call that was not made. */
  refund(): void;
}

/**
 * The upstream calls that one filtered search may still make, over all lists and for whatever reason. Unlike a
 * {@link SearchBudget}, whose end makes a cursor count as a plain offset, its end ends the search where it is.
 *
 * One call is reserved for each of the lists that are merged, until its first page was read: a search gets on only where all of
 * them do.
 */
export class CallBudget implements Calls {
  #left: number;
  readonly #lists: ReadonlyMap<string, ListCalls>;

  /**
   * @param calls over all lists; as many as there are lists that have a call reserved, at least
   * @param areMerged whether each list has a call reserved
   */
  constructor(calls: number, lists: readonly string[], areMerged: boolean) {
    this.#left = areMerged ? Math.max(0, calls - lists.length) : Math.max(1, calls);
    this.#lists = new Map(lists.map((list) => [list, new ListCalls(this, areMerged)]));
  }

  /** What one of the lists may spend. */
  of(list: string): ListCalls {
    return this.#lists.get(list) as ListCalls;
  }

  /** Spends a call that is reserved for no list. */
  take(): void {
    if (this.#left <= 0) throw new CallBudgetSpent();
    this.#left--;
  }

  refund(): void {
    this.#left++;
  }
}

/** The calls of one list: those of the search, and one that is reserved for the list. */
export class ListCalls implements Calls {
  readonly #shared: CallBudget;
  #isReserved: boolean;

  constructor(shared: CallBudget, isReserved: boolean) {
    this.#shared = shared;
    this.#isReserved = isReserved;
  }

  take(): void {
    if (!this.#isReserved) this.#shared.take();
    this.#isReserved = false;
  }

  refund(): void {
    this.#shared.refund();
  }

  /** Gives the reserved call to all lists, once this one has been read. */
  release(): void {
    if (this.#isReserved) this.#shared.refund();
    this.#isReserved = false;
  }
}
