/** Origin of a signature check, for fair queueing. */
export interface CheckSource {
  readonly address: string;
  /** Identifies a connection of that address. */
  readonly connection: unknown;
}

type Start = () => void;

/** Source of checks without a request, such as those of open subscriptions. */
const GATEWAY: CheckSource = { address: 'gateway', connection: 'gateway' };

/**
 * Limits concurrent signature checks. Round robin over addresses, then over the connections of an address: a flood of tokens
 * delays a token on another connection by one check for each connection of the flood. Rejects nothing.
 */
export class SignatureQueue {
  readonly #concurrency: number;
  /** Waiting checks by address and connection. A `Map` keeps insertion order, so its first entry is next. */
  readonly #waiting = new Map<string, Map<unknown, Start[]>>();
  #running = 0;

  constructor(concurrency: number) {
    this.#concurrency = concurrency;
  }

  /** Runs a check when a slot is free. @returns what the check returns; rejects if it does */
  async run<Result>(check: () => Promise<Result>, source: CheckSource = GATEWAY): Promise<Result> {
    if (this.#running < this.#concurrency) this.#running++;
    else await new Promise<void>((start) => this.#add(source, start));
    try {
      return await check();
    } finally {
      const next = this.#takeNext();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  #add({ address, connection }: CheckSource, start: Start): void {
    const connections = this.#waiting.get(address) ?? new Map<unknown, Start[]>();
    const starts = connections.get(connection) ?? [];
    starts.push(start);
    this.#waiting.set(address, connections.set(connection, starts));
  }

  /** Takes one check of the next connection of the next address, and moves both to the end. */
  #takeNext(): Start | undefined {
    for (const [address, connections] of this.#waiting) {
      this.#waiting.delete(address);
      for (const [connection, starts] of connections) {
        connections.delete(connection);
        const start = starts.shift();
        if (starts.length > 0) connections.set(connection, starts);
        if (connections.size > 0) this.#waiting.set(address, connections);
        return start;
      }
    }
    return undefined;
  }
}
