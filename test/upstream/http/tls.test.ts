import { createServer, getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HttpAnswer } from '../../../src/upstream/http/answer-reader.ts';
import { ConnectionPool } from '../../../src/upstream/http/pool.ts';
import { answered, ScriptedServer } from './scripted-server.ts';

const REQUEST = {
  method: 'POST',
  path: '/',
  headers: { host: 'localhost', authorization: 'signed' },
} as const;

type Identity = { readonly key: string; readonly cert: string };
let trusted: Identity;
let stranger: Identity;
const authorities = getCACertificates('default');

const identity = async (): Promise<Identity> => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  });
  return { key, cert };
};

beforeAll(async () => {
  [trusted, stranger] = await Promise.all([identity(), identity()]);
  setDefaultCACertificates([...authorities, trusted.cert]);
});

afterAll(() => setDefaultCACertificates(authorities));

function serve(who: Identity, onRequest: (socket: TLSSocket, number: number) => void) {
  return ScriptedServer.start((socket, number) => onRequest(socket as TLSSocket, number), createServer(who));
}

function send(pool: ConnectionPool): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => pool.send(REQUEST, resolve, reject));
}

test('requests and answers are encrypted, and a second connection takes the session of the first', async () => {
  const resumed: boolean[] = [];
  await using server = await serve(trusted, (socket) => {
    resumed.push(socket.isSessionReused());
    setTimeout(() => socket.write(answered(`"${'声'.repeat(30_000)}"`)), 10);
  });
  const pool = new ConnectionPool(`https://localhost:${server.port}`, 1_000_000);
  expect((await send(pool)).text).toHaveLength(30_002);
  await Promise.all([send(pool), send(pool)]);
  expect(server.connections).toBe(2);
  expect(resumed.filter(Boolean)).toHaveLength(1);
  pool.destroy();
});

test.each([
  ['nobody vouches for', () => stranger, 'localhost', /^(DEPTH_ZERO_)?SELF_SIGNED_CERT/],
  ['another name is on the certificate of', () => trusted, '127.0.0.1', /^ERR_TLS_CERT_ALTNAME_INVALID$/],
])('a server that %s is told nothing', async (_, who, host, code) => {
  await using server = await serve(who(), (socket) => socket.write(answered('{}')));
  const pool = new ConnectionPool(`https://${host}:${server.port}`, 1000);
  await expect(send(pool)).rejects.toMatchObject({ code: expect.stringMatching(code) });
  expect(server.heads).toEqual([]);
  pool.destroy();
});
