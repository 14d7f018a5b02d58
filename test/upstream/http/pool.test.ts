import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { HttpAnswer } from '../../../src/upstream/http/answer-reader.ts';
import { ClosedEarlyError } from '../../../src/upstream/http/connection.ts';
import { ConnectionPool } from '../../../src/upstream/http/pool.ts';
import type { HttpRequest } from '../../../src/upstream/http/request.ts';
import { answered, ScriptedServer } from './scripted-server.ts';

const REQUEST: HttpRequest = {
  method: 'POST',
  path: '/?PageNo=1',
  headers: { host: 'ice', 'x-acs-action': 'List' },
};
const MAX_BODY_BYTES = 100_000;

function poolTo({ origin }: { readonly origin: string }) {
  const pool = new ConnectionPool(origin, MAX_BODY_BYTES);
  return {
    send: (request: HttpRequest = REQUEST) =>
      new Promise<HttpAnswer>((resolve, reject) => pool.send(request, resolve, reject)),
    begin: (done: (answer: HttpAnswer) => void, failed: (error: unknown) => void) =>
      pool.send(REQUEST, done, failed),
    [Symbol.dispose]: () => pool.destroy(),
  };
}

test('a request goes over the wire as it was written, and its answer comes back', async () => {
  await using server = await ScriptedServer.start((socket) =>
    socket.write(answered('{"a":"声"}', 'x-acs-request-id: R-1')),
  );
  using pool = poolTo(server);
  const { status, text, header } = await pool.send();
  expect([status, text, header('x-acs-request-id')]).toEqual([200, '{"a":"声"}', 'R-1']);
  expect(server.heads).toEqual([
    'POST /?PageNo=1 HTTP/1.1\r\nhost: ice\r\nx-acs-action: List\r\ncontent-length: 0',
  ]);
});

test('a connection is used again, and as many are opened as there are requests at a time', async () => {
  await using server = await ScriptedServer.start((socket) =>
    setTimeout(() => socket.write(answered('{}')), 20),
  );
  using pool = poolTo(server);
  for (let request = 0; request < 3; request++) await pool.send();
  expect(server.connections).toBe(1);
  await Promise.all(Array.from({ length: 5 }, () => pool.send()));
  expect(server.connections).toBe(5);
  await Promise.all(Array.from({ length: 5 }, () => pool.send()));
  expect(server.connections).toBe(5);
  expect(server.heads).toHaveLength(13);
});

test('an answer in many pieces, larger than what is read at once, is put together', async () => {
  const long = '声音'.repeat(15_000);
  await using server = await ScriptedServer.start(async (socket) => {
    const bytes = Buffer.from(answered(long));
    for (let at = 0; at < bytes.length; at += 7001) {
      socket.write(bytes.subarray(at, at + 7001));
      await sleep(1);
    }
  });
  using pool = poolTo(server);
  expect((await pool.send()).text).toBe(long);
  expect((await pool.send()).text).toBe(long);
  expect(server.connections).toBe(1);
});

