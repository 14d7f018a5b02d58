import type { Socket } from 'node:net';
import { onceClosed } from '../http/queued-responses.ts';
import type { RequestContext } from '../http/request-context.ts';

/** Limits how many resources of one kind a client holds at a time. */
export class ConcurrencyLimit {
  readonly #max: number;
  readonly #counts = new Map<string, number>();

  /** @param max for each client */
  constructor(max: number) {
    this.#max = max;
  }

  /** Counts one more. @returns releases it, idempotently; undefined when the client is at its limit */
  take(client: string): (() => void) | undefined {
    const count = this.#counts.get(client) ?? 0;
    if (count >= this.#max) return undefined;
    this.#counts.set(client, count + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const left = (this.#counts.get(client) ?? 1) - 1;
      if (left === 0) this.#counts.delete(client);
      else this.#counts.set(client, left);
    };
  }
}

/** Maximum number of open WebSockets per client, or per address without authentication: one for each allowed subscription. */
export const MAX_CONNECTIONS = 2000;

/**
 * Limits open WebSockets: those of authenticated clients by client id, those that have not sent credentials yet by address.
 * Beyond the limit of an address, its oldest unauthenticated connection is closed, so that other callers cannot lock out a
 * client that shares their address.
 */
export class ConnectionLimit {
  readonly #max: number;
  readonly #byClient: ConcurrencyLimit;
  /** Sockets of connections that have not authenticated yet, by address, oldest first. */
  readonly #pending = new Map<string, Set<Socket>>();

  constructor(max: number = MAX_CONNECTIONS) {
    this.#max = max;
    this.#byClient = new ConcurrencyLimit(max);
  }

  /** Counts the connection of an admitted caller until it closes. @returns false when the caller is at its limit */
  enter(context: RequestContext): boolean {
    const leave = this.#byClient.take(context.clientKey);
    if (leave !== undefined) onceClosed(context.response, leave);
    return leave !== undefined;
  }

  /**
   * Counts a connection that will authenticate with its first message.
   *
   * @returns call it after authentication: counts the connection by its client instead, see {@link enter}
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
