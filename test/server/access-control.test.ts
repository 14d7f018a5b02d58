import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { hashApiKey } from '../../src/auth/api-key.ts';
import { badKeys, badTokens } from '../auth/bad-credentials.ts';
import { type IdentityProvider, startIdentityProvider } from '../auth/identity-provider.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { askJobs, type Call, call, JOBS, JOBS_BODY } from './call.ts';

const KEY = 'kR3f0qX9vT2mB7wLz5pJ';
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY'];
const PATHS = ['/graphql', '/subgraph', '/metrics'];

let provider: IdentityProvider;
let byKey: GatewayUnderTest;
let byToken: GatewayUnderTest;
let byEither: GatewayUnderTest;

beforeAll(async () => {
  provider = await startIdentityProvider();
  const apiKeys = [hashApiKey('batch', 'another-key-0123456789'), hashApiKey('web', KEY)];
  [byKey, byToken, byEither] = await Promise.all([
    startGateway({ gateway: { auth: { apiKeys, jwt: undefined } } }),
    startGateway({ gateway: { auth: { apiKeys: [], jwt: provider.options } } }),
    startGateway({ gateway: { auth: { apiKeys, jwt: provider.options } } }),
  ]);
});
afterAll(async () => {
  for (const started of [byKey, byToken, byEither, provider]) await started?.[Symbol.asyncDispose]();
});

/** Every method at every protected path, with a query wherever one is possible. */
function requests(headers: Call['headers'] = {}): [path: string, call: Call][] {
  const query = `?query=${encodeURIComponent(JOBS)}`;
  return PATHS.flatMap((path) =>
    METHODS.map((method): [string, Call] => {
      const hasBody = !['GET', 'HEAD', 'OPTIONS'].includes(method);
      const json = { 'content-type': 'application/json', accept: 'application/json', ...headers };
      return hasBody
        ? [path, { method, headers: json, body: JOBS_BODY }]
        : [path + query, { method, headers: { accept: 'application/json', ...headers } }];
    }),
  );
}

async function expectRefusedEverywhere(gateway: GatewayUnderTest, headers: Call['headers']): Promise<void> {
  const calls = gateway.emulator.calls.length;
  for (const [path, sent] of requests(headers)) {
    const { status, text, headers: answered } = await call(gateway.origin + path, sent);
    const what = `${sent.method} ${path}`;
    expect(status, what).toBe(401);
    expect(answered['www-authenticate'], what).toBeDefined();
    expect(answered['cache-control'], what).toBe('no-store');
    if (sent.method === 'HEAD') continue;
    const { errors, data } = JSON.parse(text);
    expect(data, what).toBeUndefined();
    expect(errors, what).toEqual([{ message: expect.any(String), extensions: { code: 'UNAUTHENTICATED' } }]);
  }
  expect(gateway.emulator.calls).toHaveLength(calls);
}

describe('every method at every path gets 401 without an upstream call, for', () => {
  test.each(Object.keys(badKeys(KEY)))('%s where API keys are required', async (name) => {
    await expectRefusedEverywhere(byKey, badKeys(KEY)[name]);
  });

  test('every kind of invalid token', async () => {
    const tokens = await badTokens(provider);
    expect(Object.keys(tokens).length).toBeGreaterThan(30);
    for (const [name, headers] of Object.entries(tokens)) {
      await expectRefusedEverywhere(byToken, headers).catch((error) => {
        throw new Error(`${name}: ${error.message}`);
      });
    }
  });

  test('no credential where tokens, or tokens or keys, are required', async () => {
    await expectRefusedEverywhere(byToken, {});
    await expectRefusedEverywhere(byEither, {});
  });

  test('a credential of a kind that is not configured', async () => {
    await expectRefusedEverywhere(byKey, { authorization: `Bearer ${await provider.token()}` });
    await expectRefusedEverywhere(byToken, { 'x-api-key': KEY });
  });

  test('a wrong API key sent as Bearer', async () => {
    // Of an empty key only the word Bearer remains, which responses do contain.
    const { 'no credential': _, 'an empty key': __, ...wrong } = badKeys(KEY);
    for (const gateway of [byKey, byEither]) {
      for (const { 'x-api-key': key = '' } of Object.values(wrong)) {
        const keys = typeof key === 'string' ? [key] : key;
        await expectRefusedEverywhere(gateway, { authorization: keys.map((one) => `Bearer ${one}`) });
      }
    }
  });

  test('API keys of two clients in the two headers', async () => {
    const authorization = 'Bearer another-key-0123456789';
    await expectRefusedEverywhere(byKey, { 'x-api-key': KEY, authorization });
    await expectRefusedEverywhere(byEither, { 'x-api-key': KEY, authorization });
  });

  test('an invalid credential next to a valid one', async () => {
    const right = `Bearer ${await provider.token()}`;
    await expectRefusedEverywhere(byEither, { 'x-api-key': 'wrong', authorization: right });
    await expectRefusedEverywhere(byEither, { 'x-api-key': KEY, authorization: 'Bearer a.b.c' });
    await expectRefusedEverywhere(byEither, { 'x-api-key': KEY, authorization: 'Basic eDp5' });
    await expectRefusedEverywhere(byEither, { 'x-api-key': KEY, authorization: [right, right] });
  });
});

