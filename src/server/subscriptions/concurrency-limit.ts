import type { Socket } from 'node:net';
import { onceClosed } from '../http/queued-responses.ts';
import type { RequestContext } from '../http/request-context.ts';

/** Limits how many of something each client has at a time. */
export class ConcurrencyLimit {
  readonly #max: number;
  readonly #counts = new Map<string, number>();

  /** @param max for each client */
  constructor(max: number) {
    this.#max = max;
  }

  /** Counts one more. @returns what takes it back, at most once; undefined where the client has as many as it may */
  take(client: string): (() => void) | undefined {
    const count = this.#counts.get(client) ?? 0;
    if (count >= this.#max) return undefined;
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

/** Open WebSockets of one client, or of one address where nobody authenticates: one for each subscription it may have. */
export const MAX_CONNECTIONS = 2000;

/**
 * Limits open WebSockets: those of an authenticated client by its id, those that have not sent credentials yet by address. Past
 * the latter limit the oldest is closed, so that strangers cannot keep out a client that shares their address.
 */
export class ConnectionLimit {
  readonly #max: number;
  readonly #byClient: ConcurrencyLimit;
  /** Sockets of connections that have not authenticated yet, oldest first, by address. */
  readonly #pending = new Map<string, Set<Socket>>();

  constructor(max: number = MAX_CONNECTIONS) {
    this.#max = max;
    this.#byClient = new ConcurrencyLimit(max);
  }

  /** Counts the connection of a caller who was let in, until it closes. @returns false when the caller has as many as it may */
  enter(context: RequestContext): boolean {
    const leave = this.#byClient.take(context.clientKey);
    if (leave !== undefined) onceClosed(context.response, leave);
    return leave !== undefined;
  }

  /**
   * Counts a connection that is to authenticate by its first message.
   *
   * @returns what counts it by its client instead, once it has; see {@link enter}
   */
  wait(context: RequestContext): () => boolean {
    const { address } = context;
    const { socket } = context.request;
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
    onceClosed(context.response, leave);
    return () => {
      leave();
      return this.enter(context);
    };
  }
}
