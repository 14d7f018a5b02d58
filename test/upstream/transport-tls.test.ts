import { createServer, type TLSSocket } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { type HttpResponse, Transport } from '../../src/upstream/transport.ts';
import { createIdentity, type Identity, useTrustedIdentity } from './private-ca.ts';
import { answered, ScriptedServer } from './scripted-server.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const REQUEST = {
  method: 'POST',
  path: '/',
  headers: { host: 'another.example.com', authorization: 'signed' },
} as const;

const identities = useTrustedIdentity();
let stranger: Identity;

beforeAll(async () => {
  stranger = await createIdentity();
});

function serve(who: Identity, onRequest: (socket: TLSSocket, number: number) => void) {
  return ScriptedServer.start((socket, number) => onRequest(socket as TLSSocket, number), createServer(who));
}

function transportTo(origin: string): Transport {
  const transport = new Transport({
    origin,
    proxy: undefined,
    maxConnections: 10,
    maxBodyBytes: 1_000_000,
    connectTimeoutMs: 5000,
  });
  onTestFinished(() => transport.close());
  return transport;
}

function send(transport: Transport): Promise<HttpResponse> {
  return new Promise((resolve, reject) => transport.send(REQUEST, resolve, reject));
}

test('requests and responses are encrypted, and later connections resume the TLS session of the first', async () => {
  const resumed: boolean[] = [];
  await using server = await serve(identities.trusted, (socket) => {
    resumed.push(socket.isSessionReused());
    socket.write(answered(`"${'声'.repeat(30_000)}"`, 'connection: close'));
  });
  const transport = transportTo(`https://localhost:${server.port}`);
  for (let request = 0; request < 4; request++) {
    expect((await send(transport)).text).toHaveLength(30_002);
    // The session outlives undici's weak reference.
    collectGarbage();
  }
  expect(resumed).toEqual([false, true, true, true]);
});

test.each([
  ['has a self-signed certificate', () => stranger, 'localhost', /^(DEPTH_ZERO_)?SELF_SIGNED_CERT/],
  [
    'has a certificate for another name',
    () => identities.trusted,
    '127.0.0.1',
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
  ],
])('a server that %s gets no request', async (_, who, host, message) => {
  await using server = await serve(who(), (socket) => socket.write(answered('{}')));
  await expect(send(transportTo(`https://${host}:${server.port}`))).rejects.toMatchObject({
    kind: 'broken',
    message: expect.stringMatching(message),
  });
  expect(server.heads).toEqual([]);
});

test('a host with an IPv6 and an IPv4 address is reached through whichever responds', async () => {
  await using server = await ScriptedServer.start((socket) => socket.write(answered('{}')));
  // Listens on 127.0.0.1 only; localhost is also ::1 on machines with IPv6.
  expect((await send(transportTo(`http://localhost:${server.port}`))).text).toBe('{}');
});