describe('a client with a valid credential', () => {
  test.each([
    ['a key', () => byKey, async () => ({ 'x-api-key': KEY }), 'web'],
    ['another key', () => byKey, async () => ({ 'x-api-key': 'another-key-0123456789' }), 'batch'],
    ['a key under an upper-case name', () => byKey, async () => ({ 'X-API-Key': KEY }), 'web'],
    [
      'a token',
      () => byToken,
      async () => ({ authorization: `Bearer ${await provider.token()}` }),
      'token:sub:somebody',
    ],
    ['a key where tokens are taken too', () => byEither, async () => ({ 'x-api-key': KEY }), 'web'],
    [
      'a token where keys are taken too',
      () => byEither,
      async () => ({ authorization: `Bearer ${await provider.token()}` }),
      'token:sub:somebody',
    ],
    [
      'both',
      () => byEither,
      async () => ({ 'x-api-key': KEY, authorization: `Bearer ${await provider.token()}` }),
      'web',
    ],
    ['a key as a bearer', () => byKey, async () => ({ authorization: `Bearer ${KEY}` }), 'web'],
    [
      'a key as a bearer, the scheme in another case',
      () => byKey,
      async () => ({ authorization: `bEARER  ${KEY}` }),
      'web',
    ],
    [
      'a key as a bearer where tokens are taken too',
      () => byEither,
      async () => ({ authorization: `Bearer ${KEY}` }),
      'web',
    ],
    [
      'the same key in both headers',
      () => byEither,
      async () => ({ 'x-api-key': KEY, authorization: `Bearer ${KEY}` }),
      'web',
    ],
    [
      'a key, and a bearer for a proxy on the way',
      () => byKey,
      async () => ({ 'x-api-key': KEY, authorization: 'Bearer a.b.c' }),
      'web',
    ],
    [
      'a key, and something else for a proxy on the way',
      () => byKey,
      async () => ({ 'x-api-key': KEY, authorization: 'Basic eDp5' }),
      'web',
    ],
  ] as const)('is admitted with %s', async (_, gateway, credential, client) => {
    const { origin, emulator, logged } = gateway();
    logged.length = 0;
    const calls = emulator.calls.length;
    const headers = await credential();
    for (let time = 0; time < 2; time++) {
      const answer = await askJobs(origin, headers);
      expect(answer.status).toBe(200);
      expect(JSON.parse(answer.text).data.customizedVoiceJobs.nodes).toHaveLength(2);
    }
    expect(emulator.calls).toHaveLength(calls + 2);
    const metrics = await call(`${origin}/metrics`, { headers });
    expect(metrics.text).toContain(
      `voicejobs_http_requests_total{path="/graphql",status="200",client="${client}"}`,
    );
    await expect
      .poll(() => logged.filter(({ msg }) => msg === 'request').map((line) => line.client))
      .toEqual([client, client, client]);
  });

  test('is admitted at /subgraph', async () => {
    const body = JSON.stringify({ query: '{ _service { sdl } }' });
    const sent = { method: 'POST', body, headers: { 'content-type': 'application/json', 'x-api-key': KEY } };
    expect(JSON.parse((await call(`${byKey.origin}/subgraph`, sent)).text).data._service.sdl).toContain(
      '@key',
    );
  });
});

