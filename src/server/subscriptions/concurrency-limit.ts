/** How many of something each client has at a time. */
export class Tally {
  readonly #most: number;
  readonly #counts = new Map<string, number>();

  /** @param most for each client */
  constructor(most: number) {
    this.#most = most;
  }

  /** Counts one more. @returns what takes it back, at most once; undefined where the client has as many as it may */
  take(client: string): (() => void) | undefined {
    const count = this.#counts.get(client) ?? 0;
    if (count >= this.#most) return undefined;
    this.#counts.set(client, count + 1);
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      const left = (this.#counts.get(client) ?? 1) - 1;
      if (left === 0) this.#counts.delete(client);
      else this.#counts.set(client, left);
    };
  }
}
