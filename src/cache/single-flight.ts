import { type MonotonicMs, monotonicNow } from '../clock.ts';

interface Flight<Value> {
  readonly startedAt: MonotonicMs;
  readonly value: Promise<Value>;
  readonly controller: AbortController;
  waiting: number;
  hasEnded: boolean;
}

/** Lets callers that want the same thing at the same time share one attempt to get it. */
export class SingleFlight<Value> {
  readonly #flights = new Map<string, Flight<Value>>();

  /**
   * Joins the attempt under way, or starts one. An attempt is aborted when the last caller leaves it.
   *
   * @param notBefore an attempt that was started earlier is not joined
   * @param signal of this caller; when it fires, its reason is thrown to this caller alone
   * @throws what the attempt throws, to all callers
   */
  join(
    key: string,
    notBefore: MonotonicMs,
    signal: AbortSignal | undefined,
    start: (signal: AbortSignal) => Promise<Value>,
  ): Promise<Value> {
    const underWay = this.#flights.get(key);
    const flight =
      underWay !== undefined && underWay.startedAt >= notBefore ? underWay : this.#start(key, start);
    return this.#wait(key, flight, signal);
  }

  #start(key: string, start: (signal: AbortSignal) => Promise<Value>): Flight<Value> {
    const controller = new AbortController();
    const startedAt = monotonicNow();
    const flight = { startedAt, value: start(controller.signal), controller, waiting: 0, hasEnded: false };
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
    flight.waiting++;
    const { promise: left, reject } = Promise.withResolvers<never>();
    const leave = () => reject(signal?.reason);
    if (signal?.aborted) leave();
    signal?.addEventListener('abort', leave, { once: true });
    try {
      return await (signal === undefined ? flight.value : Promise.race([flight.value, left]));
    } finally {
      signal?.removeEventListener('abort', leave);
      flight.waiting--;
      if (flight.waiting === 0 && !flight.hasEnded) {
        this.#forget(key, flight);
        flight.controller.abort(signal?.reason);
      }
    }
  }
}
