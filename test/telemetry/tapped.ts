import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

/** A recording forwarder to a server. `await using` stops it. */
export interface Tap extends AsyncDisposable {
  readonly origin: string;
  /** All bytes that clients have sent, as text. */
  sent(): string;
}

/** @param target origin of the server */
export async function tap(target: string): Promise<Tap> {
  const { hostname, port } = new URL(target);
  const chunks: Buffer[] = [];
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    client.on('data', (chunk) => chunks.push(chunk));
    client.pipe(upstream).pipe(client);
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent: () => String(Buffer.concat(chunks)),
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}
