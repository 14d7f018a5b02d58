import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import {
  connectionLimit,
  type HttpRequest,
  type HttpResponse,
  Transport,
  TransportError,
  UnsendableRequestError,
} from '../../src/upstream/transport.ts';
import { SleepyServer } from '../faults/full-backlog.ts';
import { answered, ScriptedServer } from './scripted-server.ts';

const REQUEST: HttpRequest = {
  method: 'POST',
  path: '/?PageNo=1',
  headers: { 'x-acs-action': 'List' },
};
const MAX_BODY_BYTES = 100_000;

function transportTo({ origin }: { readonly origin: string }, maxConnections = 100, connectTimeoutMs = 5000) {
  const transport = new Transport({
    origin,
    proxy: undefined,
    maxConnections,
    maxBodyBytes: MAX_BODY_BYTES,
    connectTimeoutMs,
  });
  return {
    send: (request: HttpRequest = REQUEST) =>
      new Promise<HttpResponse>((resolve, reject) => transport.send(request, resolve, reject)),
    begin: (
      done: (response: HttpResponse) => void,
      failed: (error: Error) => void,
      request: HttpRequest = REQUEST,
    ) => transport.send(request, done, failed),
    close: () => transport.close(),
    [Symbol.dispose]: () => transport.close(),
  };
}

test('sends the request line and headers as given, with host, user-agent and accept-encoding', async () => {
  await using server = await ScriptedServer.start((socket) =>
    socket.write(answered('{"a":"声"}', 'X-Acs-Request-Id:  R-1 \t', 'x-acs-request-id: R-2')),
  );
  using transport = transportTo(server);
  const { status, text, header } = await transport.send();
  expect([status, text, header('x-acs-request-id'), header('server')]).toEqual([
    200,
    '{"a":"声"}',
    'R-1',
    undefined,
  ]);
  const [requestLine, ...fields] = server.heads[0]?.split('\r\n') ?? [];
  expect(requestLine).toBe('POST /?PageNo=1 HTTP/1.1');
  expect(fields.sort()).toEqual([
    'accept-encoding: gzip, deflate, br',
    'connection: keep-alive',
    'content-length: 0',
    `host: 127.0.0.1:${server.port}`,
    `user-agent: voice-jobs-gateway/${manifest.version}`,
    'x-acs-action: List',
  ]);
});

/**
 * undici frees a connection one iteration of the event loop after the response; an immediate request would use another one.
 */
const IN_A_ROW = 2;

test('reuses idle connections, and opens one for each concurrent request', async () => {
  const held: (() => void)[] = [];
  let isHeld = false;
  await using server = await ScriptedServer.start((socket) => {
    const respond = () => socket.write(answered('{}'));
    if (isHeld) held.push(respond);
    else respond();
  });
  using transport = transportTo(server);
  for (let request = 0; request < 10; request++) await transport.send();
  expect(server.connections).toBeLessThanOrEqual(IN_A_ROW);
  isHeld = true;
  for (let round = 0; round < 4; round++) {
    const requests = Array.from({ length: 5 }, () => transport.send());
    await expect.poll(() => held.length).toBe(5);
    for (const respond of held.splice(0)) respond();
    await Promise.all(requests);
  }
  expect(server.connections).toBeLessThanOrEqual(IN_A_ROW * 5);
  expect(server.heads).toHaveLength(30);
});

test('assembles a body that is larger than one read from the socket', async () => {
  const long = '声音'.repeat(15_000);
  await using server = await ScriptedServer.start(async (socket) => {
    const bytes = Buffer.from(answered(long));
    for (let at = 0; at < bytes.length; at += 7001) {
      socket.write(bytes.subarray(at, at + 7001));
      await sleep(1);
    }
  });
  using transport = transportTo(server);
  for (let request = 0; request < 4; request++) expect((await transport.send()).text).toBe(long);
  expect(server.connections).toBeLessThanOrEqual(IN_A_ROW);
});

test('reads a body without content-length until the end of its connection', async () => {
  await using server = await ScriptedServer.start((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n{"a":', () => socket.end('1}'));
  });
  using transport = transportTo(server);
  expect((await transport.send()).text).toBe('{"a":1}');
  expect((await transport.send()).text).toBe('{"a":1}');
  expect(server.connections).toBe(2);
});

