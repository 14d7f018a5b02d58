import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { hashApiKey } from '../../src/auth/api-key.ts';
import { MAX_COUNTED, MemoryRateLimitStore } from '../../src/server/access/client-rate-limit.ts';
import { makeKey, startIdentityProvider } from '../auth/identity-provider.ts';
import { type GatewayUnderTest, type GatewayUnderTestOptions, startGateway } from '../gateway-under-test.ts';
import { askJobs, call } from './call.ts';

const WEB = { 'x-api-key': 'kR3f0qX9vT2mB7wLz5pJ' };
const BATCH = { 'x-api-key': 'another-key-0123456789' };
const WRONG = { 'x-api-key': 'guess-0123456789abcdef' };
const AUTH = {
  apiKeys: [hashApiKey('web', WEB['x-api-key']), hashApiKey('batch', BATCH['x-api-key'])],
  jwt: undefined,
};

let started: GatewayUnderTest[];
beforeEach(() => {
  started = [];
});
afterEach(async () => {
  vi.useRealTimers();
  for (const gateway of started) await gateway[Symbol.asyncDispose]();
});

async function limited(requestsPerMinute: number, options: GatewayUnderTestOptions = {}) {
  const gateway = await startGateway({ gateway: { ...options, limits: { requestsPerMinute } } });
  started.push(gateway);
  return gateway;
}

const statuses = async (times: number, ask: () => Promise<{ status: number | undefined }>) => {
  const all: (number | undefined)[] = [];
  for (let asked = 0; asked < times; asked++) all.push((await ask()).status);
  return all;
};
const nextMinute = () => vi.setSystemTime(Date.now() + 60_000);

describe('the rate limit of an authenticated client', () => {
  test('allows the configured number of requests, then rejects with Retry-After', async () => {
    const { origin, emulator } = await limited(3, { auth: AUTH });
    expect(await statuses(3, () => askJobs(origin, WEB))).toEqual([200, 200, 200]);
    const { status, headers, text } = await askJobs(origin, WEB);
    expect(status).toBe(429);
    const [error] = JSON.parse(text).errors;
    expect(error.extensions).toEqual({ code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) });
    expect(error.extensions.retryAfterMs).toBeGreaterThan(0);
    expect(error.extensions.retryAfterMs).toBeLessThanOrEqual(60_000);
    expect(headers['retry-after']).toBe(String(Math.ceil(error.extensions.retryAfterMs / 1000)));
    expect(error.message).toBe(`Too many requests in a minute. Try again in ${headers['retry-after']} s.`);
    expect(emulator.calls).toHaveLength(3);
  });

  test('allows requests again after Retry-After', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { origin } = await limited(1, { auth: AUTH });
    expect(await statuses(2, () => askJobs(origin, WEB))).toEqual([200, 429]);
    vi.setSystemTime(Date.now() + 59_000);
    expect((await askJobs(origin, WEB)).headers['retry-after']).toBe('1');
    vi.setSystemTime(Date.now() + 1000);
    expect(await statuses(2, () => askJobs(origin, WEB))).toEqual([200, 429]);
  });

  test('is not shared with another client at the same address', async () => {
    const { origin } = await limited(2, { auth: AUTH });
    expect(await statuses(3, () => askJobs(origin, WEB))).toEqual([200, 200, 429]);
    expect(await statuses(3, () => askJobs(origin, BATCH))).toEqual([200, 200, 429]);
  });

  test('is shared by all addresses, keys, paths and methods of the client', async () => {
    const apiKeys = [...AUTH.apiKeys, hashApiKey('web', 'next-key-of-web-01234567')];
    const { origin } = await limited(4, { auth: { ...AUTH, apiKeys } });
    const query = '?query=%7B__typename%7D';
    expect((await askJobs(origin, WEB)).status).toBe(200);
    expect((await askJobs(origin, { 'x-api-key': 'next-key-of-web-01234567' })).status).toBe(200);
    expect((await call(`${origin}/graphql${query}`, { headers: WEB, from: '127.0.0.2' })).status).toBe(200);
    expect((await call(`${origin}/subgraph${query}`, { headers: WEB })).status).toBe(200);
    expect((await askJobs(origin, WEB, { from: '127.0.0.3' })).status).toBe(429);
  });

  test('is separate for a token and an API key of the same name', async () => {
    await using provider = await startIdentityProvider();
    const { origin } = await limited(1, { auth: { ...AUTH, jwt: provider.options } });
    const token = async (claims = {}) => ({ authorization: `Bearer ${await provider.token(claims)}` });
    expect((await askJobs(origin, WEB)).status).toBe(200);
    expect((await askJobs(origin, await token({ sub: 'web', jti: '1' }))).status).toBe(200);
    expect((await askJobs(origin, await token({ sub: 'web', jti: '2' }))).status).toBe(429);
    expect((await askJobs(origin, await token({ sub: 'mobile' }))).status).toBe(200);
  });
});

