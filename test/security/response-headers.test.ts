import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { hashApiKey } from '../../src/auth/api-key.ts';
import { ready } from '../../src/server/http/health.ts';
import { RequestContext } from '../../src/server/http/request-context.ts';
import { type IdentityProvider, startIdentityProvider } from '../auth/identity-provider.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { open } from '../live/raw-socket.ts';
import { follow } from '../live/subscriber-under-test.ts';
import { askJobs, type Called, call, JOBS } from '../server/call.ts';

const KEY = 'kR3f0qX9vT2mB7wLz5pJ';
const APP = 'https://app.example.com';
const QUERY = `?query=${encodeURIComponent(JOBS)}`;

let provider: IdentityProvider;
let byNobody: GatewayUnderTest;
let byKey: GatewayUnderTest;
let byToken: GatewayUnderTest;
let byEither: GatewayUnderTest;
beforeAll(async () => {
  provider = await startIdentityProvider();
  const apiKeys = [hashApiKey('web', KEY)];
  const start = (auth: { apiKeys: typeof apiKeys; jwt: IdentityProvider['options'] | undefined }) =>
    startGateway({ gateway: { auth, corsOrigins: [APP], cache: { ttlMs: 60_000, staleIfErrorMs: 0 } } });
  [byNobody, byKey, byToken, byEither] = await Promise.all([
    start({ apiKeys: [], jwt: undefined }),
    start({ apiKeys, jwt: undefined }),
    start({ apiKeys: [], jwt: provider.options }),
    start({ apiKeys, jwt: provider.options }),
  ]);
});
afterAll(async () => {
  for (const started of [byNobody, byKey, byToken, byEither, provider])
    await started?.[Symbol.asyncDispose]();
});

const token = async () => ({ authorization: `Bearer ${await provider.token()}` });
const parts = ({ headers }: Called) => `${headers.vary ?? ''}`.split(', ').filter((part) => part !== '');

/** GET responses of every kind at the protected paths, with or without a credential. */
async function responses(gateway: GatewayUnderTest, credential: Record<string, string>) {
  const json = { ...credential, accept: 'application/graphql-response+json' };
  const get = (target: string, headers = {}) =>
    call(gateway.origin + target, { headers: { ...json, ...headers } });
  const first = await get(`/graphql${QUERY}`);
  return {
    'a new response': await get(`/graphql?query=${encodeURIComponent('{ __typename }')}`),
    'a cached response': await get(`/graphql${QUERY}`),
    'a response that has not changed': await get(`/graphql${QUERY}`, {
      'if-none-match': `${first.headers.etag}`,
    }),
    'a response with an error': await get('/graphql?query=%7Bnothing%7D'),
    'a malformed request': await get('/graphql?query=%7B'),
    'malformed variables': await get('/graphql?query=%7B__typename%7D&variables=x'),
    'no query': await get('/graphql'),
    'the subgraph': await get(`/subgraph?query=${encodeURIComponent('{ __typename }')}`),
    'the metrics': await get('/metrics'),
    'a wrong credential': await get(`/graphql${QUERY}`, {
      'x-api-key': 'wrong',
      authorization: 'Bearer a.b.c',
    }),
    'the metrics for a wrong credential': await get('/metrics', {
      'x-api-key': 'w',
      authorization: 'Bearer a.b.c',
    }),
  };
}

describe('a GET response with authentication on', () => {
  test.each([
    ['API keys', () => byKey, async () => ({ 'x-api-key': KEY })],
    ['tokens', () => byToken, token],
    ['either', () => byEither, async () => ({ 'x-api-key': KEY })],
  ])(
    'varies by authorization and x-api-key, and no shared cache may store it: %s',
    async (_, gateway, credential) => {
      for (const [what, response] of Object.entries(await responses(gateway(), await credential()))) {
        expect([what, parts(response)]).toEqual([
          what,
          expect.arrayContaining(['authorization', 'x-api-key']),
        ]);
        expect([what, response.headers['cache-control']]).toEqual([
          what,
          expect.stringMatching(/^(private\b|no-store$)/),
        ]);
      }
      const { headers } = await call(`${gateway().origin}/graphql${QUERY}`, {
        headers: { ...(await credential()), origin: APP },
      });
      expect(headers.vary).toBe('Origin, authorization, x-api-key, accept');
    },
  );

  test('does not vary by credentials if authentication is off', async () => {
    for (const response of Object.values(await responses(byNobody, {})))
      expect(parts(response)).not.toContain('authorization');
  });
});

test('every response has x-content-type-options: nosniff', async () => {
  const json = { 'content-type': 'application/json' };
  const at = (target: string, sent: Parameters<typeof call>[1] = {}) => call(byKey.origin + target, sent);
  const known = { 'x-api-key': KEY };
  const all = {
    ...(await responses(byKey, known)),
    '/health': await at('/health'),
    '/ready': await at('/ready'),
    'a method that is not allowed': await at('/health', { method: 'POST' }),
    'no such path': await at('/nowhere'),
    'a POST': await askJobs(byKey.origin, known),
    'a body that is no JSON': await askJobs(byKey.origin, { ...known, 'content-type': 'text/plain' }),
    'a body that is too long': await askJobs(byKey.origin, known, { body: ' '.repeat(200_000) }),
    'a batch': await askJobs(byKey.origin, known, { body: '[]' }),
    'no credential': await askJobs(byKey.origin),
    'a host that is not served': await askJobs(byNobody.origin, { host: 'evil.example' }),
    'a preflight': await at('/graphql', {
      method: 'OPTIONS',
      headers: { origin: APP, 'access-control-request-method': 'POST' },
    }),
    'the page of GraphiQL': await at('/graphql', { headers: { accept: 'text/html' } }),
    events: await at('/graphql', {
      method: 'POST',
      headers: { ...json, ...known, accept: 'text/event-stream' },
      body: '{"query":"subscription { customizedVoiceJobStatusChanged(jobId: \\"x\\") { jobId } }"}',
    }),
  };
  for (const [what, { headers }] of Object.entries(all))
    expect([what, headers['x-content-type-options']]).toEqual([what, 'nosniff']);
});

