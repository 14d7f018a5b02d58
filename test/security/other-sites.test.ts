import type { IncomingMessage } from 'node:http';
import { connect as connectSocket } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { hashApiKey } from '../../src/auth/api-key.ts';
import { createHostCheck } from '../../src/server/http/origin-checks.ts';
import { type GatewayUnderTest, type GatewayUnderTestOptions, startGateway } from '../gateway-under-test.ts';
import { connect } from '../live/raw-socket.ts';
import { STATUS_QUERY } from '../live/subscriber-under-test.ts';
import { fc, runs } from '../runs.ts';
import { askJobs, call, JOBS } from '../server/call.ts';

const KEY = 'kR3f0qX9vT2mB7wLz5pJ';
const AUTH = { apiKeys: [hashApiKey('web', KEY)], jwt: undefined };
const QUERY = `?query=${encodeURIComponent(JOBS)}`;

async function start(gateway: GatewayUnderTestOptions = {}): Promise<GatewayUnderTest> {
  const started = await startGateway({ gateway });
  onTestFinished(() => started[Symbol.asyncDispose]());
  return started;
}

type Headers = Record<string, string>;

/** Every access path to data, with its response to these headers. */
const WAYS: Record<string, (gateway: GatewayUnderTest, headers: Headers) => Promise<unknown>> = {
  'POST /graphql': async ({ origin }, headers) => (await askJobs(origin, headers)).status,
  'GET /graphql': async ({ origin }, headers) =>
    (await call(`${origin}/graphql${QUERY}`, { headers })).status,
  'POST /subgraph': async ({ origin }, headers) => {
    const body = '{"query":"{ __typename }"}';
    const json = { 'content-type': 'application/json', ...headers };
    return (await call(`${origin}/subgraph`, { method: 'POST', headers: json, body })).status;
  },
  'GET /metrics': async ({ origin }, headers) => (await call(`${origin}/metrics`, { headers })).status,
  'the page of GraphiQL': async ({ origin }, headers) =>
    (await call(`${origin}/graphql`, { headers: { ...headers, accept: 'text/html' } })).status,
  'server-sent events': async ({ origin, emulator }, headers) => {
    const { JobId } = emulator.insert('Basic', { Status: 'Success' });
    const sent = { ...headers, 'content-type': 'application/json', accept: 'text/event-stream' };
    const body = JSON.stringify({ query: STATUS_QUERY, variables: { jobId: JobId } });
    return (await call(`${origin}/graphql`, { method: 'POST', headers: sent, body })).status;
  },
  'a WebSocket': async ({ origin }, headers) => {
    // As from a page whose own name resolves to this machine: origin and host are equal.
    const page = headers.host === undefined ? {} : { origin: `http://${headers.host}` };
    const connected = await connect(origin, { headers, ...page });
    if ('status' in connected) return connected.status;
    connected.socket.close();
    return 200;
  },
};

const STRANGE = [
  'evil.example',
  'evil.example:4000',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  '192.0.2.7',
];