test.each([
  ['connection: close', false],
  ['Connection: Upgrade, CLOSE', false],
  ['keep-alive: timeout=2', false],
  ['keep-alive: timeout=0', false],
  ['keep-alive: timeout=5', true],
  ['keep-alive: max=7,timeout=12', true],
  ['keep-alive: timeout=soon', true],
  ['connection: closed', true],
])('after the header "%s", a connection is reused: %s', async (field, isReused) => {
  await using server = await ScriptedServer.start((socket) => socket.write(answered('{}', field)));
  using transport = transportTo(server);
  for (let request = 0; request < 5; request++) await transport.send();
  if (isReused) expect(server.connections).toBeLessThanOrEqual(IN_A_ROW);
  else expect(server.connections).toBe(5);
});

test('closes an idle connection two seconds before the server would', async () => {
  await using server = await ScriptedServer.start((socket) =>
    socket.write(answered('{}', 'keep-alive: timeout=3')),
  );
  using transport = transportTo(server);
  await Promise.all([transport.send(), transport.send()]);
  await expect.poll(() => server.open, { timeout: 5000 }).toBe(0);
  await transport.send();
  expect(server.connections).toBe(3);
});

test('a server that closes an idle connection causes no failed request', async () => {
  await using server = await ScriptedServer.start((socket) => socket.write(answered('{}')));
  using transport = transportTo(server);
  for (let request = 1; request <= 5; request++) {
    await transport.send();
    server.closeAll();
    await expect.poll(() => server.open).toBe(0);
  }
  expect(server.heads).toHaveLength(5);
});

test('bytes on an idle connection are never the response to the next request', async () => {
  await using server = await ScriptedServer.start((socket, number) => {
    socket.write(answered(`{"number":${number}}`), () => {
      if (number === 1) setTimeout(() => socket.write(answered('{"number":"forged"}')), 20);
    });
  });
  using transport = transportTo(server);
  expect((await transport.send()).text).toBe('{"number":1}');
  await expect.poll(() => server.open).toBe(0);
  expect((await transport.send()).text).toBe('{"number":2}');
});

