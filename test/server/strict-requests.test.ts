import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { startGateway } from '../gateway-under-test.ts';
import { open } from '../live/raw-socket.ts';

/** Sends bytes and reads until the gateway closes the connection. */
async function exchange(origin: string, bytes: string | Buffer): Promise<string> {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1');
  socket.write(bytes);
  return text(socket);
}

describe('a request with two Host headers', () => {
  test.each([
    ['different names', 'host: a\r\nhost: b'],
    ['the same name', 'host: a\r\nhost: a'],
    ['the same name in different case, not adjacent', 'Host: a\r\nx: y\r\nHOST: b'],
  ])('with %s is rejected with 400 and its connection is closed', async (_, lines) => {
    await using gateway = await startGateway();
    for (const path of ['/graphql?query={__typename}', '/health', '/nowhere']) {
      const response = await exchange(gateway.origin, `GET ${path} HTTP/1.1\r\n${lines}\r\n\r\n`);
      expect(response).toMatch(/^HTTP\/1\.1 400 /);
      expect(response).toContain('more than one `Host` header');
    }
  });

  test('is rejected for a WebSocket upgrade, too', async () => {
    await using gateway = await startGateway();
    const upgrade = 'connection: upgrade\r\nupgrade: websocket';
    const request = `GET /graphql HTTP/1.1\r\nhost: a\r\nhost: b\r\n${upgrade}\r\n\r\n`;
    expect(await exchange(gateway.origin, request)).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('bytes that are not valid UTF-8', () => {
  const invalid = [
    ['a byte that never occurs', Buffer.from([0xff])],
    ['a character that is cut short', Buffer.from([0xe4, 0xb8])],
    ['an overlong slash', Buffer.from([0xc0, 0xaf])],
    ['half of a surrogate pair', Buffer.from([0xed, 0xa0, 0x80])],
  ] as const;
  const body = (bytes: Buffer) =>
    Buffer.concat([
      Buffer.from('{"query":"{ __typename }","operationName":null,"variables":{"a":"'),
      bytes,
      Buffer.from('"}}'),
    ]);

  test.each(invalid)('%s in a body are rejected with 415', async (_, bytes) => {
    await using gateway = await startGateway();
    for (const type of ['application/json', 'application/json; charset=utf-8; a=b']) {
      const response = await fetch(`${gateway.origin}/graphql`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: body(bytes),
      });
      expect(response.status).toBe(415);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    }
  });

  test('valid characters of all lengths are accepted', async () => {
    await using gateway = await startGateway();
    const response = await fetch(`${gateway.origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: body(Buffer.from('aé中😀')),
    });
    expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
  });

  test('a binary WebSocket message of invalid UTF-8 closes the connection with 4400', async () => {
    await using gateway = await startGateway();
    const { socket, closed } = await open(gateway.origin);
    socket.send(
      Buffer.concat([
        Buffer.from('{"type":"ping","payload":{"a":"'),
        Buffer.from([0xff]),
        Buffer.from('"}}'),
      ]),
    );
    expect(await closed).toMatchObject({ code: 4400 });
  });
});

test('the log contains at most 200 characters of a path', async () => {
  await using gateway = await startGateway();
  await fetch(`${gateway.origin}/${'x'.repeat(10_000)}`);
  const line = () => gateway.logged.find(({ msg, status }) => msg === 'request' && status === 404);
  await expect.poll(line).toMatchObject({ path: `/${'x'.repeat(199)}` });
});

test('requests pipelined behind a response that closes the connection get no response, and are not executed', async () => {
  await using gateway = await startGateway();
  const closes = 'GET /health HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n';
  const post = (body: string) =>
    `POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  for (let round = 0; round < 300; round++) {
    const socket = connect(Number(new URL(gateway.origin).port), '127.0.0.1');
    socket.setNoDelay().on('error', () => {});
    await once(socket, 'connect');
    const read = text(socket).catch(() => '');
    socket.write(closes + post('{"query":"{ __typename }"}'));
    // The rest arrives while the gateway is closing, which no event reports.
    for (let turns = round % 4; turns > 0; turns--) await nextTurn();
    socket.write(post(''));
    expect((await read).match(/HTTP\/1\.1 /g)?.length ?? 0).toBeLessThanOrEqual(1);
  }
  expect((await gateway.ask('{ __typename }')).data).toEqual({ __typename: 'Query' });
});

describe('a request that is pipelined before a WebSocket upgrade', () => {
  const upgrade = (path: string) =>
    `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`;
  const first = 'GET /graphql?query={customizedVoiceJobs{totalCount}} HTTP/1.1\r\nhost: localhost\r\n\r\n';

  test.each(['/graphql', '/nowhere', '/health'])(
    'to %s costs that connection and nothing else',
    async (path) => {
      await using gateway = await startGateway();
      await exchange(gateway.origin, first + upgrade(path));
      await exchange(gateway.origin, first + first + upgrade(path));
      expect((await gateway.ask('{ __typename }')).data).toEqual({ __typename: 'Query' });
      expect(gateway.logged.filter(({ level }) => Number(level) >= 50)).toEqual([]);
    },
  );

  test('is recorded as finished, so that a shutdown does not wait for it; a queued one is never executed', async () => {
    await using gateway = await startGateway();
    await exchange(gateway.origin, first + first + upgrade('/graphql'));
    const lines = () => gateway.logged.filter(({ msg, path }) => msg === 'request' && path === '/graphql');
    await expect.poll(lines).toHaveLength(1);
  });
});
