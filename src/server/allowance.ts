import type { IncomingMessage } from 'node:http';
import { LRUCache } from 'lru-cache';
import type { Verdict } from '../auth/verdict.ts';
import { addressOf } from './address.ts';
import type { Limit } from './rate-limit.ts';

/** Pairs of an address and a client that are remembered: 2 MB. */
const MAX_PAIRS = 10_000;

/**
 * How often callers may ask. Clients with a name are counted by it, wherever they are. Everybody else is counted by address,
 * and so are credentials that are not valid, which puts an end to guessing: from an address that has used up its attempts no
 * credential gets in that was not seen from there before, so that not even the right one is told from a wrong one. Those
 * seen before go on, because what they share with whoever guesses may be a proxy.
 */
export class Allowance {
  readonly #limit: Limit;
  readonly #familiar = new LRUCache<string, true>({ max: MAX_PAIRS });

  constructor(limit: Limit) {
    this.#limit = limit;
  }

  /**
   * @param isCounted whether the request of a client with a name is to be counted
   * @returns for how long the caller has to wait, in milliseconds; 0 when its request may go on
   */
  async waitOf(request: IncomingMessage, { client, refusal }: Verdict, isCounted: boolean): Promise<number> {
    // No fault of the caller's.
    if (refusal?.kind === 'unchecked') return 0;
    const address = addressOf(request);
    if (client === undefined) return this.#limit.take(address);
    const pair = `${address} ${client.id}`;
    if (this.#familiar.get(pair) === undefined) {
      const waitMs = await this.#limit.look(address);
      if (waitMs > 0) return waitMs;
      this.#familiar.set(pair, true);
    }
    return isCounted ? this.#limit.take(client.id) : 0;
  }
}