test.each([
  ['a second response', answered('{"number":"forged"}')],
  ['a part of a second response', 'HTTP/1.1 200 OK\r\ncontent-le'],
  ['bytes that are not HTTP', '{"number":"forged"}'],
  ['an interim response', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
])('%s right behind a response is never the response to the next request', async (_, forged) => {
  await using server = await ScriptedServer.start((socket, number) =>
    socket.write(`${answered(`{"number":${number}}`)}${forged}`),
  );
  using transport = transportTo(server);
  const results = [];
  for (let number = 1; number <= 3; number++)
    results.push(await transport.send().then(({ text }) => text, String));
  expect(results).toEqual(['{"number":1}', '{"number":2}', '{"number":3}']);
});

test('an abandoned request closes its connection, calls neither callback and leaves others alone', async () => {
  await using server = await ScriptedServer.start((socket, number) => {
    if (number !== 2) socket.write(answered('{}'));
  });
  using transport = transportTo(server);
  const called: unknown[] = [];
  const call = (result: unknown) => called.push(result);
  let abandonFirst = () => {};
  await new Promise<void>((resolve, reject) => {
    abandonFirst = transport.begin(() => resolve(), reject);
  });
  const abandon = transport.begin(call, call);
  await expect.poll(() => server.heads.length).toBe(2);
  // No effect: the first request has finished.
  abandonFirst();
  const open = server.open;
  abandon();
  await expect.poll(() => server.open).toBe(open - 1);
  await transport.send();
  expect(called).toEqual([]);
});

test('a request that is abandoned while its connection is being made is never sent', async () => {
  await using server = await ScriptedServer.start((socket) => socket.write(answered('{}')));
  using transport = transportTo(server, 1);
  const called: unknown[] = [];
  const call = (result: unknown) => called.push(result);
  transport.begin(call, call, { ...REQUEST, path: '/abandoned' })();
  await transport.send();
  expect(called).toEqual([]);
  // The next request uses the connection that was being made.
  expect(server.connections).toBe(1);
  expect(server.heads.map((head) => head.split(' ')[1])).toEqual([REQUEST.path]);
});

test('a failed connection is reported as broken, or as truncated after the response headers, with a reason', async () => {
  await using server = await ScriptedServer.start((socket, number) => {
    if (number === 1) socket.resetAndDestroy();
    else if (number === 2) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n{"a"');
    else if (number === 3) socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"a"');
    else socket.end();
  });
  const { origin } = server;
  using transport = transportTo(server);
  for (const [kind, message] of [
    ['broken', 'ECONNRESET'],
    ['truncated', 'body truncated, the connection ended: UND_ERR_SOCKET'],
    ['truncated', 'body truncated, the connection ended: UND_ERR_SOCKET'],
    ['broken', 'UND_ERR_SOCKET'],
  ])
    await expect(transport.send()).rejects.toMatchObject({ name: 'TransportError', kind, message });
  await server[Symbol.asyncDispose]();
  using late = transportTo({ origin });
  await expect(late.send()).rejects.toMatchObject({ kind: 'broken', message: 'ECONNREFUSED' });
});

test.each([
  ['a line break in a header', { headers: { authorization: 'key\r\nx-other: 1' } }, 'authorization'],
  ['a character that is no byte', { headers: { 'x-acs-security-token': '声' } }, 'x-acs-security-token'],
  ['a blank in the path', { path: '/? HTTP/1.1' }, 'path'],
  ['a line break in the path', { path: '/\r\nhost: other' }, 'path'],
])('%s fails before anything is sent, and the error does not repeat it', async (_, part, named) => {
  await using server = await ScriptedServer.start((socket) => socket.write(answered('{}')));
  using transport = transportTo(server);
  const error = await transport.send({ ...REQUEST, ...part }).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(UnsendableRequestError);
  expect(String(error)).toContain(named);
  expect(String(error)).not.toMatch(/key|声|other|HTTP/);
  expect(server.connections).toBe(0);
});

describe('the connection limit', () => {
  test('holds under 200 concurrent requests, all of which succeed', async () => {
    await using server = await ScriptedServer.start((socket, number) => {
      setImmediate(() => socket.write(answered(`{"number":${number}}`)));
    });
    using transport = transportTo(server, 8);
    const responses = await Promise.all(Array.from({ length: 200 }, () => transport.send()));
    expect(new Set(responses.map(({ text }) => text)).size).toBe(200);
    expect(server.mostOpen).toBeLessThanOrEqual(8);
    expect(server.connections).toBeLessThanOrEqual(8);
  });

  test('makes further requests wait in FIFO order, and an abandoned one is never sent', async () => {
    const held: (() => void)[] = [];
    await using server = await ScriptedServer.start((socket) => {
      held.push(() => socket.write(answered('{}')));
    });
    using transport = transportTo(server, 2);
    const ended: number[] = [];
    const send = (number: number) =>
      transport.begin(
        () => ended.push(number),
        (error) => expect.unreachable(String(error)),
        { ...REQUEST, path: `/?n=${number}` },
      );
    for (let number = 0; number < 2; number++) send(number);
    await expect.poll(() => server.heads.length).toBe(2);
    const abandon = send(2);
    for (let number = 3; number < 5; number++) send(number);
    abandon();
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
  });

  test('lets a waiting request use a new connection when another one breaks', async () => {
    await using server = await ScriptedServer.start((socket, number) => {
      if (number === 1) socket.destroy();
      else socket.write(answered('{}'));
    });
    using transport = transportTo(server, 1);
    const results = await Promise.allSettled([transport.send(), transport.send()]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });

  test.each([
    ['the quota times the deadline', 20, 5000, 100],
    ['a deadline is counted in whole seconds', 20, 100, 20],
    ['one second more for a part of one', 20, 5001, 120],
    ['at most 1,000', 100_000, 60_000, 1000],
  ])('is %s: %i requests per second with %i ms make %i', (_, quota, deadlineMs, limit) => {
    expect(connectionLimit(quota, deadlineMs)).toBe(limit);
  });
});

test('closing the transport fails running and waiting requests, and leaves no connection', async () => {
  await using server = await ScriptedServer.start((socket, number) => {
    if (number === 1) socket.write(answered('{}'));
  });
  using transport = transportTo(server, 1);
  await transport.send();
  const called: unknown[] = [];
  const send = () =>
    transport.begin(
      (response) => called.push(response),
      (error) => called.push(error),
    );
  send();
  send();
  await expect.poll(() => server.heads.length).toBe(2);
  transport.close();
  send();
  await expect.poll(() => server.open).toBe(0);
  await expect.poll(() => called).toEqual(Array(3).fill(expect.any(TransportError)));
});

/** A page from the upstream, longer than one read from the socket. */
const PAGE = JSON.stringify({
  Success: true,
  Rows: Array.from({ length: 900 }, (_, row) => ({ row, name: '声音' })),
});

describe('a compressed response', () => {
  test.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['GZIP', gzipSync],
    ['br', brotliCompressSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['identity', Buffer.from],
  ])('with %s (%o) is decompressed', async (encoding, compress) => {
    await using server = await ScriptedServer.start((socket) =>
      socket.write(answered(compress(Buffer.from(PAGE)), `content-encoding: ${encoding}`)),
    );
    using transport = transportTo(server);
    for (let request = 0; request < 4; request++) expect((await transport.send()).text).toBe(PAGE);
    expect(server.connections).toBeLessThanOrEqual(IN_A_ROW);
  });

  test('without a body is an empty text', async () => {
    await using server = await ScriptedServer.start((socket) =>
      socket.write(answered('', 'content-encoding: gzip')),
    );
    using transport = transportTo(server);
    expect((await transport.send()).text).toBe('');
  });

  test.each([
    ['gzip', gzipSync],
    ['br', (body: Buffer) => brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
    ['deflate', deflateSync],
  ])('with %s that grows beyond the limit is cut off at the limit', async (encoding, compress) => {
    const bomb = compress(Buffer.alloc(50_000_000, ' '));
    expect(bomb.length).toBeLessThan(MAX_BODY_BYTES);
    await using server = await ScriptedServer.start((socket) =>
      socket.write(answered(bomb, `content-encoding: ${encoding}`)),
    );
    using transport = transportTo(server);
    const memory = process.memoryUsage().arrayBuffers;
    await expect(transport.send()).rejects.toMatchObject({
      kind: 'unreadable',
      message: `more than ${MAX_BODY_BYTES} bytes in the body`,
    });
    expect(process.memoryUsage().arrayBuffers - memory).toBeLessThan(10_000_000);
  });

  test('is accepted up to the limit, and not beyond', async () => {
    const [fits, tooLong] = [MAX_BODY_BYTES, MAX_BODY_BYTES + 1].map((size) => 'x'.repeat(size));
    await using server = await ScriptedServer.start((socket, number) =>
      socket.write(answered(gzipSync((number === 1 ? fits : tooLong) ?? ''), 'content-encoding: gzip')),
    );
    using transport = transportTo(server);
    expect((await transport.send()).text).toBe(fits);
    await expect(transport.send()).rejects.toThrow('bytes in the body');
  });

  test.each([
    ['is not what content-encoding says', 'gzip', Buffer.from('{"Success":true}')],
    ['was cut', 'gzip', gzipSync(PAGE).subarray(0, 60)],
    ['was cut', 'br', brotliCompressSync(PAGE).subarray(0, 60)],
    ['has a coding that was not asked for', 'zstd', Buffer.from('x')],
    ['has two codings', 'gzip, br', Buffer.from('x')],
    ['has two codings in two headers', 'gzip\r\ncontent-encoding: br', Buffer.from('x')],
  ])('that %s is unreadable (%s)', async (_, encoding, body) => {
    await using server = await ScriptedServer.start((socket) =>
      socket.write(answered(body, `content-encoding: ${encoding}`)),
    );
    using transport = transportTo(server);
    await expect(transport.send()).rejects.toMatchObject({
      kind: 'unreadable',
      message: expect.stringContaining('content-encoding'),
    });
  });
});

// undici counts all timeouts in ticks of half a second, so one that starts right before a tick loses up to that much.
test('regression: connecting failed up to half a second before its timeout, so callers saw a broken connection instead of their deadline', async () => {
  const timeoutMs = 600;
  await using server = await SleepyServer.start();
  using transport = transportTo(server, 100, timeoutMs);
  await server.sleep();
  const failing: Promise<{ readonly error: unknown; readonly tookMs: number }>[] = [];
  for (let begun = 0; begun < 10; begun++) {
    const begunAt = performance.now();
    failing.push(
      transport.send().then(
        () => expect.unreachable('no connection can be made'),
        (error: unknown) => ({ error, tookMs: performance.now() - begunAt }),
      ),
    );
    await sleep(50);
  }
  for (const { error, tookMs } of await Promise.all(failing)) {
    expect(error).toMatchObject({ kind: 'broken', message: 'UND_ERR_CONNECT_TIMEOUT' });
    expect(tookMs).toBeGreaterThanOrEqual(timeoutMs);
  }
});
