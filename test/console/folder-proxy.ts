import { createServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { pipeline } from 'node:stream/promises';

/** A proxy that serves a gateway under a sub-path. */
export interface FolderProxy extends AsyncDisposable {
  /** Scheme, host, port and sub-path, without a trailing slash. */
  readonly address: string;
}

/**
 * Starts the proxy on a free port. It forwards requests and WebSockets under the sub-path without it, and responds 404
 * to others.
 */
export async function startFolderProxy(origin: string, folder: string): Promise<FolderProxy> {
  const { hostname, port } = new URL(origin);
  const below = ({ url = '' }: IncomingMessage) =>
    url.startsWith(`${folder}/`) ? url.slice(folder.length) : undefined;
  const server = createServer((incoming, response) => {
    const path = below(incoming);
    if (path === undefined) return void response.writeHead(404).end();
    const { method, headers } = incoming;
    const outgoing = request({ hostname, port, path, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      void pipeline(answer, response).catch(() => {});
    });
    outgoing.on('error', () => response.destroy());
    void pipeline(incoming, outgoing).catch(() => {});
  });
  server.on('upgrade', (incoming, socket) => {
    const path = below(incoming);
    if (path === undefined) return void socket.destroy();
    const upstream = connect(Number(port), hostname);
    const { rawHeaders } = incoming;
    const lines = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${rawHeaders[at + 1]}`] : []));
    upstream.write(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    void pipeline(socket, upstream, socket).catch(() => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}${folder}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
