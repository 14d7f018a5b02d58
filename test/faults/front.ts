import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Emulator } from '../../emulator/emulator.ts';

/** One request at the front. */
export interface Exchange {
  /** Request line and headers, as sent. */
  readonly head: string;
  /** Where the answer goes. */
  readonly socket: Socket;
  /** Has the emulator answer. */
  pass(): void;
}

/** Does something else with a request than passing it on. */
export type Treatment = (exchange: Exchange) => void;

/** A TCP server before an emulator, for what the emulator cannot do: it passes requests on, or treats them byte by byte. */
export class Front implements AsyncDisposable {
  /** Requests that have come, passed on or not. */
  requests = 0;
  /** Undefined while all is well. */
  treatment: Treatment | undefined;
  readonly #server = createServer((socket) => this.#serve(socket));
  readonly #sockets = new Set<Socket>();
  #target: URL | undefined;
  #port = 0;

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Connections that the gateway has open. */
  get connections(): readonly Socket[] {
    return [...this.#sockets];
  }

  passTo({ endpoint }: Emulator): void {
    this.#target = new URL(endpoint);
  }

  /** Listens, at the same port each time. */
  async listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Breaks every connection and refuses further ones, until {@link listen}. */
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
    // Breaking connections is what it is for.
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
      // Its requests have no body.
      for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
        const head = text.slice(0, end + 4);
        text = text.slice(end + 4);
        this.requests++;
        if (this.treatment === undefined) pass(head);
        else this.treatment({ head, socket, pass: () => pass(head) });
      }
    });
  }
}
