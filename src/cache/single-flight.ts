interface Flight<Value> {
  readonly startedAt: number;
  readonly value: Promise<Value>;
  readonly controller: AbortController;
  waiting: number;
  hasLanded: boolean;
}

/** Lets those who want the same thing at the same time share one attempt to get it. */
export class SingleFlight<Value> {
  readonly #flights = new Map<string, Flight<Value>>();

  /**
   * Joins the attempt that is under way, or makes one. An attempt goes on as long as anybody waits for it; when the last
   * one leaves it is broken off.
   *
   * @param notBefore an attempt that was started before this, in milliseconds of `performance.now()`, will not do
   * @param signal of the one who waits; when it fires, its reason is thrown to that one alone
   * @throws what the attempt throws, to all who wait
   */
  join(
    key: string,
    notBefore: number,
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
    const startedAt = performance.now();
    const flight = { startedAt, value: start(controller.signal), controller, waiting: 0, hasLanded: false };
    this.#flights.set(key, flight);
    const land = () => {
      flight.hasLanded = true;
      this.#forget(key, flight);
    };
    flight.value.then(land, land);
    return flight;
  }

  #forget(key: string, flight: Flight<Value>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }

  async #wait(key: string, flight: Flight<Value>, signal: AbortSignal | undefined): Promise<Value> {
    flight.waiting++;
    let leave = () => {};
    const left = new Promise<never>((_resolve, reject) => {
      leave = () => reject(signal?.reason);
    });
    if (signal?.aborted) leave();
    signal?.addEventListener('abort', leave, { once: true });
    try {
      return await (signal === undefined ? flight.value : Promise.race([flight.value, left]));
    } finally {
      signal?.removeEventListener('abort', leave);
      flight.waiting--;
      if (flight.waiting === 0 && !flight.hasLanded) {
        this.#forget(key, flight);
        flight.controller.abort(signal?.reason);
      }
    }
  }
}
