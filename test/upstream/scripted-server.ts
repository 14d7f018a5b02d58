import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';

/** A TCP or TLS server whose reaction to each request a test defines. */
export class ScriptedServer implements AsyncDisposable {
  /** Request line and headers of each request, in order. */
  readonly heads: string[] = [];
  /** Number of connections opened so far. */
  connections = 0;
  /** Maximum number of concurrent connections. */
  mostOpen = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, onRequest: (socket: Socket, number: number) => void) {
    this.#server = server;
    const event = 'setSecureContext' in server ? 'secureConnection' : 'connection';
    server.on(event, (socket: Socket) => {
      this.connections++;
      this.#sockets.add(socket);
      this.mostOpen = Math.max(this.mostOpen, this.#sockets.size);
      let text = '';
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('data', (bytes) => {
        text += bytes.toString('latin1');
        for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
          this.heads.push(text.slice(0, end));
          text = text.slice(end + 4);
          onRequest(socket, this.heads.length);
        }
      });
    });
  }

  /** @param onRequest also receives the number of the request, from 1 */
  static async start(
    onRequest: (socket: Socket, number: number) => void,
    server: Server = createServer(),
  ): Promise<ScriptedServer> {
    const scripted = new ScriptedServer(server, onRequest);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return scripted;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Number of open connections. */
  get open(): number {
    return this.#sockets.size;
  }

  /** Closes every connection gracefully (FIN). */
  closeAll(): void {
    for (const socket of this.#sockets) socket.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

/** A complete response with keep-alive. */
export function answered(body: string | Buffer, ...fields: string[]): Buffer {
  const length = `content-length: ${Buffer.byteLength(body)}`;
  const head = `HTTP/1.1 200 OK\r\n${[length, ...fields].join('\r\n')}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), Buffer.from(body)]);
}
