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
 * Close frames that the gateway sends; codes from 4000 on belong to graphql-transport-ws. The graphql-ws client, which
 * federation routers use too, reconnects after 1012, 1013, 4403 and 4408, and not after 4401. A credential that has expired
 * therefore gets 4403, because the next connection may send a new one; one that was never valid gets 4401.
 *
 * @see https://www.iana.org/assignments/websocket/websocket.xml
 * @see https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
 */
export const CLOSE = {
  restart: { code: 1012, reason: 'Service restart: connect again.' },
  slow: { code: 1013, reason: 'Too slow: messages were not read. Connect again.' },
  rateLimited: { code: 1013, reason: 'Too many requests in a minute. Try again later.' },
  unchecked: { code: 1013, reason: 'Tokens cannot be verified. Try again later.' },
  missing: { code: 4401, reason: 'Unauthorized: missing credential, in a header or in connection_init.' },
  invalid: { code: 4401, reason: 'Unauthorized: invalid credential.' },
  expired: { code: 4403, reason: 'Forbidden: the credential has expired.' },
  unsupportedProtocol: { code: 4406, reason: 'Subprotocol not acceptable: expected graphql-transport-ws.' },
  initTimeout: { code: 4408, reason: 'Connection initialisation timeout' },
  unacknowledged: { code: 4401, reason: 'Unauthorized: subscribe after connection_ack.' },
  initialisedTwice: { code: 4429, reason: 'Too many initialisation requests' },
  subscribedTwice: { code: 4409, reason: 'Subscriber for this id already exists' },
  invalidMessage: { code: 4400, reason: 'Invalid message received' },
  failed: { code: 4500, reason: 'Internal server error' },
} as const satisfies Record<string, Close>;

/**
 * Maximum number of unread bytes per connection; beyond it, the client counts as not reading. Results have backpressure, but
 * replies to pings do not.
 */
const MAX_WAITING_BYTES = 1024 * 1024;

/** How long a client may take to close its side, in milliseconds. */
const CLOSE_MS = 1000;

/** Maximum number of consecutive pings without a reply. */
const MAX_MISSED_HEARTBEATS = 2;

/** Dependencies of a connection. */
export interface WsConnectionOptions {
  /** Id or address of the client; its address until its credentials are known. */
  readonly client: () => string;
  readonly backlog: SendBacklog;
  readonly log: Logger;
}

/** One WebSocket connection, without the GraphQL protocol on top of it. */
export class WsConnection implements Stream, Outlet {
  readonly #socket: WebSocket;
  readonly #options: WsConnectionOptions;
  readonly #closing = new AbortController();
  /** Client under which the backlog counts this connection; undefined while it has never had unread bytes. */
  #client: string | undefined;
  #missedHeartbeats = 0;
  #isCutOff = false;

  constructor(socket: WebSocket, options: WsConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    const markAlive = () => {
      this.#missedHeartbeats = 0;
    };
    socket.on('pong', guarded(markAlive, this.failed));
    socket.on('message', guarded(markAlive, this.failed));
    socket.on(
      'ping',
      guarded((data: Buffer) => {
        markAlive();
        if (!this.#isReading()) return;
        socket.pong(data);
        this.#noteUnread();
      }, this.failed),
    );
    // Invalid frames, and messages over the limit: the library closes the connection with a reason.
    socket.on(
      'error',
      guarded((error) => options.log.debug({ detail: error.message }, 'WebSocket error'), this.failed),
    );
    socket.once(
      'close',
      guarded(() => {
        this.#closing.abort();
        if (this.#client !== undefined) options.backlog.forget(this.#client, this);
      }, this.failed),
    );
  }

  /** Closes the connection after an unexpected error. */
  readonly failed: FaultHandler = (error) => {
    this.#options.log.error({ err: error }, 'unexpected error on a WebSocket');
    this.close(CLOSE.failed);
  };

  /** The negotiated subprotocol; empty if there is none. */
  get protocol(): string {
    return this.#socket.protocol;
  }

  /** Aborted when the connection closes or begins to close. */
  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  /** Resolves when the text has been passed to the operating system, or was dropped because the connection is closing. */
  send(text: string): Promise<void> {
    if (this.#socket.readyState !== this.#socket.OPEN || !this.#isReading()) return Promise.resolve();
    // Send errors are ignored: the close event follows.
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

  /** Closes without a close frame, which would only add to the unread bytes. */
  cutOff(): void {
    this.#isCutOff = true;
    this.#socket.terminate();
  }

  /** Sends a close frame, and terminates the connection if the client does not respond. */
  close({ code, reason }: Close): void {
    if (this.#socket.readyState > this.#socket.OPEN) return;
    this.#socket.close(code, reason);
    const timer = setTimeout(
      guarded(() => this.#socket.terminate(), this.failed),
      CLOSE_MS,
    );
    this.#socket.once('close', () => clearTimeout(timer));
    this.#closing.abort();
  }

  #noteUnread(): void {
    if (this.unreadBytes === 0) return;
    this.#client ??= this.#options.client();
    this.#options.backlog.note(this.#client, this);
  }

  heartbeat(): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#missedHeartbeats === MAX_MISSED_HEARTBEATS) this.#closeSlow('no reply to pings');
    else {
      this.#missedHeartbeats++;
      this.#socket.ping();
    }
  }

  end(why: StreamEnd): void {
    this.close(CLOSE[why]);
  }

  /** Whether the client reads its messages; if not, closes the connection. */
  #isReading(): boolean {
    if (this.#socket.bufferedAmount <= MAX_WAITING_BYTES) return true;
    this.#closeSlow('the client does not read');
    return false;
  }

  #closeSlow(why: string): void {
    this.#options.log.info({ bufferedBytes: this.#socket.bufferedAmount }, `WebSocket closed: ${why}`);
    this.close(CLOSE.slow);
  }
}
