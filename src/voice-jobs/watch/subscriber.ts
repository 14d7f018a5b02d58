import type { VoiceJob } from '../job.ts';

/** Most buffered states: all that a job goes through, and two more. Past that the oldest is skipped. */
export const MAX_WAITING = 8;

interface Waiter {
  resolve(result: IteratorResult<VoiceJob, undefined>): void;
  reject(error: Error): void;
}

/** The states of a job for one subscription, in order, each once. Buffers those that were not taken yet. */
export class Subscriber implements AsyncIterableIterator<VoiceJob, undefined> {
  readonly #left: (subscriber: Subscriber) => void;
  #waiting: VoiceJob[] = [];
  #waiters: Waiter[] = [];
  #shown: VoiceJob | undefined;
  #end: { readonly error: Error | undefined } | undefined;

  /** @param left called once, when nothing more is to be offered */
  constructor(left: (subscriber: Subscriber) => void) {
    this.#left = left;
  }

  /** Adds a state; a final one is the last. */
  offer(job: VoiceJob): void {
    if (this.#end !== undefined) return;
    this.#waiting.push(job);
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
    this.#serve();
    if (job.isFinal) this.end();
  }

  /** Ends after the buffered states. @param error that is thrown then */
  end(error?: Error): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    this.#serve();
    this.#left(this);
  }

  /** @throws the error with which the states ended, if none is buffered before it */
  throwIfFailed(): void {
    if (this.#waiting.length === 0 && this.#end?.error !== undefined) throw this.#end.error;
  }

  next(): Promise<IteratorResult<VoiceJob, undefined>> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.#serve();
    });
  }

  /** Ends at once, also while {@link next} waits. */
  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#waiting = [];
    this.end();
    this.#end = { error: undefined };
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #serve(): void {
    while (this.#waiters.length > 0) {
      const job = this.#take();
      if (job === undefined && this.#end === undefined) return;
      const waiter = this.#waiters.shift() as Waiter;
      if (job !== undefined) waiter.resolve({ done: false, value: job });
      else if (this.#end?.error !== undefined) {
        waiter.reject(this.#end.error);
        this.#end = { error: undefined };
      } else waiter.resolve({ done: true, value: undefined });
    }
  }

  /** Where states were skipped, what follows may be the one that was shown last. */
  #take(): VoiceJob | undefined {
    for (;;) {
      const job = this.#waiting.shift();
      if (job === undefined) return undefined;
      if (this.#shown !== undefined && this.#shown.rawStatus === job.rawStatus) continue;
      this.#shown = job;
      return job;
    }
  }
}