describe('the rate limit counts', () => {
  test('cached responses', async () => {
    const { origin, emulator } = await limited(3, { cache: { ttlMs: 60_000, staleIfErrorMs: 0 } });
    expect(await statuses(4, () => askJobs(origin))).toEqual([200, 200, 200, 429]);
    expect(emulator.calls).toHaveLength(1);
  });

  test('rejected documents and malformed bodies', async () => {
    const { origin } = await limited(3);
    const json = { accept: 'application/graphql-response+json' };
    const bodies = ['{"query":"{ nothing }"}', '{"query":"{"}', 'x', '{"query":"{ __typename }"}'];
    const answers = [];
    for (const body of bodies) answers.push((await askJobs(origin, json, { body })).status);
    expect(answers).toEqual([400, 400, 400, 429]);
  });

  test('GraphQL requests only, not pages, health checks and metrics', async () => {
    const { origin } = await limited(1, { auth: AUTH });
    expect((await askJobs(origin, WEB)).status).toBe(200);
    for (const path of ['/health', '/ready', '/metrics', '/graphql'])
      expect((await call(origin + path, { headers: { ...WEB, accept: 'text/html' } })).status).toBe(200);
    expect((await askJobs(origin, WEB)).status).toBe(429);
  });

  test('nothing when the limit is 0', async () => {
    const { origin } = await limited(0);
    expect(new Set(await statuses(50, () => askJobs(origin)))).toEqual(new Set([200]));
  });

  test('every one of many concurrent requests', async () => {
    const { origin, emulator } = await limited(7);
    const answers = await Promise.all(Array.from({ length: 30 }, () => askJobs(origin)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(7);
    expect(emulator.calls).toHaveLength(7);
  });
});

describe('the rate limit of anonymous callers', () => {
  test('is separate for each address', async () => {
    const { origin } = await limited(2);
    for (const from of ['127.0.0.1', '127.0.0.2'])
      expect(await statuses(3, () => askJobs(origin, {}, { from }))).toEqual([200, 200, 429]);
  });

  test('cannot be evaded by forged forwarding headers', async () => {
    const { origin } = await limited(1);
    await askJobs(origin);
    for (const name of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'true-client-ip', 'x-client-ip'])
      expect((await askJobs(origin, { [name]: '192.0.2.7' })).status).toBe(429);
  });
});

describe('guesses of credentials', () => {
  test('get 429 at every path once the attempts of an address are used up', async () => {
    const { origin } = await limited(4, { auth: AUTH });
    expect((await askJobs(origin, WRONG)).status).toBe(401);
    expect((await call(`${origin}/metrics`, { headers: WRONG })).status).toBe(401);
    expect((await call(`${origin}/subgraph`, { headers: WRONG })).status).toBe(401);
    expect((await askJobs(origin, {})).status).toBe(401);
    for (const path of ['/graphql', '/subgraph', '/metrics']) {
      const { status, headers } = await call(origin + path, { headers: WRONG });
      expect([status, headers.connection]).toEqual([429, 'close']);
    }
    expect((await askJobs(origin, WRONG, { from: '127.0.0.2' })).status).toBe(401);
  });

  test('of one API key share a limit across all addresses', async () => {
    const { origin } = await limited(3, { auth: AUTH });
    const from = Array.from({ length: 5 }, (_, index) => `127.0.1.${index + 1}`);
    const statusesOf = [];
    for (const address of from) statusesOf.push((await askJobs(origin, WRONG, { from: address })).status);
    expect(statusesOf).toEqual([401, 401, 401, 429, 429]);
  });

  test('at tokens of one client share a limit across all addresses', async () => {
    await using provider = await startIdentityProvider();
    const { origin } = await limited(3, { auth: { ...AUTH, jwt: provider.options } });
    const impostor = await makeKey('first');
    const statusesOf = [];
    for (let index = 0; index < 5; index++) {
      const token = await provider.token({ sub: 'victim', jti: `${index}` }, impostor);
      const headers = { authorization: `Bearer ${token}` };
      statusesOf.push((await askJobs(origin, headers, { from: `127.0.2.${index + 1}` })).status);
    }
    expect(statusesOf).toEqual([401, 401, 401, 429, 429]);
    const headers = { authorization: `Bearer ${await provider.token({ sub: 'victim' })}` };
    expect((await askJobs(origin, headers, { from: '127.0.2.1' })).status).toBe(200);
  });

  test('do not reduce the limit of a new valid key from the same address', async () => {
    const { origin } = await limited(5, { auth: AUTH });
    expect(await statuses(7, () => askJobs(origin, WRONG))).toEqual([401, 401, 401, 401, 401, 429, 429]);
    expect((await call(`${origin}/metrics`, { headers: WEB })).status).toBe(200);
    expect(await statuses(6, () => askJobs(origin, WEB))).toEqual([200, 200, 200, 200, 200, 429]);
    expect((await call(`${origin}/metrics`, { headers: WEB })).status).toBe(200);
  });

  test('do not reduce the limit of a client that was admitted before', async () => {
    const { origin } = await limited(5, { auth: AUTH });
    expect((await askJobs(origin, WEB)).status).toBe(200);
    expect(await statuses(7, () => askJobs(origin, WRONG))).toEqual([401, 401, 401, 401, 401, 429, 429]);
    expect(await statuses(5, () => askJobs(origin, WEB))).toEqual([200, 200, 200, 200, 429]);
  });

  test('are allowed again after a minute', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { origin } = await limited(1, { auth: AUTH });
    expect(await statuses(2, () => askJobs(origin, WRONG))).toEqual([401, 429]);
    nextMinute();
    expect((await askJobs(origin, BATCH)).status).toBe(200);
    expect(await statuses(2, () => askJobs(origin, WRONG))).toEqual([401, 429]);
  });
});

test('tokens that cannot be verified use up no attempts', async () => {
  await using provider = await startIdentityProvider();
  provider.misbehave((response) => response.writeHead(500).end());
  const { origin } = await limited(2, { auth: { ...AUTH, jwt: provider.options } });
  const headers = { authorization: `Bearer ${await provider.token()}` };
  expect(new Set(await statuses(5, () => askJobs(origin, headers)))).toEqual(new Set([503]));
  expect((await askJobs(origin, WEB)).status).toBe(200);
});

test('the number of counted callers is bounded: the least recently seen one is forgotten', async () => {
  const limit = new MemoryRateLimitStore(1);
  expect(await limit.take('first')).toBe(0);
  expect(await limit.take('second')).toBe(0);
  expect(await limit.take('first')).toBeGreaterThan(0);
  for (let index = 0; index < MAX_COUNTED - 1; index++) await limit.take(`2001:db8:0:${index}::/64`);
  expect(await limit.take('first')).toBeGreaterThan(0);
  expect(await limit.take('second')).toBe(0);
});
