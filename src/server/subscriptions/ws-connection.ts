import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import { type FaultHandler, guarded } from '../../guarded.ts';
import type { Outlet, SendBacklog } from '../http/send-backlog.ts';
import type { Stream, StreamEnd } from './open-streams.ts';

/** Code and reason of a close frame. */
export interface Close {
  readonly code: number;
  /** At most 123 bytes. */
  readonly reason: string;
}

/**
 * Codes by which the gateway closes connections; those from 4000 on are the protocol's. The client of graphql-ws, which routers
 * use too, connects again after 1012, 1013, 4403 and 4408. So a credential that is not valid any more is 4403, because the next
 * connection may send a new one, and one that never was is 4401.
 *
 * @see https://www.iana.org/assignments/websocket/websocket.xml
 * @see https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
 */
export const CLOSE = {
  restart: { code: 1012, reason: 'Service restart: connect again.' },
  slow: { code: 1013, reason: 'Too slow: messages were not read. Connect again.' },
  hasty: { code: 1013, reason: 'Too many requests in a minute. Try again later.' },
  unchecked: { code: 1013, reason: 'Tokens cannot be verified. Try again later.' },
  missing: { code: 4401, reason: 'Unauthorized: missing credential, in a header or in connection_init.' },
  invalid: { code: 4401, reason: 'Unauthorized: invalid credential.' },
  expired: { code: 4403, reason: 'Forbidden: the credential has expired.' },
  unspoken: { code: 4406, reason: 'Subprotocol not acceptable: expected graphql-transport-ws.' },
  silent: { code: 4408, reason: 'Connection initialisation timeout' },
  unacknowledged: { code: 4401, reason: 'Unauthorized: subscribe after connection_ack.' },
  initialisedTwice: { code: 4429, reason: 'Too many initialisation requests' },
  subscribedTwice: { code: 4409, reason: 'Subscriber for this id already exists' },
  broken: { code: 4400, reason: 'Invalid message received' },
  failed: { code: 4500, reason: 'Internal server error' },
} as const satisfies Record<string, Close>;

/** Bytes that may wait for a client; past that it does not read. Results wait for each other, but answers to pings do not. */
const MAX_WAITING_BYTES = 1024 * 1024;

/** How long a client may take to close its side, in milliseconds. */
const CLOSE_MS = 1000;

/** Heartbeats that may stay unanswered one after the other. */
const MAX_MISSED_HEARTBEATS = 2;

/** What a connection is made of. */
export interface WsConnectionOptions {
  /** Id or address of the client; its address before its credentials are known. */
  readonly client: () => string;
  readonly backlog: SendBacklog;
  readonly log: Logger;
}

/** One WebSocket, below its protocol. */
export class WsConnection implements Stream, Outlet {
  readonly #socket: WebSocket;
  readonly #options: WsConnectionOptions;
  readonly #left = new AbortController();
  /** Under which the backlog counts this connection; undefined while it never had unread bytes. */
  #client: string | undefined;
  #missedHeartbeats = 0;
  #isCutOff = false;

  constructor(socket: WebSocket, options: WsConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    const lives = () => {
      this.#missedHeartbeats = 0;
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

  /** Closes the connection after an unexpected error. */
  readonly failed: FaultHandler = (error) => {
    this.#options.log.error({ err: error }, 'unexpected error on a WebSocket');
    this.close(CLOSE.failed);
  };

  /** The protocol that client and gateway agreed on; empty where they did not. */
  get protocol(): string {
    return this.#socket.protocol;
  }

  /** Fires when the connection is over, or begins to close. */
  get signal(): AbortSignal {
    return this.#left.signal;
  }

  /** Resolves when the text has been handed to the system. */
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

  /** Without a close frame: too much waits to be read already. */
  cutOff(): void {
    this.#isCutOff = true;
    this.#socket.terminate();
  }

  /** Sends a close frame, and ends the connection even if the other side does not. */
  close({ code, reason }: Close): void {
    if (this.#socket.readyState > this.#socket.OPEN) return;
    this.#socket.close(code, reason);
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

  heartbeat(): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#missedHeartbeats === MAX_MISSED_HEARTBEATS) this.#giveUp('no reply to pings');
    else {
      this.#missedHeartbeats++;
      this.#socket.ping();
    }
  }

  end(why: StreamEnd): void {
    this.close(CLOSE[why]);
  }

  /** @returns false when it has been cut off, because too much waits for it */
  #isReading(): boolean {
    if (this.#socket.bufferedAmount <= MAX_WAITING_BYTES) return true;
    this.#giveUp('the client does not read');
    return false;
  }

  #giveUp(why: string): void {
    this.#options.log.info({ bufferedBytes: this.#socket.bufferedAmount }, `WebSocket closed: ${why}`);
    this.close(CLOSE.slow);
  }
}
