import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseProxy } from '../../src/upstream/proxy.ts';
import { type HttpResponse, Transport, type TransportError } from '../../src/upstream/transport.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { metricsOf } from '../telemetry/metrics-of.ts';
import { ForwardProxyServer } from './forward-proxy.ts';
import { useTrustedIdentity } from './private-ca.ts';
import { answered, ScriptedServer } from './scripted-server.ts';
import { startTlsFront } from './tls-front.ts';

const ASK = '{ customizedVoiceJobs(first: 3) { totalCount nodes { jobId } } }';
const identities = useTrustedIdentity();

/** A proxy that requires credentials, and its URL with them. */
async function startProxy(isTls = false) {
  const password = `p@ss:${randomBytes(8).toString('hex')}`;
  const proxy = await ForwardProxyServer.start(isTls ? identities.trusted : undefined);
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  proxy.credentials = `gateway:${password}`;
  const host = `${isTls ? 'localhost' : '127.0.0.1'}:${proxy.port}`;
  const url = `${isTls ? 'https' : 'http'}://gateway:${encodeURIComponent(password)}@${host}`;
  return { proxy, host, url, password };
}

function transportTo(
  origin: string,
  proxyUrl: string,
  maxConnections = 10,
  connectTimeoutMs = 5000,
): Transport {
  const transport = new Transport({
    origin,
    proxy: parseProxy(proxyUrl),
    maxConnections,
    maxBodyBytes: 100_000,
    connectTimeoutMs,
  });
  onTestFinished(() => transport.close());
  return transport;
}

const send = (transport: Transport) =>
  new Promise<HttpResponse>((resolve, reject) =>
    transport.send({ method: 'POST', path: '/?PageNo=1', headers: {} }, resolve, reject),
  );

describe('a gateway behind a forward proxy with credentials', () => {
  test('reads an http upstream with requests in absolute form', async () => {
    const { proxy, url, password } = await startProxy();
    await using gateway = await startGateway({ proxy: parseProxy(url) });
    expect((await gateway.ask(ASK)).data.customizedVoiceJobs.nodes).toHaveLength(3);
    expect(proxy.requests).toEqual([
      {
        method: 'POST',
        target: expect.stringMatching(`^${gateway.emulator.endpoint}/\\?PageNo=1&`),
        credentials: `gateway:${password}`,
      },
    ]);
    expect(gateway.emulator.calls).toHaveLength(1);
  });

  test.each([
    ['an http:// proxy', false],
    ['an https:// proxy', true],
  ])(
    'reads an https upstream with a private CA, many requests through one tunnel, by %s',
    async (_, isTls) => {
      const { proxy, url, password } = await startProxy(isTls);
      let emulator: GatewayUnderTest['emulator'] | undefined;
      const origin = await startTlsFront(() => emulator?.endpoint ?? '', identities.trusted);
      await using gateway = await startGateway({ origin, proxy: parseProxy(url) });
      emulator = gateway.emulator;
      for (let request = 0; request < 5; request++)
        expect((await gateway.ask(ASK)).data.customizedVoiceJobs.nodes).toHaveLength(3);
      expect(gateway.emulator.calls).toHaveLength(5);
      expect(new Set(proxy.requests.map((request) => JSON.stringify(request)))).toEqual(
        new Set([
          JSON.stringify({
            method: 'CONNECT',
            target: new URL(origin).host,
            credentials: `gateway:${password}`,
          }),
        ]),
      );
      expect(proxy.requests.length).toBeLessThanOrEqual(2);
    },
  );
});

