import type { VoiceJob } from '../job.ts';

/** Maximum number of buffered states: all statuses of a job and two more. Beyond it the oldest state is dropped. */
export const MAX_BUFFERED = 8;

interface Pull {
  resolve(result: IteratorResult<VoiceJob, undefined>): void;
  reject(error: Error): void;
}

/** The states of a job for one subscription, in order, without repetitions. Buffers states until they are pulled. */
export class Subscriber implements AsyncIterableIterator<VoiceJob, undefined> {
  readonly #onEnd: (subscriber: Subscriber) => void;
  #buffer: VoiceJob[] = [];
  #pulls: Pull[] = [];
  #last: VoiceJob | undefined;
  #end: { readonly error: Error | undefined } | undefined;

  /** @param onEnd called once, when the subscriber accepts no more states */
  constructor(onEnd: (subscriber: Subscriber) => void) {
    this.#onEnd = onEnd;
  }

  /** Adds a state; a final one is the last. */
  offer(job: VoiceJob): void {
    if (this.#end !== undefined) return;
    this.#buffer.push(job);
    if (this.#buffer.length > MAX_BUFFERED) this.#buffer.shift();
    this.#flush();
    if (job.isFinal) this.end();
  }

  /** Ends the subscription after the buffered states. @param error thrown at the end */
  end(error?: Error): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    this.#flush();
    this.#onEnd(this);
  }

  /** @throws the error of {@link end}, if no state is buffered before it */
  throwIfFailed(): void {
    if (this.#buffer.length === 0 && this.#end?.error !== undefined) throw this.#end.error;
  }

  next(): Promise<IteratorResult<VoiceJob, undefined>> {
    return new Promise((resolve, reject) => {
      this.#pulls.push({ resolve, reject });
      this.#flush();
    });
  }

  /** Ends at once, even while {@link next} waits. */
  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#buffer = [];
    this.end();
    this.#end = { error: undefined };
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #flush(): void {
    while (this.#pulls.length > 0) {
      const job = this.#shift();
      if (job === undefined && this.#end === undefined) return;
      const pull = this.#pulls.shift() as Pull;
      if (job !== undefined) pull.resolve({ done: false, value: job });
      else if (this.#end?.error !== undefined) {
        pull.reject(this.#end.error);
        this.#end = { error: undefined };
      } else pull.resolve({ done: true, value: undefined });
    }
  }

  /** Removes the next state. Skips one that equals the last one sent, which happens after states were dropped. */
  #shift(): VoiceJob | undefined {
    for (;;) {
      const job = this.#buffer.shift();
      if (job === undefined) return undefined;
      if (this.#last !== undefined && this.#last.rawStatus === job.rawStatus) continue;
      this.#last = job;
      return job;
    }
  }
}
