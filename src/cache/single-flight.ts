import { type MonotonicMs, monotonicNow } from '../clock.ts';

interface Flight<Value> {
  readonly startedAt: MonotonicMs;
  readonly value: Promise<Value>;
  readonly controller: AbortController;
  callers: number;
  hasEnded: boolean;
}

/** Single flight (in-flight request deduplication): concurrent callers with the same key share one call. */
export class SingleFlight<Value> {
  readonly #flights = new Map<string, Flight<Value>>();

  /**
   * Joins the flight of a key, or starts one. A flight is aborted when its last caller leaves.
   *
   * @param notBefore flights that started earlier are not joined
   * @param signal of this caller; when it fires, only this caller's promise rejects, with the reason of the signal
   * @param start starts a flight; its signal fires when the last caller left
   * @throws the error of the flight, to all its callers
   */
  join(
    key: string,
    notBefore: MonotonicMs,
    signal: AbortSignal | undefined,
    start: (signal: AbortSignal) => Promise<Value>,
  ): Promise<Value> {
    const current = this.#flights.get(key);
    const flight =
      current !== undefined && current.startedAt >= notBefore ? current : this.#start(key, start);
    return this.#wait(key, flight, signal);
  }

  #start(key: string, start: (signal: AbortSignal) => Promise<Value>): Flight<Value> {
    const controller = new AbortController();
    const startedAt = monotonicNow();
    const flight = { startedAt, value: start(controller.signal), controller, callers: 0, hasEnded: false };
    this.#flights.set(key, flight);
    const end = () => {
      flight.hasEnded = true;
      this.#forget(key, flight);
    };
    flight.value.then(end, end);
    return flight;
  }

  #forget(key: string, flight: Flight<Value>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }

  async #wait(key: string, flight: Flight<Value>, signal: AbortSignal | undefined): Promise<Value> {
    flight.callers++;
    const { promise: left, reject } = Promise.withResolvers<never>();
    const leave = () => reject(signal?.reason);
    if (signal?.aborted) leave();
    signal?.addEventListener('abort', leave, { once: true });
    try {
      return await (signal === undefined ? flight.value : Promise.race([flight.value, left]));
    } finally {
      signal?.removeEventListener('abort', leave);
      flight.callers--;
      if (flight.callers === 0 && !flight.hasEnded) {
        this.#forget(key, flight);
        flight.controller.abort(signal?.reason);
      }
    }
  }
}