test('an answer without a length ends with its connection', async () => {
  await using server = await ScriptedServer.start((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n{"a":');
    setTimeout(() => socket.end('1}'), 20);
  });
  using pool = poolTo(server);
  expect((await pool.send()).text).toBe('{"a":1}');
  expect((await pool.send()).text).toBe('{"a":1}');
  expect(server.connections).toBe(2);
});

/** [what the server says, how often it is asked, over how many connections] */
test.each([
  ['connection: close', 2],
  ['keep-alive: timeout=2', 2],
  ['keep-alive: timeout=0', 2],
  ['keep-alive: timeout=5', 1],
])('after "%s" two requests take %i connections', async (field, connections) => {
  await using server = await ScriptedServer.start((socket) => socket.write(answered('{}', field)));
  using pool = poolTo(server);
  await pool.send();
  await pool.send();
  expect(server.connections).toBe(connections);
});

test('a connection that nobody uses is closed before the server does it', async () => {
  await using server = await ScriptedServer.start((socket) =>
    socket.write(answered('{}', 'keep-alive: timeout=3')),
  );
  using pool = poolTo(server);
  await Promise.all([pool.send(), pool.send()]);
  expect(server.open).toBe(2);
  await expect.poll(() => server.open).toBe(0);
  await pool.send();
  expect(server.connections).toBe(3);
});

test('what comes on a connection on which nothing was asked is no answer to the next request', async () => {
  await using server = await ScriptedServer.start((socket, number) => {
    socket.write(answered(`{"number":${number}}`));
    if (number === 1) setTimeout(() => socket.write(answered('{"number":"forged"}')), 20);
  });
  using pool = poolTo(server);
  expect((await pool.send()).text).toBe('{"number":1}');
  await expect.poll(() => server.open).toBe(0);
  expect((await pool.send()).text).toBe('{"number":2}');
});

test('what follows an answer at once is no answer to the next request', async () => {
  await using server = await ScriptedServer.start((socket, number) =>
    socket.write(`${answered(`{"number":${number}}`)}${answered('{"number":"forged"}')}`),
  );
  using pool = poolTo(server);
  expect((await pool.send()).text).toBe('{"number":1}');
  expect((await pool.send()).text).toBe('{"number":2}');
  expect(server.connections).toBe(2);
});

test('a request that is broken off frees its connection, tells nobody, and takes no other with it', async () => {
  await using server = await ScriptedServer.start((socket, number) => {
    if (number !== 2) socket.write(answered('{}'));
  });
  using pool = poolTo(server);
  const told: unknown[] = [];
  let breakOffFirst = () => {};
  await new Promise<void>((resolve, reject) => {
    breakOffFirst = pool.begin(() => resolve(), reject);
  });
  const breakOff = pool.begin(
    (answer) => told.push(answer),
    (error) => told.push(error),
  );
  await expect.poll(() => server.heads.length).toBe(2);
  // Of a request that has ended: the connection carries another one now.
  breakOffFirst();
  await sleep(20);
  expect(server.open).toBe(1);
  breakOff();
  await expect.poll(() => server.open).toBe(0);
  await pool.send();
  expect(told).toEqual([]);
});

test('a request that is broken off while it connects is never sent', async () => {
  await using server = await ScriptedServer.start((socket) => socket.write(answered('{}')));
  using pool = poolTo(server);
  const told: unknown[] = [];
  pool.begin(
    (answer) => told.push(answer),
    (error) => told.push(error),
  )();
  await sleep(50);
  expect([told, server.heads, server.open]).toEqual([[], [], 0]);
});

test('a connection that breaks or cannot be made says what it broke of', async () => {
  await using server = await ScriptedServer.start((socket, number) => {
    if (number === 1) socket.resetAndDestroy();
    else if (number === 2) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n{"a"');
    else socket.end();
  });
  const { origin } = server;
  using pool = poolTo(server);
  await expect(pool.send()).rejects.toMatchObject({ code: 'ECONNRESET' });
  await expect(pool.send()).rejects.toMatchObject({ name: 'ClosedEarlyError' });
  await expect(pool.send()).rejects.toMatchObject({ name: 'ClosedEarlyError' });
  await server[Symbol.asyncDispose]();
  using late = poolTo({ origin });
  await expect(late.send()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('an answer that cannot be read ends its connection', async () => {
  await using server = await ScriptedServer.start((socket) =>
    socket.write(answered('x'.repeat(MAX_BODY_BYTES + 1))),
  );
  using pool = poolTo(server);
  await expect(pool.send()).rejects.toThrow('more than 100000 bytes of body');
  await expect.poll(() => server.open).toBe(0);
});

test.each([
  [
    'a line break in a value',
    { headers: { host: 'ice', authorization: 'key\r\nx-other: 1' } },
    'authorization',
  ],
  [
    'a character that is no byte',
    { headers: { host: 'ice', 'x-acs-security-token': '声' } },
    'x-acs-security-token',
  ],
  ['a blank in the path', { path: '/? HTTP/1.1' }, 'path'],
  ['a line break in the path', { path: '/\r\nhost: other' }, 'path'],
])('%s is refused before anything is sent, and not repeated', async (_, part, named) => {
  await using server = await ScriptedServer.start((socket) => socket.write(answered('{}')));
  using pool = poolTo(server);
  const error = await pool.send({ ...REQUEST, ...part }).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(TypeError);
  expect(String(error)).toContain(named);
  expect(String(error)).not.toMatch(/key|声|other|HTTP/);
  expect(server.connections).toBe(0);
});

test('past the limit of connections requests wait in their order, and one that is broken off is not sent', async () => {
  const held: (() => void)[] = [];
  await using server = await ScriptedServer.start((socket) => {
    held.push(() => socket.write(answered('{}')));
  });
  const pool = new ConnectionPool(server.origin, MAX_BODY_BYTES, 2);
  const ended: number[] = [];
  const send = (number: number) =>
    pool.send(
      { ...REQUEST, path: `/?n=${number}` },
      () => ended.push(number),
      (error) => expect.unreachable(String(error)),
    );
  for (let number = 0; number < 2; number++) send(number);
  await expect.poll(() => server.heads.length).toBe(2);
  const breakOff = send(2);
  for (let number = 3; number < 5; number++) send(number);
  breakOff();
  for (const number of [0, 1]) {
    held[number]?.();
    await expect.poll(() => server.heads.length).toBe(3 + number);
  }
  held[2]?.();
  held[3]?.();
  await expect.poll(() => ended.length).toBe(4);
  expect(server.connections).toBe(2);
  const paths = server.heads.map((head) => head.split(' ')[1]);
  expect(paths.slice(0, 2).sort()).toEqual(['/?n=0', '/?n=1']);
  expect(paths.slice(2)).toEqual(['/?n=3', '/?n=4']);
  pool.destroy();
});

test('a request that waits for a connection is sent on a new one when another breaks', async () => {
  await using server = await ScriptedServer.start((socket, number) => {
    if (number === 1) socket.destroy();
    else socket.write(answered('{}'));
  });
  const pool = new ConnectionPool(server.origin, MAX_BODY_BYTES, 1);
  const send = () =>
    new Promise<HttpAnswer>((resolve, reject) => {
      pool.send(REQUEST, resolve, reject);
    });
  const [first, second] = await Promise.allSettled([send(), send()]);
  expect(first?.status).toBe('rejected');
  expect(second?.status).toBe('fulfilled');
  pool.destroy();
});

test('a pool that is destroyed fails what is under way and what waits, and has no connections', async () => {
  await using server = await ScriptedServer.start((socket, number) => {
    if (number === 1) socket.write(answered('{}'));
  });
  const pool = new ConnectionPool(server.origin, MAX_BODY_BYTES, 1);
  await new Promise((resolve, reject) => pool.send(REQUEST, resolve, reject));
  const told: unknown[] = [];
  const send = () =>
    pool.send(
      REQUEST,
      (answer) => told.push(answer),
      (error) => told.push(error),
    );
  send();
  send();
  await expect.poll(() => server.heads.length).toBe(2);
  pool.destroy();
  send();
  await expect.poll(() => server.open).toBe(0);
  expect(told).toEqual(Array(3).fill(expect.any(ClosedEarlyError)));
});
