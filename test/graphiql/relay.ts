import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';

/** A way to a server on which bytes are counted. */
export interface Relay extends AsyncDisposable {
  /** Where to call instead of the server. */
  readonly origin: string;
  /** Everything the server has sent through here so far: heads and bodies as they were on the wire. */
  readonly bytesReceived: number;
}

/**
 * Starts a relay on a free port. The browser's own count is of no use for whole visits: it says nothing about the
 * scripts of workers.
 */
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
    // Either side may hang up at any time.
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