describe('a page whose own name resolves to this machine (DNS rebinding)', () => {
  test.each(STRANGE)('reads nothing as %s on any access path, without an upstream call', async (host) => {
    const gateway = await start();
    for (const [way, ask] of Object.entries(WAYS))
      expect([way, await ask(gateway, { host })]).toEqual([way, 403]);
    expect(gateway.emulator.calls).toEqual([]);
  });

  test('gets a rejection that names the host and the variable to allow it', async () => {
    const { origin, logged } = await start();
    const { text, headers } = await askJobs(origin, { host: 'evil.example' });
    expect(JSON.parse(text).errors).toEqual([
      {
        message:
          'The host name "evil.example" is not trusted. Expected a loopback name, HOST, or a name in TRUSTED_HOSTS.',
        extensions: { code: 'FORBIDDEN' },
      },
    ]);
    expect(headers['cache-control']).toBe('no-store');
    const metrics = await call(`${origin}/metrics`);
    expect(metrics.text).toContain('voicejobs_http_requests_rejected_total{reason="untrusted_host"} 1');
    expect(logged).toContainEqual(expect.objectContaining({ msg: 'request', refused: 'untrusted_host' }));
  });

  test('gets a rejection that quotes no more than 200 characters of the name', async () => {
    const { origin } = await start();
    const { text } = await askJobs(origin, { host: 'x'.repeat(5000) });
    expect(text.length).toBeLessThan(500);
  });

  test('gets the status of health checks only', async () => {
    const { origin } = await start();
    const answers = [];
    for (const path of ['/health', '/ready'])
      answers.push(JSON.parse((await call(origin + path, { headers: { host: 'evil.example' } })).text));
    expect(answers).toEqual([{ status: 'ok' }, { status: 'ready' }]);
    expect(JSON.parse((await call(`${origin}/ready`)).text)).toHaveProperty('upstream');
  });

  test('gets nothing without a Host header, as HTTP/1.0 allows', async () => {
    const { origin } = await start();
    const socket = connectSocket(Number(new URL(origin).port), '127.0.0.1');
    socket.write('GET /metrics HTTP/1.0\r\n\r\n');
    const answer = await new Promise<string>((resolve) =>
      socket.once('data', (data) => resolve(String(data))),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    socket.destroy();
  });
});

describe('host names without authentication', () => {
  test.each([
    'localhost',
    'LOCALHOST:1',
    'app.localhost',
    '127.0.0.1',
    '127.9.9.9:81',
    '[::1]',
    '[::1]:4000',
    'localhost.',
  ])('%s, a loopback name, is trusted on every access path', async (host) => {
    const gateway = await start();
    for (const [way, ask] of Object.entries(WAYS))
      expect([way, await ask(gateway, { host })]).toEqual([way, 200]);
  });

  test('HOST and TRUSTED_HOSTS are trusted, and no similar names', async () => {
    const trustedHosts = ['gateway.internal', '*.example.com'];
    const gateway = await start({ host: 'machine.lan', trustedHosts });
    const statusOf = async (host: string) => (await askJobs(gateway.origin, { host })).status;
    for (const host of ['machine.lan', 'gateway.internal:4000', 'a.example.com', 'A.B.Example.com.'])
      expect([host, await statusOf(host)]).toEqual([host, 200]);
    for (const host of [
      'example.com',
      'notexample.com',
      'x.gateway.internal',
      'gateway.internal.evil.example',
      'lan',
    ])
      expect([host, await statusOf(host)]).toEqual([host, 403]);
  });

  test('property: exactly loopback names, HOST, trusted hosts and the local address are trusted', () => {
    const label = fc.stringMatching(/^[a-wyz]([a-z0-9-]{0,6}[a-z0-9])?$/);
    const name = fc.oneof(
      fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join('.')),
      fc.constantFrom(
        'localhost',
        'a.localhost',
        'localhosts',
        'xlocalhost',
        'example.com',
        'a.example.com',
        'machine.lan',
      ),
      fc.ipV4(),
      fc.constantFrom('127.0.0.1', '127.1.2.3', '10.0.0.7', '[::1]', '[2001:db8::7]', '[2001:db8::8]'),
    );
    const port = fc.option(fc.integer({ min: 0, max: 65_535 }), { nil: undefined });
    const local = fc.constantFrom(undefined, '127.0.0.1', '10.0.0.7', '::ffff:10.0.0.7', '2001:db8::7');
    fc.assert(
      fc.property(fc.array(fc.tuple(name, port, local), { minLength: 1, maxLength: 8 }), (requests) => {
        // One check for all: a name that has passed must not admit others.
        const isTrusted = createHostCheck('machine.lan', ['*.example.com']);
        const seen = new Set<string>();
        for (const [host, number, localAddress] of requests) {
          const header = number === undefined ? host : `${host}:${number}`;
          const address = localAddress?.replace('::ffff:', '') ?? '';
          const isLocal = host === address || host === `[${address}]`;
          // The local address always belongs to this machine.
          if (isLocal) seen.add(header);
          const isLoopback = /(^|\.)localhost$/.test(host) || host.startsWith('127.') || host === '[::1]';
          const expected = isLocal || isLoopback || host === 'machine.lan' || host.endsWith('.example.com');
          const request = {
            headers: { host: header },
            socket: { localAddress },
          } as unknown as IncomingMessage;
          if (!expected && seen.has(header)) continue;
          expect([header, localAddress, isTrusted(request)]).toEqual([header, localAddress, expected]);
        }
      }),
      { numRuns: runs(5000) },
    );
  });

  test('an invalid host name is never trusted', () => {
    const isTrusted = createHostCheck('127.0.0.1', []);
    for (const host of [
      undefined,
      '',
      ' ',
      'user@localhost',
      'localhost/x',
      'evil.example#localhost',
      'localhost:x',
      '[::1',
      '127.0.0.1:99999',
      'evil\\@localhost',
      '*.localhost',
    ])
      expect([host, isTrusted({ headers: { host }, socket: {} } as unknown as IncomingMessage)]).toEqual([
        host,
        false,
      ]);
  });
});

