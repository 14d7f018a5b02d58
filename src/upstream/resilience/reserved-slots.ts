import { type MonotonicMs, monotonicNow } from '../../clock.ts';

export interface Waiting {
  readonly deadlineAt: MonotonicMs;
  /** @param hasSlot whether the request is to be sent now; false: the slot comes from the local rate limiter */
  readonly end: (hasSlot: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Slots that were reserved ahead, and a FIFO queue of calls that wait for them. A slot is not bound to a call: one whose
 * call has left serves another.
 */
export class SlotQueue {
  readonly #waiting = new Set<Waiting>();
  /** Called when a slot was used. */
  readonly #onSent: () => void;
  /** Times of the slots, the earliest first. */
  #slots: MonotonicMs[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(onSent: () => void) {
    this.#onSent = onSent;
  }

  get waiting(): ReadonlySet<Waiting> {
    return this.#waiting;
  }

  /** The slot that one more call would get without a further reservation; undefined when there is none. */
  get spareAt(): MonotonicMs | undefined {
    return this.#slots[this.#waiting.size];
  }

  add(at: MonotonicMs): void {
    const index = this.#slots.findLastIndex((other) => other <= at) + 1;
    this.#slots.splice(index, 0, at);
    this.#wake();
  }

  /** @returns what takes the call out */
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

  /** Drops all slots; the calls stay in the queue. */
  dropSlots(): void {
    this.#slots = [];
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wake(): void {
    clearTimeout(this.#timer);
    const [next] = this.#slots;
    if (next !== undefined) this.#timer = setTimeout(() => this.#serve(), Math.max(0, next - monotonicNow()));
  }

  #serve(): void {
    const now = monotonicNow();
    while (this.#slots.length > 0 && (this.#slots[0] as MonotonicMs) <= now) {
      this.#slots.shift();
      const [first] = this.#waiting;
      if (first === undefined) continue;
      this.#waiting.delete(first);
      this.#onSent();
      first.end(true);
    }
    this.#wake();
  }
}
