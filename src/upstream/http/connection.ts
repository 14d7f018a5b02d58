import type { Socket } from 'node:net';
import { guarded } from '../../guarded.ts';
import { AnswerReader, type HttpAnswer } from './answer-reader.ts';
import type { Head } from './head.ts';

/** The connection ended before an answer did. */
export class ClosedEarlyError extends Error {
  override readonly name = 'ClosedEarlyError';
}

/** A way to a server. */
export interface Route {
  /** Begins to connect. What comes goes to `received`, of use only during the call. */
  open(received: (bytes: Buffer) => void): Socket;
  /** What the socket tells when the one at the other end is who it should be, and may be told something. */
  readonly ready: 'connect' | 'secureConnect';
}

/** Who waits for an answer. */
interface Waiting {
  readonly reader: AnswerReader;
  readonly done: (answer: HttpAnswer) => void;
  readonly failed: (error: unknown) => void;
}

/** What a connection tells of itself. */
export interface ConnectionEvents {
  /** It can be used again. */
  readonly idle: (connection: Connection, head: Head) => void;
  /** It cannot be used any more. */
  readonly closed: (connection: Connection) => void;
}

/** One connection. Carries one request at a time. */
export class Connection {
  readonly #socket: Socket;
  readonly #maxBodyBytes: number;
  readonly #events: ConnectionEvents;
  readonly #ready: Route['ready'];
  #isReady = false;
  #waiting: Waiting | undefined;

  /** Begins to connect. */
  constructor(route: Route, maxBodyBytes: number, events: ConnectionEvents) {
    this.#maxBodyBytes = maxBodyBytes;
    this.#events = events;
    const failed = (error: unknown) => this.fail(error);
    this.#socket = route.open(guarded((bytes) => this.#received(bytes), failed));
    this.#socket.once(
      route.ready,
      guarded(() => {
        this.#isReady = true;
      }, failed),
    );
    this.#ready = route.ready;
    this.#socket.on('error', failed);
    this.#socket.on(
      'end',
      guarded(() => this.#ended(), failed),
    );
    this.#socket.on('close', () => failed(new ClosedEarlyError('the connection was closed')));
  }

  /**
   * To be called while nothing else is under way.
   *
   * @param text of the request, a character for each byte
   * @returns what breaks it off; of no effect once it has ended
   */
  send(text: string, done: Waiting['done'], failed: Waiting['failed']): () => void {
    const waiting = { reader: new AnswerReader(this.#maxBodyBytes), done, failed };
    this.#waiting = waiting;
    if (this.#isReady) this.#socket.write(text, 'latin1');
    else {
      const write = () => this.#socket.write(text, 'latin1');
      this.#socket.once(
        this.#ready,
        guarded(write, (error) => this.fail(error)),
      );
    }
    return () => {
      if (this.#waiting === waiting) this.close();
    };
  }

  /** Closes at once; who waits for an answer gets the error. */
  fail(error: unknown): void {
    const waiting = this.#waiting;
    this.close();
    waiting?.failed(error);
  }

  /** Closes at once; who waits for an answer is told nothing. */
  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
    this.#events.closed(this);
  }

  #received(bytes: Buffer): void {
    const waiting = this.#waiting;
    // Nobody has asked anything.
    if (waiting === undefined) {
      this.close();
      return;
    }
    const { reader } = waiting;
    let end: number;
    try {
      end = reader.read(bytes);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (!reader.isWhole) return;
    this.#waiting = undefined;
    const head = reader.head as Head;
    if (head.isLast || end < bytes.length) this.close();
    else this.#events.idle(this, head);
    waiting.done(reader.answer());
  }

  /** The server says nothing more. */
  #ended(): void {
    const waiting = this.#waiting;
    if (waiting?.reader.isWholeAtEnd === true) {
      this.close();
      waiting.done(waiting.reader.answer());
    } else this.fail(new ClosedEarlyError('the connection was ended'));
  }
}
