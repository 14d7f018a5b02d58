import { later, type MonotonicMs, monotonicNow } from '../clock.ts';
import { UpstreamError } from '../errors.ts';

/** Deadline and cancellation of one call. One timer and no AbortController, because every read pays for it. */
export class CallScope {
  readonly deadlineMs: number;
  readonly #deadlineAt: MonotonicMs;
  readonly #signal: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout;
  #reject: ((reason: unknown) => void) | undefined;
  #cancel: (() => void) | undefined;
  #ended: { readonly reason: unknown } | undefined;

  /**
   * @param signal the caller's
   * @throws its reason when the caller has left already
   */
  constructor(deadlineMs: number, signal: AbortSignal | undefined) {
    signal?.throwIfAborted();
    this.deadlineMs = deadlineMs;
    this.#deadlineAt = later(monotonicNow(), deadlineMs);
    this.#timer = setTimeout(() => {
      this.breakOff(
        new UpstreamError('UPSTREAM_TIMEOUT', { detail: `deadline of ${Math.round(deadlineMs)} ms` }),
      );
    }, deadlineMs);
    this.#signal = signal;
    signal?.addEventListener('abort', this.#leave, { once: true });
  }

  get leftMs(): number {
    return this.#deadlineAt - monotonicNow();
  }

  /**
   * Runs one step. It ends when the call does, even if it cannot be cancelled.
   *
   * @param start begins it and returns what cancels it
   * @throws UpstreamError UPSTREAM_TIMEOUT at the deadline
   * @throws the reason of the caller's signal
   */
  step<T>(start: (resolve: (value: T) => void, reject: (error: unknown) => void) => () => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) {
        reject(this.#ended.reason);
        return;
      }
      // Two fields, not one closure over both: such a one kept each response alive until the old generation was collected,
      // 94 % of all that was allocated.
      this.#reject = reject;
      this.#cancel = start(resolve, reject);
    });
  }

  /** Ends the call, whatever it is doing. @param reason what the step under way and all later ones reject with */
  breakOff(reason: unknown): void {
    this.#ended = { reason };
    this.#reject?.(reason);
    this.#cancel?.();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#leave);
    this.#reject = undefined;
    this.#cancel = undefined;
  }

  readonly #leave = () => this.breakOff(this.#signal?.reason);
}