describe('without a credential', () => {
  test.each(['/health', '/ready'])('%s is open', async (path) => {
    expect((await call(byEither.origin + path)).status).toBe(200);
  });

  test('an unknown path gets 404', async () => {
    expect((await call(`${byEither.origin}/nowhere`)).status).toBe(404);
  });

  test('the page of GraphiQL and its files are open', async () => {
    const page = await call(`${byEither.origin}/graphql`, { headers: { accept: 'text/html' } });
    expect(page.status).toBe(200);
    const [file] = /graphiql\/boot\.\w+\.js/.exec(page.text) ?? [];
    expect((await call(`${byEither.origin}/${file}`)).status).toBe(200);
  });

  test('a query is rejected even if it accepts text/html', async () => {
    const query = `?query=${encodeURIComponent(JOBS)}`;
    const html = { accept: 'text/html' };
    const calls = byKey.emulator.calls.length;
    for (const method of ['POST', 'PUT', 'OPTIONS'])
      expect((await call(`${byKey.origin}/graphql${query}`, { method, headers: html })).status).toBe(401);
    for (const path of ['/subgraph', '/metrics'])
      expect((await call(`${byKey.origin}${path}${query}`, { headers: html })).status).toBe(401);
    const page = await call(`${byKey.origin}/graphql${query}`, { headers: html });
    expect(page.headers['content-type']).toContain('text/html');
    expect(byKey.emulator.calls).toHaveLength(calls);
  });

  test('the page is rejected if GraphiQL is off', async () => {
    const auth = { apiKeys: [hashApiKey('web', KEY)], jwt: undefined };
    await using closed = await startGateway({ gateway: { auth, graphiql: false } });
    expect((await call(`${closed.origin}/graphql`, { headers: { accept: 'text/html' } })).status).toBe(401);
  });
});

describe('a 401 rejection', () => {
  const refusal = async (gateway: GatewayUnderTest, headers: Call['headers']) => {
    const { text, headers: answered } = await askJobs(gateway.origin, headers);
    return [JSON.parse(text).errors[0].message, answered['www-authenticate']];
  };
  const BY_KEY = 'Send an API key as `x-api-key` or as `authorization: Bearer`.';
  const BY_TOKEN = 'Send a token as `authorization: Bearer`.';
  const BY_EITHER =
    'Send an API key as `x-api-key` or as `authorization: Bearer` or a token as `authorization: Bearer`.';

  test('names the accepted kinds of credentials, and no more', async () => {
    expect(await refusal(byKey, {})).toEqual([`Missing credential. ${BY_KEY}`, 'ApiKey realm="voice-jobs"']);
    expect(await refusal(byToken, {})).toEqual([
      `Missing credential. ${BY_TOKEN}`,
      'Bearer realm="voice-jobs"',
    ]);
    expect(await refusal(byEither, {})).toEqual([
      `Missing credential. ${BY_EITHER}`,
      'Bearer realm="voice-jobs", ApiKey realm="voice-jobs"',
    ]);
  });

  test('is the same for every wrong API key', async () => {
    const { 'no credential': _, ...wrong } = badKeys(KEY);
    for (const headers of Object.values(wrong))
      expect(await refusal(byKey, headers)).toEqual([
        `Invalid credential. ${BY_KEY}`,
        'ApiKey realm="voice-jobs"',
      ]);
  });

  test('is the same for every invalid token, as RFC 6750 defines', async () => {
    for (const headers of Object.values(await badTokens(provider)))
      expect(await refusal(byToken, headers)).toEqual([
        `Invalid credential. ${BY_TOKEN}`,
        'Bearer realm="voice-jobs", error="invalid_token"',
      ]);
  });

  test('logs the reason, and never what was sent', async () => {
    byEither.logged.length = 0;
    const expired = await provider.token({ exp: 1_700_000_000 });
    const sent = ['guess-of-a-key-0123456789', expired, `Basic ${'c2VjcmV0'}`];
    await askJobs(byEither.origin, { 'x-api-key': sent[0] as string });
    await askJobs(byEither.origin, { authorization: `Bearer ${sent[1]}` });
    await askJobs(byEither.origin, { authorization: sent[2] as string });
    await expect
      .poll(() => byEither.logged.map(({ refused }) => refused))
      .toEqual([
        'unknown key',
        'exp: expected a time in the future',
        'authorization: expected the scheme Bearer and a token',
      ]);
    const text = JSON.stringify(byEither.logged);
    for (const secret of sent) expect(text).not.toContain(secret.slice(-12));
  });
});