/** A header that is ignored next to a valid credential, and its effect alone: none, or an invalid bearer. */
describe('a credential header of a kind that is not configured is ignored', () => {
  const CASES: [
    string,
    () => GatewayUnderTest,
    () => Promise<Record<string, string>>,
    Record<string, string>,
    RegExp,
  ][] = [
    [
      'authorization beside an API key',
      () => byKey,
      async () => ({ 'x-api-key': KEY }),
      { authorization: 'Basic eDp5' },
      /missing credential/i,
    ],
    [
      'a wrong token beside an API key',
      () => byKey,
      async () => ({ 'x-api-key': KEY }),
      { authorization: 'Bearer a.b.c' },
      /invalid credential/i,
    ],
    ['a wrong API key beside a token', () => byToken, token, { 'x-api-key': 'wrong' }, /missing credential/i],
  ];

  test.each(CASES)('%s, over HTTP', async (_, gateway, credential, foreign, alone) => {
    const { origin, emulator } = gateway();
    const headers = { ...(await credential()), ...foreign };
    expect((await askJobs(origin, headers)).status).toBe(200);
    for (const target of [`/graphql${QUERY}`, '/metrics'])
      expect((await call(origin + target, { headers })).status).toBe(200);
    expect(JSON.parse((await call(`${origin}/ready`, { headers })).text)).toHaveProperty('upstream');
    const { JobId } = emulator.insert('Basic', { Status: 'Success' });
    await follow('server-sent events', origin, JobId, headers).ended;
    expect((await askJobs(origin, foreign)).text).toMatch(alone);
  });

  const acknowledged = async (origin: string, headers: Record<string, string>, payload: unknown) => {
    const { say, socket, closed } = await open(origin, { headers });
    const answered = new Promise((resolve) =>
      socket.once('message', (data) => resolve(JSON.parse(String(data)).type)),
    );
    say({ type: 'connection_init', payload });
    const outcome = await Promise.race([answered, closed]);
    socket.close();
    return outcome;
  };

  test.each(CASES)('%s, on a WebSocket', async (_, gateway, credential, foreign, alone) => {
    const { origin } = gateway();
    const right = await credential();
    expect(await acknowledged(origin, foreign, right)).toBe('connection_ack');
    expect(await acknowledged(origin, {}, { ...right, ...foreign })).toBe('connection_ack');
    expect(await acknowledged(origin, { ...right, ...foreign }, {})).toBe('connection_ack');
    expect(await acknowledged(origin, foreign, foreign)).toMatchObject({
      code: 4401,
      reason: expect.stringMatching(alone),
    });
    expect(await acknowledged(origin, foreign, {})).toMatchObject({
      code: 4401,
      reason: expect.stringMatching(alone),
    });
  });

  test('a valid key in the headers of a WebSocket does not admit a wrong credential in its first message', async () => {
    const head = { 'x-api-key': KEY };
    expect(await acknowledged(byEither.origin, head, {})).toBe('connection_ack');
    expect(await acknowledged(byEither.origin, head, await token())).toBe('connection_ack');
    for (const payload of [
      { 'x-api-key': 'wrong' },
      { authorization: `Bearer ${await provider.token({ exp: 1_700_000_000 })}` },
    ])
      expect(await acknowledged(byEither.origin, head, payload)).toMatchObject({ code: 4401 });
  });
});

describe('/ready', () => {
  test('shows callers without a valid credential the status only, if authentication is on', async () => {
    for (const headers of [
      {},
      { 'x-api-key': 'wrong' },
      { authorization: `Bearer ${await provider.token({ aud: 'x' })}` },
    ])
      expect(JSON.parse((await call(`${byEither.origin}/ready`, { headers })).text)).toEqual({
        status: 'ready',
      });
    for (const headers of [{ 'x-api-key': KEY }, await token()])
      expect(JSON.parse((await call(`${byEither.origin}/ready`, { headers })).text)).toMatchObject({
        status: 'ready',
        upstream: { kind: 'emulator' },
        redis: 'off',
      });
  });

  test('shows the reason of a 503 only to callers with a valid credential', async () => {
    const readiness = {
      reason: 'no credentials found',
      upstream: {
        kind: 'alibaba',
        lastOutcome: undefined,
        circuit: 'closed',
        requestsPerSecond: 20,
        queued: 0,
      },
      redis: 'off',
    } as const;
    const handler = ready(
      () => readiness,
      ({ request }) => request.headers['x-api-key'] === KEY,
    );
    const server = createServer(
      (request, response) => void handler(new RequestContext(request, response, undefined, () => '')),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ready`;
    const stranger = await call(url);
    expect([stranger.status, JSON.parse(stranger.text)]).toEqual([503, { status: 'not ready' }]);
    const { status, text } = await call(url, { headers: { 'x-api-key': KEY } });
    expect([status, JSON.parse(text)]).toMatchObject([
      503,
      { status: 'not ready', reason: 'no credentials found' },
    ]);
  });

  test('shows the reason to everybody if authentication is off', async () => {
    expect(JSON.parse((await call(`${byNobody.origin}/ready`)).text)).toMatchObject({
      upstream: {},
      redis: 'off',
    });
  });
});