describe('a forward proxy', () => {
  /** [its behaviour, whether the upstream is https, the action, the detail in the log] */
  const FAILURES: [string, boolean, (proxy: ForwardProxyServer) => unknown, string][] = [
    ['that is unreachable', false, (proxy) => proxy[Symbol.asyncDispose](), 'ECONNREFUSED, proxy HOST'],
    ['that is unreachable', true, (proxy) => proxy[Symbol.asyncDispose](), 'ECONNREFUSED, proxy HOST'],
    ['that rejects the credentials', false, (proxy) => (proxy.credentials = 'other'), 'HTTP 407, proxy HOST'],
    [
      'that rejects the credentials',
      true,
      (proxy) => (proxy.credentials = 'other'),
      'HTTP 407 to CONNECT, proxy HOST',
    ],
    [
      'that cannot reach the upstream',
      true,
      (proxy) => (proxy.rejectWith = 502),
      'HTTP 502 to CONNECT, proxy HOST',
    ],
    [
      'that forbids the upstream',
      true,
      (proxy) => (proxy.rejectWith = 403),
      'HTTP 403 to CONNECT, proxy HOST',
    ],
  ];

  test.each(FAILURES)(
    '%s (https upstream: %s) is UPSTREAM_UNAVAILABLE, and the log names it',
    async (_, isTls, break_, detail) => {
      const { proxy, host, url, password } = await startProxy();
      const origin = isTls ? await startTlsFront(() => '', identities.trusted) : undefined;
      await using gateway = await startGateway({ ...(origin && { origin }), proxy: parseProxy(url) });
      await break_(proxy);
      const answer = await gateway.ask(ASK);
      expect(answer.errors?.map(({ extensions }) => extensions.code)).toEqual(['UPSTREAM_UNAVAILABLE']);
      const details = gateway.logged.map(({ detail }) => detail).filter((text) => text !== undefined);
      expect(details).toContain(detail.replace('HOST', host));
      const [seen, log] = [JSON.stringify(answer), JSON.stringify(gateway.logged)];
      expect(seen).not.toContain(host);
      for (const secret of [
        password,
        encodeURIComponent(password),
        Buffer.from(`gateway:${password}`).toString('base64'),
      ]) {
        expect(seen).not.toContain(secret);
        expect(log).not.toContain(secret);
      }
      const metrics = await metricsOf(gateway.origin);
      expect(metrics.sum('voicejobs_upstream_calls_total', { outcome: 'UPSTREAM_UNAVAILABLE' })).toBe(1);
    },
  );

  test.each([
    ['http', false],
    ['https', true],
  ])('that never responds is UPSTREAM_TIMEOUT at the deadline, for an %s upstream', async (_, isTls) => {
    const { proxy, url } = await startProxy();
    proxy.isSilent = true;
    const origin = isTls ? await startTlsFront(() => '', identities.trusted) : undefined;
    await using gateway = await startGateway({
      ...(origin && { origin }),
      proxy: parseProxy(url),
      gateway: { deadlineMs: 500 },
    });
    expect((await gateway.ask(ASK)).errors?.[0]?.extensions.code).toBe('UPSTREAM_TIMEOUT');
  });

  test('that recovers is used again', async () => {
    const { proxy, url } = await startProxy();
    let emulator: GatewayUnderTest['emulator'] | undefined;
    const origin = await startTlsFront(() => emulator?.endpoint ?? '', identities.trusted);
    await using gateway = await startGateway({ origin, proxy: parseProxy(url) });
    emulator = gateway.emulator;
    proxy.rejectWith = 503;
    expect((await gateway.ask(ASK)).errors).toHaveLength(1);
    proxy.rejectWith = undefined;
    expect((await gateway.ask(ASK)).errors).toBeUndefined();
  });

  test('that impersonates the upstream in a tunnel gets no request', async () => {
    const { url } = await startProxy();
    await using impostor = await ScriptedServer.start(
      (socket) => socket.write(answered('{}')),
      createTlsServer(identities.trusted),
    );
    // The certificate is for localhost.
    await expect(send(transportTo(`https://127.0.0.1:${impostor.port}`, url))).rejects.toMatchObject({
      kind: 'broken',
      message: expect.stringMatching(/^ERR_TLS_CERT_ALTNAME_INVALID, proxy /),
    });
    expect(impostor.heads).toEqual([]);
  });

  test('that is https without a certificate for its name gets no credentials', async () => {
    const { proxy, url } = await startProxy(true);
    const transport = transportTo('https://localhost:1', url.replace('localhost', '127.0.0.1'));
    await expect(send(transport)).rejects.toMatchObject({
      kind: 'broken',
      message: expect.stringContaining('proxy'),
    });
    expect(proxy.requests).toEqual([]);
  });
});

test('the connection limit through a proxy holds under 200 concurrent requests', async () => {
  const { proxy, url } = await startProxy();
  await using server = await ScriptedServer.start(
    (socket, number) => setImmediate(() => socket.write(answered(`{"number":${number}}`))),
    createTlsServer(identities.trusted),
  );
  const transport = transportTo(`https://localhost:${server.port}`, url, 6);
  const responses = await Promise.all(Array.from({ length: 200 }, () => send(transport)));
  expect(new Set(responses.map(({ text }) => text)).size).toBe(200);
  expect(server.mostOpen).toBeLessThanOrEqual(6);
  expect(proxy.requests.length).toBeLessThanOrEqual(6);
});

test('later connections through a proxy resume the TLS session of the first', async () => {
  const { url } = await startProxy();
  const resumed: boolean[] = [];
  await using server = await ScriptedServer.start((socket) => {
    resumed.push((socket as TLSSocket).isSessionReused());
    socket.write(answered('{}', 'connection: close'));
  }, createTlsServer(identities.trusted));
  const transport = transportTo(`https://localhost:${server.port}`, url);
  for (let request = 0; request < 3; request++) await send(transport);
  expect(resumed).toEqual([false, true, true]);
});

