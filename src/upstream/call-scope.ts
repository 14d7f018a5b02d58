import { UpstreamError } from '../errors.ts';

/**
 * The life of one call: it ends at its deadline, or when its caller leaves, whatever it is doing then. Each step that takes
 * time says how it is broken off. One timer and no AbortController, because every read pays for it.
 */
export class CallScope {
  /** From the beginning to the deadline, in milliseconds. */
  readonly deadlineMs: number;
  readonly #deadlineAt: number;
  readonly #signal: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout;
  /** Of the step under way. */
  #reject: ((reason: unknown) => void) | undefined;
  #breakOff: (() => void) | undefined;
  #broken: { readonly reason: unknown } | undefined;

  /**
   * @param signal the caller's
   * @throws its reason when the caller has left already
   */
  constructor(deadlineMs: number, signal: AbortSignal | undefined) {
    signal?.throwIfAborted();
    this.deadlineMs = deadlineMs;
    this.#deadlineAt = performance.now() + deadlineMs;
    this.#timer = setTimeout(() => {
      this.#break(
        new UpstreamError('UPSTREAM_TIMEOUT', { detail: `deadline of ${Math.round(deadlineMs)} ms` }),
      );
    }, deadlineMs);
    this.#signal = signal;
    signal?.addEventListener('abort', this.#leave, { once: true });
  }

  /** Until the deadline, in milliseconds. */
  get leftMs(): number {
    return this.#deadlineAt - performance.now();
  }

  /**
   * A step that takes time. Ends at the moment the call does, even if it does not know how to break off.
   *
   * @param start begins it and returns what breaks it off
   * @throws UpstreamError UPSTREAM_TIMEOUT at the deadline
   * @throws the reason of the caller's signal
   */
  step<T>(start: (resolve: (value: T) => void, reject: (error: unknown) => void) => () => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#broken !== undefined) {
        reject(this.#broken.reason);
        return;
      }
      // Not one closure over both: made in here, such a one kept each answer alive until the old generation was collected,
      // 94 % of all that was allocated.
      this.#reject = reject;
      this.#breakOff = start(resolve, reject);
    });
  }

  /** Ends the call, whatever it is doing. @param reason what the step under way and all later ones reject with */
  breakOff(reason: unknown): void {
    this.#break(reason);
  }

  /** To be called when the call is over. */
  end(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#leave);
    this.#reject = undefined;
    this.#breakOff = undefined;
  }

  readonly #leave = () => this.#break(this.#signal?.reason);

  #break(reason: unknown): void {
    this.#broken = { reason };
    this.#reject?.(reason);
    this.#breakOff?.();
  }
}
