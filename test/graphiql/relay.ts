import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';

/** A TCP relay that counts bytes. */
export interface Relay extends AsyncDisposable {
  /** Origin to call instead of the server's. */
  readonly origin: string;
  /** Bytes that the server has sent so far, headers and bodies as transferred. */
  readonly bytesReceived: number;
}

/** Starts a relay on a free port. The browser's own count omits the scripts of workers. */
export async function startRelay(origin: string): Promise<Relay> {
  const { hostname, port } = new URL(origin);
  let bytesReceived = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    }
    upstream.on('data', (chunk) => {
      bytesReceived += chunk.length;
    });
    // Either side may close the connection at any time.
    void pipeline(client, upstream, client).catch(() => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get bytesReceived() {
      return bytesReceived;
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