test('a request that is abandoned while its proxy tunnel is being made is never sent', async () => {
  const { proxy, url } = await startProxy();
  await using server = await ScriptedServer.start(
    (socket) => socket.write(answered('{}')),
    createTlsServer(identities.trusted),
  );
  const transport = transportTo(`https://localhost:${server.port}`, url, 1);
  const called: unknown[] = [];
  const call = (result: unknown) => called.push(result);
  transport.send({ method: 'POST', path: '/abandoned', headers: {} }, call, call)();
  await send(transport);
  expect(server.heads.map((head) => head.split(' ')[1])).toEqual(['/?PageNo=1']);
  expect(proxy.requests).toHaveLength(1);
  expect(called).toEqual([]);
});

test('closing the transport fails requests that wait for a proxy', async () => {
  const { proxy, url } = await startProxy();
  proxy.isSilent = true;
  const transport = transportTo('https://localhost:1', url);
  const result = send(transport).catch((error: unknown) => error);
  await expect.poll(() => proxy.requests.length).toBe(1);
  transport.close();
  expect(await result).toMatchObject({ kind: 'broken' });
});

test.each([
  ['never begins', ''],
  ['never ends', 'part'],
])('a 407 whose body %s frees its connection for the next request', async (_, body) => {
  await using proxy = await ScriptedServer.start((socket, number) =>
    socket.write(
      number === 1
        ? `HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 100\r\n\r\n${body}`
        : answered('{"a":1}'),
    ),
  );
  const transport = transportTo('http://127.0.0.1:1', proxy.origin, 1);
  await expect(send(transport)).rejects.toMatchObject({
    kind: 'broken',
    message: `HTTP 407, proxy 127.0.0.1:${proxy.port}`,
  });
  expect((await send(transport)).text).toBe('{"a":1}');
  expect(proxy.connections).toBe(2);
});

/** A machine that stalls longer than the deadline would fail the request for that alone. */
const PATIENT = { timeout: 20_000 };

test('the connect timeout covers CONNECT and TLS together, not each of them', async () => {
  const { proxy, url, host } = await startProxy();
  await using server = await ScriptedServer.start(
    (socket) => socket.write(answered('{}')),
    createTlsServer(identities.trusted),
  );
  const transport = transportTo(`https://localhost:${server.port}`, url, 1, 1000);
  // Each wait alone is shorter than the deadline.
  proxy.tunnelDelayMs = 600;
  await expect(send(transport)).rejects.toMatchObject({
    kind: 'broken',
    message: `UND_ERR_CONNECT_TIMEOUT, proxy ${host}`,
  });
  expect(server.heads).toEqual([]);
  proxy.tunnelDelayMs = 0;
  await expect.poll(() => send(transport).then(({ status }) => status, String), PATIENT).toBe(200);
});

describe('after a connect timeout, the only connection is free for the next request', () => {
  /** [what hangs, the proxy's reaction to the first request, whether the proxy is https] */
  const HANGS: [string, (socket: Socket) => void, boolean][] = [
    ['CONNECT', () => {}, false],
    ['TLS in the tunnel', (socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n'), false],
    ['CONNECT over TLS to the proxy', () => {}, true],
  ];

  test.each(HANGS)('if %s hangs', async (_, hang, isTls) => {
    let isHanging = true;
    await using proxy = await ScriptedServer.start(
      (socket) => (isHanging ? hang(socket) : socket.end('HTTP/1.1 502 No\r\ncontent-length: 0\r\n\r\n')),
      isTls ? createTlsServer(identities.trusted) : undefined,
    );
    const proxyUrl = `${isTls ? 'https' : 'http'}://localhost:${proxy.port}`;
    const transport = transportTo('https://localhost:1', proxyUrl, 1, 1000);
    const called: unknown[] = [];
    const call = (result: unknown) => called.push(result);
    const abandon = transport.send({ method: 'POST', path: '/abandoned', headers: {} }, call, call);
    const waiting = send(transport).catch((error: TransportError) => error.message);
    abandon();
    expect(await waiting).toBe(`UND_ERR_CONNECT_TIMEOUT, proxy localhost:${proxy.port}`);
    isHanging = false;
    await expect
      .poll(() => send(transport).catch((error: TransportError) => error.message), PATIENT)
      .toBe(`HTTP 502 to CONNECT, proxy localhost:${proxy.port}`);
    expect(called).toEqual([]);
    await expect.poll(() => proxy.open, PATIENT).toBe(0);
  });
});
