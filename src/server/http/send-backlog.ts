import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { guarded } from '../../guarded.ts';

/** Bytes that may wait for one client to read them, over all its connections: 250 pages of 100 rows with every field. */
export const MAX_BACKLOG_BYTES = 16 * 1024 * 1024;

/** Something that bytes are sent to: a response over HTTP, or a WebSocket. */
export interface Outlet {
  /** Bytes that wait in this process, because the client has not read what was sent before. */
  readonly unreadBytes: number;
  /** Closes the connection. Must not throw. */
  cutOff(): void;
}

/** What one client has not read. */
interface ClientBacklog {
  /** At least as many as wait: what is read meanwhile is noticed when it matters. */
  bytes: number;
  /** Since they have something unread, the longest first; with their bytes when they were last looked at. */
  readonly outlets: Map<Outlet, number>;
}

/**
 * Bounds the memory that clients take by not reading. Where a client has more waiting than allowed, the connection whose
 * bytes wait for longest is closed, then the next one. A response that is the only one to wait is left alone, however
 * slowly it is read: its cost bounds its size.
 */
export class SendBacklog {
  readonly #log: Logger;
  readonly #maxBytes: number;
  readonly #clients = new Map<string, ClientBacklog>();

  /** @internal @param maxBytes for each client */
  constructor(log: Logger, maxBytes: number = MAX_BACKLOG_BYTES) {
    this.#log = log;
    this.#maxBytes = maxBytes;
  }

  /** Bytes that wait for all clients together. */
  get bytes(): number {
    let bytes = 0;
    for (const backlog of this.#clients.values()) bytes += measure(backlog);
    return bytes;
  }

  /**
   * Counts what waits at an outlet, and closes connections of the client while that is too much.
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
      // It shares the connection of one that has just been cut off.
      if (longest.unreadBytes === 0) continue;
      this.#log.info(
        { client, unreadBytes: unread },
        'connection closed: the client does not read its responses',
      );
      longest.cutOff();
    }
  }

  /** Forgets an outlet whose connection is closed, or whose response is over. */
  forget(client: string, outlet: Outlet): void {
    const backlog = this.#clients.get(client);
    const bytes = backlog?.outlets.get(outlet);
    if (backlog === undefined || bytes === undefined) return;
    backlog.outlets.delete(outlet);
    backlog.bytes -= bytes;
    if (backlog.outlets.size === 0) this.#clients.delete(client);
  }
}

/** @returns what waits now */
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

/** A response that reports bytes which the system does not take, whoever writes them. Most responses have none. */
export class MeasuredResponse<Request extends IncomingMessage = IncomingMessage>
  extends ServerResponse<Request>
  implements Outlet
{
  #backlog: SendBacklog | undefined;
  #context: { readonly clientKey: string } | undefined;
  /** Under which the backlog counts this response; undefined while it never had unread bytes. */
  #client: string | undefined;

  /** @param context tells who reads the response; asked when it leaves bytes unread */
  measureFor(context: { readonly clientKey: string }, backlog: SendBacklog): void {
    this.#context = context;
    this.#backlog = backlog;
  }

  get unreadBytes(): number {
    return this.destroyed || this.req.socket.destroyed ? 0 : this.writableLength;
  }

  // Arguments are named, because this is on the path of every response.
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
