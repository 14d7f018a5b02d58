import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Emulator } from '../../emulator/emulator.ts';

/** One request at the front. */
export interface Exchange {
  /** Request line and headers. */
  readonly head: string;
  /** Connection for the response. */
  readonly socket: Socket;
  /** Passes the request to the emulator. */
  pass(): void;
}

/** Handles a request instead of passing it on. */
export type RequestHandler = (exchange: Exchange) => void;

/**
 * A TCP server in front of an emulator, for faults that the emulator does not support: it passes requests on, or handles them
 * byte by byte.
 */
export class Front implements AsyncDisposable {
  /** Number of received requests. */
  requests = 0;
  /** Undefined passes requests on. */
  handler: RequestHandler | undefined;
  readonly #server = createServer((socket) => this.#serve(socket));
  readonly #sockets = new Set<Socket>();
  #target: URL | undefined;
  #port = 0;

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Number of open connections from the gateway. */
  get connections(): readonly Socket[] {
    return [...this.#sockets];
  }

  passTo({ endpoint }: Emulator): void {
    this.#target = new URL(endpoint);
  }

  /** Listens, on the same port each time. */
  async listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Breaks every connection and refuses new ones, until {@link listen}. */
  async refuse(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.refuse();
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let back: Socket | undefined;
    socket.once('close', () => {
      this.#sockets.delete(socket);
      back?.destroy();
    });
    // Broken connections are its purpose.
    socket.on('error', () => {});
    let text = '';
    const pass = (head: string) => {
      if (back === undefined) {
        back = connect(Number(this.#target?.port), '127.0.0.1');
        back.on('error', () => socket.destroy());
        back.pipe(socket);
      }
      back.write(head, 'latin1');
    };
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      // The gateway's requests have no body.
      for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
        const head = text.slice(0, end + 4);
        text = text.slice(end + 4);
        this.requests++;
        if (this.handler === undefined) pass(head);
        else this.handler({ head, socket, pass: () => pass(head) });
      }
    });
  }
}
