import type { VoiceJob } from '../job.ts';

/**
 * States that wait for one follower at most: all that a job goes through, and two more. Past that the oldest is skipped, so
 * that whoever takes none costs no more than this.
 */
export const MAX_WAITING = 8;

/** Waits for the next state. */
interface Turn {
  resolve(result: IteratorResult<VoiceJob, undefined>): void;
  reject(error: Error): void;
}

/**
 * What one subscriber sees of a job: its states in order, each once, as fast as it takes them. Holds only those that were
 * not taken yet, and no copies: every follower of a job holds the same objects.
 */
export class Follower implements AsyncIterableIterator<VoiceJob, undefined> {
  readonly #left: (follower: Follower) => void;
  #waiting: VoiceJob[] = [];
  #turns: Turn[] = [];
  #shown: VoiceJob | undefined;
  #end: { readonly error: Error | undefined } | undefined;

  /** @param left told once, when nothing more is to be offered */
  constructor(left: (follower: Follower) => void) {
    this.#left = left;
  }

  /** The job is in this state now; the last one when it is final. */
  offer(job: VoiceJob): void {
    if (this.#end !== undefined) return;
    this.#waiting.push(job);
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
    this.#serve();
    if (job.isFinal) this.end();
  }

  /** Nothing comes after what is waiting. @param error that is thrown then; without it, the states just end */
  end(error?: Error): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    this.#serve();
    this.#left(this);
  }

  /** @throws the error with which the states ended, if nothing is to be shown before it */
  throwIfFailed(): void {
    if (this.#waiting.length === 0 && this.#end?.error !== undefined) throw this.#end.error;
  }

  next(): Promise<IteratorResult<VoiceJob, undefined>> {
    return new Promise((resolve, reject) => {
      this.#turns.push({ resolve, reject });
      this.#serve();
    });
  }

  /** Leaves at once, also while {@link next} waits. */
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
    while (this.#turns.length > 0) {
      const job = this.#take();
      if (job === undefined && this.#end === undefined) return;
      const turn = this.#turns.shift() as Turn;
      if (job !== undefined) turn.resolve({ done: false, value: job });
      else if (this.#end?.error !== undefined) {
        turn.reject(this.#end.error);
        this.#end = { error: undefined };
      } else turn.resolve({ done: true, value: undefined });
    }
  }

  /** Where states were skipped, what follows may be the one that was shown last. */
  #take(): VoiceJob | undefined {
    for (;;) {
      const job = this.#waiting.shift();
      if (job === undefined) return undefined;
      if (this.#shown !== undefined && this.#shown.status === job.status) continue;
      this.#shown = job;
      return job;
    }
  }
}
