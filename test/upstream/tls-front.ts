import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { createServer } from 'node:tls';
import { onTestFinished } from 'vitest';

/**
 * A TLS server in front of another server. Ends with the test.
 *
 * @param target returns the origin of the other server, on 127.0.0.1; called for each connection
 * @returns origin of the TLS server
 */
export async function startTlsFront(
  target: () => string,
  identity: { readonly key: string; readonly cert: string },
): Promise<string> {
  const server = createServer(identity, (socket) => {
    const back = connect(Number(new URL(target()).port), '127.0.0.1');
    for (const end of [socket, back]) end.on('error', () => {});
    socket.pipe(back).pipe(socket);
    socket.on('close', () => back.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `https://localhost:${(server.address() as AddressInfo).port}`;
}