describe('the body of a rejected request', () => {
  test('is not awaited before the response', async () => {
    const { hostname, port } = new URL(byKey.origin);
    const socket = connect(Number(port), hostname);
    socket.write('POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000\r\n\r\n');
    const answer = await new Promise<string>((resolve) =>
      socket.once('data', (data) => resolve(String(data))),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(answer).toMatch(/\r\nconnection: close\r\n/i);
    socket.destroy();
  });

  test('does not close the connection if it is short', async () => {
    const { hostname, port } = new URL(byKey.origin);
    const socket = connect(Number(port), hostname);
    let answers = '';
    socket.on('data', (data) => {
      answers += data;
    });
    const post = (key: string) =>
      socket.write(
        `POST /graphql HTTP/1.1\r\nhost: localhost\r\nx-api-key: ${key}\r\ncontent-type: application/json\r\ncontent-length: ${JOBS_BODY.length}\r\n\r\n${JOBS_BODY}`,
      );
    post('wrong');
    await expect.poll(() => answers).toContain(' 401 ');
    post(KEY);
    await expect.poll(() => answers).toContain(' 200 ');
    socket.destroy();
  });
});

describe('oversized request headers', () => {
  test('a token beyond the maximum header size gets 431', async () => {
    const { status } = await askJobs(byToken.origin, { authorization: `Bearer ${'x'.repeat(17_000)}` });
    expect(status).toBe(431);
  });

  test('a credential among more than a hundred headers is not accepted', async () => {
    const headers = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-${index}`, '1']));
    expect((await askJobs(byKey.origin, { ...headers(90), 'x-api-key': KEY })).status).toBe(200);
    const { status } = await askJobs(byKey.origin, { ...headers(110), 'x-api-key': KEY });
    // Newer versions of Node reject such a request; older ones drop the headers after the hundredth.
    expect([401, 431]).toContain(status);
  });
});

describe('while the identity provider is unavailable', () => {
  test('tokens get 503 and API keys are accepted; tokens are accepted again once it is back', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    await using newProvider = await startIdentityProvider();
    newProvider.misbehave((response) => response.writeHead(500).end());
    const auth = { apiKeys: [hashApiKey('web', KEY)], jwt: newProvider.options };
    await using gateway = await startGateway({ gateway: { auth } });
    const headers = { authorization: `Bearer ${await newProvider.token()}` };
    const away = await askJobs(gateway.origin, headers);
    expect(away.status).toBe(503);
    expect(away.headers['retry-after']).toBe('5');
    expect(JSON.parse(away.text)).toEqual({
      errors: [
        {
          message:
            'Tokens cannot be verified, because the identity provider is unavailable. Try again later.',
          extensions: { code: 'SERVICE_UNAVAILABLE' },
        },
      ],
    });
    expect(gateway.emulator.calls).toEqual([]);
    expect((await askJobs(gateway.origin, { 'x-api-key': KEY })).status).toBe(200);
    expect(gateway.logged).toContainEqual(
      expect.objectContaining({ msg: 'the JWKS of the identity provider is unavailable' }),
    );
    newProvider.misbehave(undefined);
    vi.setSystemTime(Date.now() + 5000);
    expect((await askJobs(gateway.origin, headers)).status).toBe(200);
  });
});
