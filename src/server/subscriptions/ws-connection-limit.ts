import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { addressOf, clientKeyOf } from '../access/address.ts';
import { verdictOf } from '../access/caller-verdict.ts';
import { onceClosed } from '../http/queued-responses.ts';
import { Tally } from './concurrency-limit.ts';

/** Open connections of one client, or of one address where nobody authenticates: one for each subscription it may have. */
export const MAX_CONNECTIONS = 2000;

/**
 * Limits open WebSockets. An authenticated client is limited by its own id, whatever its address. Connections that have not
 * sent their credentials yet are limited by address; past the limit the oldest of them is closed, not the new one rejected,
 * so that strangers who hold connections open cannot keep out a client that shares their address.
 */
export class ConnectionLimit {
  readonly #max: number;
  readonly #byClient: Tally;
  /** Sockets of connections that have not authenticated yet, oldest first, by address. */
  readonly #pending = new Map<string, Set<Socket>>();

  constructor(max: number = MAX_CONNECTIONS) {
    this.#max = max;
    this.#byClient = new Tally(max);
  }

  /**
   * Counts the connection of a caller whose verdict is noted on the request, until the response closes.
   *
   * @returns false when the caller has as many connections as are allowed
   */
  enter(request: IncomingMessage, response: ServerResponse): boolean {
    const leave = this.#byClient.take(clientKeyOf(request, verdictOf(request)));
    if (leave !== undefined) onceClosed(response, leave);
    return leave !== undefined;
  }

  /**
   * Counts a connection that is to authenticate by its first message.
   *
   * @returns what counts it by its client instead, once it has; see {@link enter}
   */
  wait(request: IncomingMessage, response: ServerResponse): () => boolean {
    const address = addressOf(request);
    const { socket } = request;
    const pending = this.#pending.get(address) ?? new Set();
    const [oldest] = pending;
    if (oldest !== undefined && pending.size >= this.#max) {
      pending.delete(oldest);
      oldest.destroy();
    }
    pending.add(socket);
    this.#pending.set(address, pending);
    const leave = () => {
      if (pending.delete(socket) && pending.size === 0) this.#pending.delete(address);
    };
    onceClosed(response, leave);
    return () => {
      leave();
      return this.enter(request, response);
    };
  }
}
