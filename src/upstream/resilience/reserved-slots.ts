/** A call that waits for its turn. */
export interface Waiting {
  readonly deadlineAt: number;
  /** @param isTurn whether the request is to be sent now; false sends it elsewhere for its turn */
  readonly end: (isTurn: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Turns that were given ahead, and the calls that wait for them in the order of their coming: a turn is not bound to a
 * call, so that one whose call has left is for another. Times are milliseconds of `performance.now()`.
 */
export class Turns {
  readonly #waiting = new Set<Waiting>();
  readonly #sent: () => void;
  /** When they are, the earliest first. */
  #at: number[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param sent told when a turn was taken */
  constructor(sent: () => void) {
    this.#sent = sent;
  }

  get waiting(): ReadonlySet<Waiting> {
    return this.#waiting;
  }

  /** The turn that one more call would have without asking for another; undefined when it would have none. */
  get spareAt(): number | undefined {
    return this.#at[this.#waiting.size];
  }

  add(at: number): void {
    const index = this.#at.findLastIndex((other) => other <= at) + 1;
    this.#at.splice(index, 0, at);
    this.#wake();
  }

  /** @returns what gives the place up */
  wait(waiting: Waiting): () => void {
    this.#waiting.add(waiting);
    this.#wake();
    return () => {
      this.#waiting.delete(waiting);
    };
  }

  /** Takes a call out. Whether it still waited. */
  remove(waiting: Waiting): boolean {
    return this.#waiting.delete(waiting);
  }

  /** Forgets all turns; the calls wait on. */
  forget(): void {
    this.#at = [];
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wake(): void {
    clearTimeout(this.#timer);
    const [next] = this.#at;
    if (next !== undefined)
      this.#timer = setTimeout(() => this.#serve(), Math.max(0, next - performance.now()));
  }

  #serve(): void {
    const now = performance.now();
    while (this.#at.length > 0 && (this.#at[0] as number) <= now) {
      this.#at.shift();
      const [first] = this.#waiting;
      if (first === undefined) continue;
      this.#waiting.delete(first);
      this.#sent();
      first.end(true);
    }
    this.#wake();
  }
}
