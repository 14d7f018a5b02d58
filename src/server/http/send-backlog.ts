import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { guarded } from '../../guarded.ts';

/** Maximum number of unread bytes per client, over all its connections: 250 pages of 100 rows with every field. */
export const MAX_BACKLOG_BYTES = 16 * 1024 * 1024;

/** A destination of bytes: an HTTP response or a WebSocket. */
export interface Outlet {
  /** Bytes buffered in this process because the client has not read earlier ones. */
  readonly unreadBytes: number;
  /** Closes the connection. Must not throw. */
  cutOff(): void;
}

/** Unread bytes of one client. */
interface ClientBacklog {
  /** Upper bound of the unread bytes. Recounted only when it exceeds the limit. */
  bytes: number;
  /** Outlets with unread bytes, the longest-waiting first, each with its bytes at the latest count. */
  readonly outlets: Map<Outlet, number>;
}

/**
 * Bounds the memory used for clients that do not read their responses. When a client exceeds the limit, the connection
 * whose bytes have waited longest is closed, then the next. A client's only waiting response is never closed, however
 * slowly it is read: the cost limit bounds its size.
 */
export class SendBacklog {
  readonly #log: Logger;
  readonly #maxBytes: number;
  readonly #clients = new Map<string, ClientBacklog>();

  /** @internal @param maxBytes per client */
  constructor(log: Logger, maxBytes: number = MAX_BACKLOG_BYTES) {
    this.#log = log;
    this.#maxBytes = maxBytes;
  }

  /** Unread bytes of all clients together. */
  get bytes(): number {
    let bytes = 0;
    for (const backlog of this.#clients.values()) bytes += measure(backlog);
    return bytes;
  }

  /**
   * Updates the unread bytes of an outlet, and closes connections of the client while it exceeds the limit.
   *
   * @param client id or address of the client
   */
  note(client: string, outlet: Outlet): void {
    let backlog = this.#clients.get(client);
    if (backlog === undefined) {
      backlog = { bytes: 0, outlets: new Map() };
      this.#clients.set(client, backlog);
    }
    const bytes = outlet.unreadBytes;
    backlog.bytes += bytes - (backlog.outlets.get(outlet) ?? 0);
    backlog.outlets.set(outlet, bytes);
    if (backlog.bytes <= this.#maxBytes || measure(backlog) <= this.#maxBytes) return;
    for (const [longest, unread] of backlog.outlets) {
      if (backlog.bytes <= this.#maxBytes || backlog.outlets.size === 1) break;
      backlog.outlets.delete(longest);
      backlog.bytes -= unread;
      // It shares its connection with an outlet that was just closed.
      if (longest.unreadBytes === 0) continue;
      this.#log.info(
        { client, unreadBytes: unread },
        'connection closed: the client does not read its responses',
      );
      longest.cutOff();
    }
  }

  /** Forgets an outlet whose connection is closed or whose response is finished. */
  forget(client: string, outlet: Outlet): void {
    const backlog = this.#clients.get(client);
    const bytes = backlog?.outlets.get(outlet);
    if (backlog === undefined || bytes === undefined) return;
    backlog.outlets.delete(outlet);
    backlog.bytes -= bytes;
    if (backlog.outlets.size === 0) this.#clients.delete(client);
  }
}

/** Recounts the unread bytes of a client. */
function measure(backlog: ClientBacklog): number {
  backlog.bytes = 0;
  for (const outlet of backlog.outlets.keys()) {
    const bytes = outlet.unreadBytes;
    backlog.bytes += bytes;
    if (bytes === 0) backlog.outlets.delete(outlet);
    else backlog.outlets.set(outlet, bytes);
  }
  return backlog.bytes;
}

/**
 * A response that reports bytes which the operating system does not accept yet, whichever component writes them. Most
 * have none.
 */
export class MeasuredResponse<Request extends IncomingMessage = IncomingMessage>
  extends ServerResponse<Request>
  implements Outlet
{
  #backlog: SendBacklog | undefined;
  #context: { readonly clientKey: string } | undefined;
  /** Client under which the backlog counts this response; undefined while it has never had unread bytes. */
  #client: string | undefined;

  /** @param context names the client; read only when bytes are left unread */
  measureFor(context: { readonly clientKey: string }, backlog: SendBacklog): void {
    this.#context = context;
    this.#backlog = backlog;
  }

  get unreadBytes(): number {
    return this.destroyed || this.req.socket.destroyed ? 0 : this.writableLength;
  }

  // Explicit parameters instead of rest parameters: every response passes here.
  override write(chunk: unknown, encoding?: unknown, done?: unknown): boolean {
    const isTaken = super.write(chunk, encoding as BufferEncoding, done as () => void);
    if (this.unreadBytes > 0) this.#noteUnread();
    return isTaken;
  }

  override end(chunk?: unknown, encoding?: unknown, done?: unknown): this {
    super.end(chunk, encoding as BufferEncoding, done as () => void);
    if (this.unreadBytes > 0) this.#noteUnread();
    return this;
  }

  cutOff(): void {
    this.req.socket.destroy();
  }

  #noteUnread(): void {
    const backlog = this.#backlog;
    if (backlog === undefined || this.#context === undefined) return;
    if (this.#client === undefined) {
      const client = this.#context.clientKey;
      this.#client = client;
      const forget = guarded(
        () => backlog.forget(client, this),
        () => this.cutOff(),
      );
      this.once('close', forget);
    }
    backlog.note(this.#client, this);
  }
}