describe('host names with authentication', () => {
  test('are all trusted for callers with a credential', async () => {
    const { origin } = await start({ auth: AUTH });
    expect((await askJobs(origin, { host: 'gateway.example.com', 'x-api-key': KEY })).status).toBe(200);
    expect((await askJobs(origin, { host: 'gateway.example.com' })).status).toBe(401);
  });

  test('are restricted by TRUSTED_HOSTS if it is set', async () => {
    const { origin } = await start({ auth: AUTH, trustedHosts: ['gateway.example.com'] });
    expect((await askJobs(origin, { host: 'gateway.example.com', 'x-api-key': KEY })).status).toBe(200);
    expect((await askJobs(origin, { host: 'evil.example', 'x-api-key': KEY })).status).toBe(403);
  });
});

describe('a GET request that a page of another origin made a browser send', () => {
  const APP = 'https://app.example.com';
  let gateway: GatewayUnderTest;
  beforeAll(async () => {
    gateway = await startGateway({ gateway: { corsOrigins: [APP], limits: { requestsPerMinute: 50 } } });
  });
  afterAll(() => gateway?.[Symbol.asyncDispose]());

  const get = (headers: Headers, path = `/graphql${QUERY}`) => call(gateway.origin + path, { headers });

  test.each(['cross-site', 'same-site', 'something-new'])(
    'is rejected with 403 before execution where Sec-Fetch-Site is %s',
    async (site) => {
      const calls = gateway.emulator.calls.length;
      for (const mode of ['no-cors', 'cors', 'navigate', 'websocket']) {
        for (const path of [`/graphql${QUERY}`, `/subgraph${QUERY}`, '/metrics']) {
          const { status, text } = await get({ 'sec-fetch-site': site, 'sec-fetch-mode': mode }, path);
          expect([path, mode, status]).toEqual([path, mode, 403]);
          expect(JSON.parse(text).errors[0]).toMatchObject({ extensions: { code: 'FORBIDDEN' } });
        }
      }
      const events = { accept: 'text/event-stream', 'sec-fetch-site': site };
      const subscription = `/graphql?query=${encodeURIComponent(STATUS_QUERY)}`;
      expect((await get(events, subscription)).status).toBe(403);
      expect((await get({ 'sec-fetch-site': site, origin: 'https://evil.example' })).status).toBe(403);
      expect(gateway.emulator.calls).toHaveLength(calls);
    },
  );

  test('does not count against the rate limit of its address', async () => {
    const one = await start({ limits: { requestsPerMinute: 1 } });
    for (let index = 0; index < 3; index++)
      expect(
        (await call(`${one.origin}/graphql${QUERY}`, { headers: { 'sec-fetch-site': 'cross-site' } })).status,
      ).toBe(403);
    expect((await askJobs(one.origin)).status).toBe(200);
    const { text } = await call(`${one.origin}/metrics`);
    expect(text).toContain('voicejobs_http_requests_rejected_total{reason="cross_site"} 3');
  });

  test('is served if its origin is in CORS_ORIGINS', async () => {
    const { status, headers } = await get({ 'sec-fetch-site': 'cross-site', origin: APP });
    expect([status, headers['access-control-allow-origin']]).toEqual([200, APP]);
  });

  test.each([{}, { 'sec-fetch-site': 'same-origin' }, { 'sec-fetch-site': 'none' }])(
    'is not what programs, own pages and typed addresses send: %j is answered',
    async (headers) => {
      expect((await get(headers as Headers)).status).toBe(200);
    },
  );

  test('opens GraphiQL as a link, with its files, and health checks', async () => {
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    const page = await get({ ...link, accept: 'text/html,*/*;q=0.8' });
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    for (const path of ['/health', '/ready']) expect((await get(link, path)).status).toBe(200);
  });
});
