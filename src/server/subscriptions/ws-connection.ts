import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import { type FaultHandler, guarded } from '../../guarded.ts';
import type { Outlet, SendBacklog } from '../http/send-backlog.ts';
import type { Stream, StreamEnd } from './open-streams.ts';
import { CLOSE, type Close } from './ws-close.ts';

/** What may wait for a reader, in bytes. Past that it does not read: results wait for each other, but answers to pings do not. */
const MAX_WAITING_BYTES = 1024 * 1024;

/** How long a client may take to close its side, in milliseconds. */
const CLOSE_MS = 1000;

/** Longest reason of a close frame, in bytes. */
const MAX_REASON_BYTES = 123;

/** Signs of life that may be missed one after the other. */
const MISSED_BEATS = 2;

/** What a connection is made of. */
export interface ConnectionOptions {
  readonly isAuthorized: () => boolean | Promise<boolean>;
  /** Who is at the other end, by name or address; of no name before its credentials are known. */
  readonly client: () => string;
  readonly backlog: SendBacklog;
  readonly log: Logger;
}

/** One WebSocket, whatever is said on it. */
export class Connection implements Stream, Outlet {
  readonly #socket: WebSocket;
  readonly #options: ConnectionOptions;
  readonly #left = new AbortController();
  /** The name under which it was found to leave bytes unread. */
  #client: string | undefined;
  #missedBeats = 0;
  #isCutOff = false;

  constructor(socket: WebSocket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    const lives = () => {
      this.#missedBeats = 0;
    };
    socket.on('pong', guarded(lives, this.failed));
    socket.on('message', guarded(lives, this.failed));
    socket.on(
      'ping',
      guarded((data: Buffer) => {
        lives();
        if (!this.#isReading()) return;
        socket.pong(data);
        this.#noteUnread();
      }, this.failed),
    );
    // Broken frames, and messages that are too long: the library closes by itself and says why.
    socket.on(
      'error',
      guarded((error) => options.log.debug({ detail: error.message }, 'WebSocket error'), this.failed),
    );
    socket.once(
      'close',
      guarded(() => {
        this.#left.abort();
        if (this.#client !== undefined) options.backlog.forget(this.#client, this);
      }, this.failed),
    );
  }

  /** Closes the connection for what was thrown where nobody waits for it. */
  readonly failed: FaultHandler = (error) => {
    this.#options.log.error({ err: error }, 'unexpected error on a WebSocket');
    this.close(CLOSE.failed.code, CLOSE.failed.reason);
  };

  /** The protocol that client and gateway agreed on; empty where they did not. */
  get protocol(): string {
    return this.#socket.protocol;
  }

  /** Fires when the connection is over, or begins to close. */
  get signal(): AbortSignal {
    return this.#left.signal;
  }

  /** Comes back when it has been handed to the system: whoever waits for it holds back no more than one result. */
  send(text: string): Promise<void> {
    if (this.#socket.readyState !== this.#socket.OPEN || !this.#isReading()) return Promise.resolve();
    // What cannot be sent any more is lost with the connection.
    return new Promise((resolve) => {
      this.#socket.send(text, () => resolve());
      this.#noteUnread();
    });
  }

  get unreadBytes(): number {
    return this.#isCutOff || this.#socket.readyState === this.#socket.CLOSED
      ? 0
      : this.#socket.bufferedAmount;
  }

  /** Without a word: too much waits to be read already. */
  cutOff(): void {
    this.#isCutOff = true;
    this.#socket.terminate();
  }

  /** Closes, and ends the connection even if the other side does not. @param reason may quote the client, and is cut */
  close(code: number, reason: string): void {
    if (this.#socket.readyState > this.#socket.OPEN) return;
    this.#socket.close(code, cutReason(reason));
    const timer = setTimeout(
      guarded(() => this.#socket.terminate(), this.failed),
      CLOSE_MS,
    );
    this.#socket.once('close', () => clearTimeout(timer));
    this.#left.abort();
  }

  #noteUnread(): void {
    if (this.unreadBytes === 0) return;
    this.#client ??= this.#options.client();
    this.#options.backlog.note(this.#client, this);
  }

  isAuthorized(): boolean | Promise<boolean> {
    return this.#options.isAuthorized();
  }

  beat(): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#missedBeats === MISSED_BEATS) this.#giveUp('it gave no sign of life');
    else {
      this.#missedBeats++;
      this.#socket.ping();
    }
  }

  end(why: StreamEnd): void {
    this.#say(CLOSE[why]);
  }

  #say({ code, reason }: Close): void {
    this.close(code, reason);
  }

  /** @returns false when it has been cut off, because too much waits for it */
  #isReading(): boolean {
    if (this.#socket.bufferedAmount <= MAX_WAITING_BYTES) return true;
    this.#giveUp('its reader takes nothing');
    return false;
  }

  #giveUp(why: string): void {
    this.#options.log.info({ bufferedBytes: this.#socket.bufferedAmount }, `a WebSocket was cut off: ${why}`);
    this.#say(CLOSE.slow);
  }
}

/** As much of a text as fits into a close frame: ws throws for more. @see https://www.rfc-editor.org/rfc/rfc6455#section-5.5 */
function cutReason(reason: string): Buffer {
  const bytes = Buffer.from(reason);
  if (bytes.length <= MAX_REASON_BYTES) return bytes;
  let end = MAX_REASON_BYTES;
  // Not within a character: bytes after the first of one are 10xxxxxx.
  while (((bytes[end] as number) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}
