import type { HttpAnswer } from './answer-reader.ts';
import { Connection } from './connection.ts';
import type { Head } from './head.ts';
import { type HttpRequest, requestText } from './request.ts';
import { routeTo } from './routes.ts';

/** How long a connection is kept on which nothing is asked, unless the server says how long it keeps it. In milliseconds. */
const IDLE_MS = 4000;

/** How much earlier than the server a connection is given up: a request must not meet its end. In milliseconds. */
const MARGIN_MS = 2000;

/** Longest time that is believed when the server says how long it keeps a connection, in milliseconds. */
const MAX_IDLE_MS = 600_000;

/** How often connections are looked over that nobody uses, in milliseconds. */
const SWEEP_MS = 1000;

/**
 * Kept-alive connections to one origin, as many as there are requests at a time. The least that HTTP takes: for each call a
 * client for all purposes costs half as much again, and for each read from a socket 64 kB of memory.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112
 */
export class ConnectionPool {
  readonly #route: ReturnType<typeof routeTo>;
  readonly #maxBodyBytes: number;
  readonly #open = new Set<Connection>();
  /** Until when each may be used, in milliseconds of `performance.now()`; the last one used last. */
  readonly #idle: { readonly connection: Connection; readonly until: number }[] = [];
  #sweeper: NodeJS.Timeout | undefined;

  /**
   * @param origin scheme, host and port
   * @param maxBodyBytes largest body that is read
   */
  constructor(origin: string, maxBodyBytes: number) {
    this.#route = routeTo(origin);
    this.#maxBodyBytes = maxBodyBytes;
  }

  /**
   * Sends a request.
   *
   * @param done gets the whole answer
   * @param failed gets UnreadableAnswerError, ClosedEarlyError, or the socket's error
   * @returns what breaks it off; then neither is called
   * @throws UnsendableRequestError for what cannot be sent
   */
  send(
    request: HttpRequest,
    done: (answer: HttpAnswer) => void,
    failed: (error: unknown) => void,
  ): () => void {
    const text = requestText(request);
    return this.#connection().send(text, done, failed);
  }

  /** Breaks off what is under way and closes every connection. */
  destroy(): void {
    clearTimeout(this.#sweeper);
    for (const connection of this.#open) connection.close();
  }

  /** The one that was used last: so the others get old, and are closed. */
  #connection(): Connection {
    const now = performance.now();
    for (let last = this.#idle.pop(); last !== undefined; last = this.#idle.pop()) {
      if (now < last.until) return last.connection;
      last.connection.close();
    }
    const connection = new Connection(this.#route, this.#maxBodyBytes, this.#events);
    this.#open.add(connection);
    return connection;
  }

  readonly #events = {
    idle: (connection: Connection, { idleMs }: Head) => {
      const keptMs = idleMs === undefined ? IDLE_MS : Math.min(idleMs - MARGIN_MS, MAX_IDLE_MS);
      if (keptMs <= 0) return connection.close();
      this.#idle.push({ connection, until: performance.now() + keptMs });
      this.#sweeper ??= setTimeout(this.#sweep, SWEEP_MS).unref();
    },
    closed: (connection: Connection) => {
      this.#open.delete(connection);
      const place = this.#idle.findIndex((idle) => idle.connection === connection);
      if (place !== -1) this.#idle.splice(place, 1);
    },
  };

  readonly #sweep = () => {
    this.#sweeper = undefined;
    const now = performance.now();
    for (const { connection, until } of [...this.#idle]) if (now >= until) connection.close();
    if (this.#idle.length > 0) this.#sweeper = setTimeout(this.#sweep, SWEEP_MS).unref();
  };
}
