import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashApiKey } from '../../src/auth/api-key.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { startChromium } from '../graphiql/chromium.ts';
import { askJobs, type Call, call, JOBS } from './call.ts';

const KEY = { 'x-api-key': 'kR3f0qX9vT2mB7wLz5pJ' };
const APP = 'https://app.example.com';
const DEV = 'http://localhost:5173';
const auth = { apiKeys: [hashApiKey('web', KEY['x-api-key'])], jwt: undefined };
const query = `?query=${encodeURIComponent(JOBS)}`;

let open: GatewayUnderTest;
let closed: GatewayUnderTest;

beforeAll(async () => {
  const cache = { ttlMs: 60_000, staleIfErrorMs: 0 };
  open = await startGateway({
    gateway: { corsOrigins: [APP, DEV], auth, cache, limits: { bodyBytes: 5000 } },
  });
  closed = await startGateway();
});
afterAll(async () => {
  await open?.[Symbol.asyncDispose]();
  await closed?.[Symbol.asyncDispose]();
});

const corsOf = (headers: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control-')));
const varies = (headers: Record<string, unknown>) => `${headers.vary}`.split(', ');
const preflight = (origin: string, more: Call['headers'] = {}): Call => ({
  method: 'OPTIONS',
  headers: {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type,x-api-key',
    ...more,
  },
});

const READABLE = {
  'access-control-allow-origin': APP,
  'access-control-expose-headers': 'x-request-id, retry-after, etag, www-authenticate, x-upstream',
};

describe('an origin in CORS_ORIGINS', () => {
  const from = { origin: APP };

  test('may read responses by POST and GET, executed and cached, on both endpoints', async () => {
    for (let time = 0; time < 3; time++) {
      const post = await askJobs(open.origin, { ...KEY, ...from });
      expect([post.status, corsOf(post.headers)]).toEqual([200, READABLE]);
      expect(varies(post.headers)).toContain('Origin');
      for (const path of ['/graphql', '/subgraph']) {
        const get = await call(open.origin + path + query, { headers: { ...KEY, ...from } });
        expect([get.status, corsOf(get.headers)]).toEqual([200, READABLE]);
        expect(varies(get.headers)).toEqual(['Origin', 'authorization', 'x-api-key', 'accept']);
      }
    }
  });

  test('may read a 304 response', async () => {
    const headers = { ...KEY, ...from };
    const { headers: first } = await call(`${open.origin}/graphql${query}`, { headers });
    const again = await call(`${open.origin}/graphql${query}`, {
      headers: { ...headers, 'if-none-match': String(first.etag) },
    });
    expect([again.status, corsOf(again.headers)]).toEqual([304, READABLE]);
    expect(varies(again.headers)).toContain('Origin');
  });

  test.each([
    ['401', {}, {}],
    ['413', KEY, { body: `{"query":"{ __typename } # ${'x'.repeat(6000)}"}` }],
    ['400', KEY, { body: '{' }],
    ['400', { ...KEY, accept: 'application/graphql-response+json' }, { body: '{"query":"{ nothing }"}' }],
    ['405', KEY, { method: 'PUT' }],
    ['406', { ...KEY, accept: 'image/png' }, {}],
    ['415', { ...KEY, 'content-type': 'text/plain' }, {}],
  ])('may read a response with status %s', async (status, headers, rest) => {
    const answer = await askJobs(open.origin, { ...headers, ...from }, rest);
    expect([String(answer.status), corsOf(answer.headers)]).toEqual([status, READABLE]);
    expect(varies(answer.headers)).toContain('Origin');
  });

  test('may read Retry-After', async () => {
    await using limited = await startGateway({
      gateway: { corsOrigins: [APP], limits: { requestsPerMinute: 1 } },
    });
    await askJobs(limited.origin, from);
    const answer = await askJobs(limited.origin, from);
    expect([answer.status, corsOf(answer.headers)]).toEqual([429, READABLE]);
  });

  test('gets its own name in access-control-allow-origin, not that of another allowed origin', async () => {
    const { headers } = await askJobs(open.origin, { ...KEY, origin: DEV });
    expect(headers['access-control-allow-origin']).toBe(DEV);
  });
});

describe('a CORS preflight', () => {
  test('from an allowed origin is answered before authentication', async () => {
    const { status, headers, text } = await call(`${open.origin}/graphql`, preflight(APP));
    expect([status, text]).toEqual([204, '']);
    expect(corsOf(headers)).toMatchObject({
      ...READABLE,
      'access-control-allow-methods': 'GET, POST',
      'access-control-max-age': '7200',
    });
    expect(varies(headers)).toContain('Origin');
  });

  test.each([
    'content-type',
    'x-api-key',
    'authorization',
    'x-request-id',
    'x-cost',
    'cache-control',
    'apollo-require-preflight',
    'x-apollo-operation-name',
    'apollographql-client-name',
    'apollographql-client-version',
    'traceparent',
  ])('always allows the header %s', async (name) => {
    const { headers } = await call(`${open.origin}/subgraph`, preflight(APP));
    expect(`${headers['access-control-allow-headers']}`.split(', ')).toContain(name);
  });

  const allowed = async (asked: string) => {
    const sent = preflight(APP, { 'access-control-request-headers': asked });
    const { status, headers } = await call(`${open.origin}/graphql`, sent);
    expect(status).toBe(204);
    expect(varies(headers)).toContain('Access-Control-Request-Headers');
    return `${headers['access-control-allow-headers']}`.split(', ');
  };

  test.each([
    'sentry-trace',
    'baggage',
    'tracestate',
    'x-datadog-trace-id',
    'x-datadog-sampling-priority',
    'newrelic',
    'x-b3-traceparent',
    'apollographql-client-name',
    'x-anything-else',
  ])('allows the header %s if it is requested', async (name) => {
    expect(await allowed(`content-type,${name}`)).toContain(name);
    expect(await allowed(`${name.toUpperCase()} , content-type`)).toContain(name);
  });

  test('ignores invalid header names, and allows valid ones next to them', async () => {
    const names = await allowed('x-a, x b,, x:c,x-d;q=1,"x-e",\u00e9,x-f');
    expect(names.filter((name) => /^x-[a-f]$|^x |:|;|"|^$/.test(name))).toEqual(['x-a', 'x-f']);
  });

  test('does not allow a wildcard, which browsers would take for every header', async () => {
    expect(await allowed('*,x-a')).not.toContain('*');
  });

  test('lets a page in Chromium send headers of monitoring libraries and read the response', async () => {
    const browser = await startChromium();
    const page = createServer((_, response) => response.end('<!doctype html>')).listen(0, '127.0.0.1');
    await once(page, 'listening');
    const origin = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
    await using gateway = await startGateway({ gateway: { corsOrigins: [origin] } });
    try {
      const tab = await browser.newPage();
      await tab.goto(origin);
      const shown = await tab.evaluate(async (url) => {
        const response = await fetch(url, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'sentry-trace': '0-0-0',
            'x-datadog-trace-id': '1',
            newrelic: 'a',
          },
          body: '{"query":"{ __typename }"}',
        });
        return [await response.json(), response.headers.get('x-request-id') !== null];
      }, `${gateway.origin}/graphql`);
      expect(shown).toEqual([{ data: { __typename: 'Query' } }, true]);
    } finally {
      await browser.close();
      page.close();
    }
  });

  test('does not count against the rate limit', async () => {
    await using limited = await startGateway({
      gateway: { corsOrigins: [APP], limits: { requestsPerMinute: 1 } },
    });
    for (let time = 0; time < 3; time++)
      expect((await call(`${limited.origin}/graphql`, preflight(APP))).status).toBe(204);
    expect((await askJobs(limited.origin)).status).toBe(200);
  });

  test.each([
    ['an origin that is not allowed', preflight('https://evil.example')],
    ['no origin', { method: 'OPTIONS', headers: { 'access-control-request-method': 'POST' } }],
    ['no access-control-request-method', { method: 'OPTIONS', headers: { origin: APP } }],
    ['a method other than OPTIONS', { ...preflight(APP), method: 'GET' }],
  ])('with %s is handled like any other request', async (_, sent) => {
    const { status, headers } = await call(`${open.origin}/graphql`, sent);
    expect(status).toBe(401);
    expect(headers['access-control-allow-methods']).toBeUndefined();
  });

  test.each(['/metrics', '/health', '/nowhere'])('is not supported for %s', async (path) => {
    const { status, headers } = await call(open.origin + path, preflight(APP));
    expect(status).not.toBe(204);
    expect(corsOf(headers)).toEqual({});
  });
});

describe('without an allowed origin, no response can be read', () => {
  test.each([
    'https://evil.example',
    'https://app.example.com.evil.example',
    'https://evil-app.example.com',
    'https://sub.app.example.com',
    'http://app.example.com',
    'https://app.example.com:8443',
    'https://app.example.com/',
    'HTTPS://APP.EXAMPLE.COM',
    `${APP}, ${DEV}`,
    `${APP} ${DEV}`,
    'null',
    '*',
    'undefined',
    '',
  ])('by a page of origin %j', async (origin) => {
    const { status, headers } = await askJobs(open.origin, { ...KEY, origin });
    expect(status).toBe(200);
    expect(corsOf(headers)).toEqual({});
    // A cache must not reuse this response for a page that may read it.
    expect(varies(headers)).toContain('Origin');
    expect(corsOf((await call(`${open.origin}/graphql`, preflight(origin))).headers)).toEqual({});
  });

  test('by any page when CORS_ORIGINS is empty', async () => {
    for (const origin of [APP, 'null', closed.origin]) {
      const asked: [number, Call][] = [
        [405, preflight(origin)],
        [200, { headers: { origin } }],
      ];
      for (const [status, sent] of asked) {
        const { headers, ...answer } = await call(`${closed.origin}/graphql${query}`, sent);
        expect(answer.status).toBe(status);
        expect(corsOf(headers)).toEqual({});
        expect(varies(headers)).not.toContain('Origin');
      }
    }
  });

  test('by requests with cookies', async () => {
    const { headers } = await askJobs(open.origin, { ...KEY, origin: APP, cookie: 'a=b' });
    expect(headers['access-control-allow-credentials']).toBeUndefined();
  });
});
