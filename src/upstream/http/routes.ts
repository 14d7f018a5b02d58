import { connect, isIP, type OnReadOpts } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Route } from './connection.ts';

/** Room for what is read at once, in bytes: a page of ten jobs is about 5 kB. */
const READ_BYTES = 64 * 1024;

/** When the kernel asks whether a silent server is still there, in milliseconds. */
const KEEP_ALIVE_MS = 60_000;

/** @param origin scheme, host and port */
export function routeTo(origin: string): Route {
  const { protocol, hostname, port } = new URL(origin);
  const isTls = protocol === 'https:';
  // A URL puts the address of IPv6 in brackets.
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const target = {
    host,
    port: port === '' ? (isTls ? 443 : 80) : Number(port),
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
  };
  if (!isTls) return { open: (received) => connect({ ...target, onread: into(received) }), ready: 'connect' };

  let session: Buffer | undefined;
  const secure = {
    ...target,
    ...(isIP(host) === 0 && { servername: host }),
    ALPNProtocols: ['http/1.1'],
    // Without it, NODE_TLS_REJECT_UNAUTHORIZED=0 would have signed requests sent to whoever answers.
    rejectUnauthorized: true,
  };
  return {
    open(received) {
      // Node's types forget that TLS sockets take it too.
      const reading: object = { onread: into(received) };
      const socket = connectTls({ ...secure, ...reading, ...(session && { session }) });
      // Whoever has been here needs no full handshake the next time.
      return socket.on('session', (latest) => {
        session = latest;
      });
    },
    ready: 'secureConnect',
  };
}

/** One piece of memory for all that a socket reads, in place of a new one for each piece that comes. */
function into(received: (bytes: Buffer) => void): OnReadOpts {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  return {
    buffer,
    callback(length) {
      received(buffer.subarray(0, length));
      return true;
    },
  };
}
