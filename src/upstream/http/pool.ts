import type { HttpAnswer } from './answer-reader.ts';
import { ClosedEarlyError, Connection } from './connection.ts';
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

/** Most connections at a time: 64 MB of memory. At 20 requests a second there are as many only if each takes 50 s. */
const MAX_CONNECTIONS = 1000;

/** A request that waits for a connection. */
interface Waiting {
  readonly text: string;
  readonly done: (answer: HttpAnswer) => void;
  readonly failed: (error: unknown) => void;
  /** Breaks it off, once it has been sent. */
  breakOff?: () => void;
}

/**
 * Kept-alive connections to one origin, as many as there are requests at a time, up to a limit; past it requests wait in the
 * order of their coming. The least that HTTP takes: for each call a
 * client for all purposes costs half as much again, and for each read from a socket 64 kB of memory.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112
 */
export class ConnectionPool {
  readonly #route: ReturnType<typeof routeTo>;
  readonly #maxBodyBytes: number;
  readonly #maxConnections: number;
  readonly #waiting = new Set<Waiting>();
  #isDestroyed = false;
  readonly #open = new Set<Connection>();
  /** Until when each may be used, in milliseconds of `performance.now()`; the last one used last. */
  readonly #idle: { readonly connection: Connection; readonly until: number }[] = [];
  #sweeper: NodeJS.Timeout | undefined;

  /**
   * @param origin scheme, host and port
   * @param maxBodyBytes largest body that is read
   * @param maxConnections how many may be open at a time
   */
  constructor(origin: string, maxBodyBytes: number, maxConnections: number = MAX_CONNECTIONS) {
    this.#route = routeTo(origin);
    this.#maxBodyBytes = maxBodyBytes;
    this.#maxConnections = maxConnections;
  }

  /**
   * Sends a request.
   *
   * @param done gets the whole answer
   * @param failed gets UnreadableAnswerError, ClosedEarlyError, or the socket's error; ClosedEarlyError once the pool is destroyed
   * @returns what breaks it off; then neither is called
   * @throws UnsendableRequestError for what cannot be sent
   */
  send(
    request: HttpRequest,
    done: (answer: HttpAnswer) => void,
    failed: (error: unknown) => void,
  ): () => void {
    const text = requestText(request);
    if (this.#isDestroyed) {
      failed(destroyed());
      return () => {};
    }
    const connection = this.#connection();
    if (connection !== undefined) return connection.send(text, done, failed);
    const waiting: Waiting = { text, done, failed };
    this.#waiting.add(waiting);
    return () => {
      if (!this.#waiting.delete(waiting)) waiting.breakOff?.();
    };
  }

  /** Fails what is under way with ClosedEarlyError and closes every connection. */
  destroy(): void {
    this.#isDestroyed = true;
    clearTimeout(this.#sweeper);
    for (const { failed } of this.#waiting) failed(destroyed());
    this.#waiting.clear();
    for (const connection of this.#open) connection.fail(destroyed());
  }

  /** Sends the request that has waited longest. @returns false where none waits */
  #sendWaiting(connection: Connection): boolean {
    const [next] = this.#waiting;
    if (next === undefined) return false;
    this.#waiting.delete(next);
    next.breakOff = connection.send(next.text, next.done, next.failed);
    return true;
  }

  /**
   * The idle one that was used last, so that the others get old and are closed; else a new one. Undefined where as many are open
   * as may be.
   */
  #connection(): Connection | undefined {
    const now = performance.now();
    for (let last = this.#idle.pop(); last !== undefined; last = this.#idle.pop()) {
      if (now < last.until) return last.connection;
      last.connection.close();
    }
    return this.#open.size < this.#maxConnections ? this.#connect() : undefined;
  }

  #connect(): Connection {
    const connection = new Connection(this.#route, this.#maxBodyBytes, this.#events);
    this.#open.add(connection);
    return connection;
  }

  readonly #events = {
    idle: (connection: Connection, { idleMs }: Head) => {
      const keptMs = idleMs === undefined ? IDLE_MS : Math.min(idleMs - MARGIN_MS, MAX_IDLE_MS);
      if (keptMs <= 0) return connection.close();
      if (this.#sendWaiting(connection)) return;
      this.#idle.push({ connection, until: performance.now() + keptMs });
      this.#sweeper ??= setTimeout(this.#sweep, SWEEP_MS).unref();
    },
    closed: (connection: Connection) => {
      this.#open.delete(connection);
      const place = this.#idle.findIndex((idle) => idle.connection === connection);
      if (place !== -1) this.#idle.splice(place, 1);
      if (this.#waiting.size > 0 && this.#open.size < this.#maxConnections)
        this.#sendWaiting(this.#connect());
    },
  };

  readonly #sweep = () => {
    this.#sweeper = undefined;
    const now = performance.now();
    for (const { connection, until } of [...this.#idle]) if (now >= until) connection.close();
    if (this.#idle.length > 0) this.#sweeper = setTimeout(this.#sweep, SWEEP_MS).unref();
  };
}

function destroyed(): ClosedEarlyError {
  return new ClosedEarlyError('the connection pool was closed');
}
