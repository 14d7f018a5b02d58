import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { digestOf } from '../../src/auth/api-key.ts';
import { admitted } from '../../src/auth/auth-result.ts';
import { type Authenticator, createAuthenticator, TokenCache } from '../../src/auth/authenticator.ts';
import { KEYS_FRESH_MS, MAX_KEY_AGE_MS, RETRY_PAUSE_MS, UNKNOWN_KEY_PAUSE_MS } from '../../src/auth/jwks.ts';
import type { JwtOptions } from '../../src/auth/jwt.ts';
import { ALGORITHMS, CLOCK_TOLERANCE_S } from '../../src/auth/jwt.ts';
import type { EpochMs } from '../../src/clock.ts';
import { USER_AGENT } from '../../src/version.ts';
import { startGateway } from '../gateway-under-test.ts';
import { type IdentityProvider, makeKey, startIdentityProvider } from './identity-provider.ts';

let provider: IdentityProvider;
let authenticator: Authenticator;
let away: string[];

beforeEach(async () => {
  // Only the wall clock is fake; sockets and timers run on real time.
  vi.useFakeTimers({ toFake: ['Date'] });
  provider = await startIdentityProvider();
  authenticator = authenticatorOf(provider);
});
afterEach(async () => {
  vi.useRealTimers();
  await provider[Symbol.asyncDispose]();
});

function authenticatorOf(
  { options }: IdentityProvider,
  jwksTimeoutMs = 2000,
  others: Partial<JwtOptions> = {},
): Authenticator {
  // A list of its own: an earlier authenticator may still report a failure.
  const reasons: string[] = [];
  away = reasons;
  const made = createAuthenticator(
    { apiKeys: [], jwt: { ...options, ...others } },
    { jwksTimeoutMs, onJwksUnavailable: (reason) => reasons.push(reason) },
  );
  if (made === undefined) throw new Error('nobody would be asked');
  return made;
}

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);
const check = (token: string) => authenticator.check({ apiKey: undefined, authorization: `Bearer ${token}` });
/** The client name, or the reason of the rejection. */
const outcome = async (token: string) => {
  const { client, failure } = await check(token);
  return client?.name ?? failure?.kind;
};

describe('token verification', () => {
  const ways = ALGORITHMS.map((alg) => [alg, alg === 'Ed25519' ? 'EdDSA' : alg] as const);

  test.each(ways)('accepts a token signed with %s', async (alg) => {
    const key = await makeKey('other', alg);
    provider.shown.set('other', key);
    expect(await outcome(await provider.token({}, key))).toBe('token:sub:somebody');
  });

  test('rejects every token signed with a shared secret, whatever keys the JWKS contains', () => {
    expect(ALGORITHMS.filter((alg) => !/^(RS|PS|ES)(256|384|512)$|^Ed/.test(alg))).toEqual([]);
  });

  test('accepts a token with several audiences', async () => {
    expect(await outcome(await provider.token({ aud: ['billing', 'voice-jobs'] }))).toBe(
      'token:sub:somebody',
    );
  });

  test('accepts the scheme Bearer in any case', async () => {
    const token = await provider.token();
    for (const scheme of ['bearer', 'BEARER', 'Bearer '])
      expect(
        (await authenticator.check({ apiKey: undefined, authorization: `${scheme} ${token}` })).failure,
      ).toBeUndefined();
  });

  test(`tolerates a clock skew of ${CLOCK_TOLERANCE_S} s`, async () => {
    const now = Math.floor(Date.now() / 1000);
    expect(await outcome(await provider.token({ exp: now - CLOCK_TOLERANCE_S + 1 }))).toBe(
      'token:sub:somebody',
    );
    expect(await outcome(await provider.token({ exp: now - CLOCK_TOLERANCE_S }))).toBe('token');
    expect(await outcome(await provider.token({ nbf: now + CLOCK_TOLERANCE_S }))).toBe('token:sub:somebody');
    expect(await outcome(await provider.token({ nbf: now + CLOCK_TOLERANCE_S + 1 }))).toBe('token');
  });
});

describe('the log of a rejected token names the failed claim and the expected value', () => {
  const now = () => Math.floor(Date.now() / 1000);
  const reasonOf = async (token: string) => (await check(token)).failure?.reason;
  const claims: [string, Record<string, unknown>, string | RegExp][] = [
    ['another issuer', { iss: 'https://other.example' }, /^iss: expected "http:\/\/127\.0\.0\.1:\d+"$/],
    ['no issuer', { iss: undefined }, /^iss: missing, expected "http:/],
    ['another audience', { aud: 'billing' }, 'aud: expected "voice-jobs"'],
    ['no audience', { aud: undefined }, 'aud: missing, expected "voice-jobs"'],
    ['an expiry that has passed', { exp: 1_700_000_000 }, 'exp: expected a time in the future'],
    ['no expiry', { exp: undefined }, 'exp: missing, expected a time in seconds'],
    ['an expiry that is a string', { exp: '2099-01-01' }, 'exp: expected a time in seconds'],
    ['an nbf in the future', { nbf: 4_000_000_000 }, 'nbf: expected a time in the past'],
    ['an nbf that is a string', { nbf: 'now' }, 'nbf: expected a time in seconds'],
  ];

  test.each(claims)('for %s', async (_, changed, reason) => {
    const token = await provider.token(changed);
    expect(await reasonOf(token)).toMatch(reason);
    for (const part of token.split('.')) expect(await reasonOf(token)).not.toContain(part);
  });

  test('for an algorithm that is not allowed', async () => {
    const [, payload] = (await provider.token()).split('.');
    const header = Buffer.from('{"alg":"HS256"}').toString('base64url');
    expect(await reasonOf(`${header}.${payload}.c2lnbmF0dXJl`)).toBe(
      `alg: expected one of ${ALGORITHMS.join(', ')}`,
    );
  });

  test('for a key id that the JWKS lacks', async () => {
    const stranger = await makeKey('stranger');
    expect(await reasonOf(await provider.token({}, stranger))).toBe(
      'kid: expected the id of a JWKS key for this alg',
    );
  });

  test('for a signature by another key', async () => {
    const impostor = await makeKey('first');
    expect(await reasonOf(await provider.token({}, impostor))).toBe(
      'signature: expected one by the JWKS key of this kid',
    );
  });

  test('for an audience when several are configured', async () => {
    authenticator = authenticatorOf(provider, 2000, { audiences: ['voice-jobs', 'api://voice'] });
    expect(await reasonOf(await provider.token({ aud: 'billing', exp: now() + 60 }))).toBe(
      'aud: expected one of "voice-jobs", "api://voice"',
    );
  });
});

test('a token for any one of several configured audiences is accepted', async () => {
  authenticator = authenticatorOf(provider, 2000, { audiences: ['api://voice', 'voice-jobs'] });
  for (const aud of ['voice-jobs', 'api://voice', ['billing', 'api://voice']])
    expect(await outcome(await provider.token({ aud }))).toBe('token:sub:somebody');
  for (const aud of ['billing', [], '', null, 7])
    expect(await outcome(await provider.token({ aud }))).toBe('token');
});

describe('a token without an audience', () => {
  const withoutAudience = (claims: Record<string, unknown>) => provider.token({ aud: undefined, ...claims });

  test('is rejected unless client ids are configured', async () => {
    expect(await outcome(await withoutAudience({ client_id: 'web-app' }))).toBe('token');
  });

  test.each([
    [{ client_id: 'web-app' }, 'token:client_id:web-app'],
    [{ azp: 'batch' }, 'token:azp:batch'],
    [{ client_id: 'web-app', azp: 'batch' }, 'token:azp:batch'],
    [{ client_id: 'web-app', azp: 'other' }, 'token'],
    [{ client_id: 'other', azp: 'batch' }, 'token'],
    [{ client_id: 'other' }, 'token'],
    [{ client_id: '' }, 'token'],
    [{ client_id: ['web-app'] }, 'token'],
    [{ azp: null, client_id: 'web-app' }, 'token'],
    [{}, 'token'],
  ])('with configured client ids and the claims %j is %s', async (claims, expected) => {
    authenticator = authenticatorOf(provider, 2000, { clientIds: ['web-app', 'batch'] });
    expect(await outcome(await withoutAudience(claims))).toBe(expected);
  });

  test('is rejected, and the log names the claim and the configured client ids', async () => {
    authenticator = authenticatorOf(provider, 2000, { clientIds: ['web-app', 'batch'] });
    const reasonOf = async (claims: Record<string, unknown>) =>
      (await check(await withoutAudience(claims))).failure?.reason;
    const expected = 'expected one of "web-app", "batch", because there is no aud';
    expect(await reasonOf({ client_id: 'other' })).toBe(`client_id: ${expected}`);
    expect(await reasonOf({ azp: 'other' })).toBe(`azp: ${expected}`);
    expect(await reasonOf({})).toBe(`client_id: ${expected}`);
  });
});

test('configured client ids do not admit a token for another audience', async () => {
  authenticator = authenticatorOf(provider, 2000, { clientIds: ['web-app'] });
  expect(await outcome(await provider.token({ aud: 'billing', client_id: 'web-app' }))).toBe('token');
  authenticator = authenticatorOf(provider, 2000, { clientIds: ['web-app'], audiences: [] });
  const token = await provider.token({ aud: 'billing', client_id: 'web-app' });
  expect((await check(token)).failure?.reason).toBe(
    'aud: expected none, because AUTH_JWT_AUDIENCE is not set',
  );
});

describe('the display name of a token’s client', () => {
  test.each([
    [{ azp: 'app', client_id: 'id', sub: 'user' }, /^token:azp:app$/],
    [{ client_id: 'id', sub: 'user' }, /^token:client_id:id$/],
    [{ azp: '', client_id: 7, sub: 'auth0|user@x.org' }, /^token:sub:auth0\|user@x\.org$/],
    [{ sub: 'web' }, /^token:sub:web$/],
    [{ sub: 'a b\n"c"\u0000é' }, /^token:sub:abc~[0-9a-f]{8}$/],
    [{ sub: 'x'.repeat(80) }, /^token:sub:x{64}~[0-9a-f]{8}$/],
    [{ sub: '客户' }, /^token:sub:~[0-9a-f]{8}$/],
    [{ sub: undefined }, /^token:~unnamed$/],
  ])('of the claims %j matches %s', async (claims, name) => {
    expect(await outcome(await provider.token(claims))).toMatch(name);
  });
});

describe('TokenCache', () => {
  test('accepts a cached token synchronously, without reading the keys again', async () => {
    const token = await provider.token();
    expect(check(token)).toBeInstanceOf(Promise);
    await check(token);
    expect(check(token)).not.toBeInstanceOf(Promise);
    expect(provider.reads).toBe(1);
  });

  test('rejects a cached token once it has expired', async () => {
    const token = await provider.token({ exp: Math.floor(Date.now() / 1000) + 20 });
    expect(await outcome(token)).toBe('token:sub:somebody');
    pass(19_000);
    expect(check(token)).not.toBeInstanceOf(Promise);
    pass(1000 + 1000 * CLOCK_TOLERANCE_S);
    expect(await outcome(token)).toBe('token');
  });

  test('does not cache rejections', async () => {
    const token = await provider.token({ iss: 'other' });
    await check(token);
    expect(check(token)).toBeInstanceOf(Promise);
  });

  test('caches a result no longer than the keys that verified it', async () => {
    const [early, later] = [await provider.token({ jti: '1' }), await provider.token({ jti: '2' })];
    await check(early);
    pass(KEYS_FRESH_MS - 1000);
    await check(later);
    provider.shown.clear();
    expect(await outcome(later)).toBe('token:sub:somebody');
    pass(1000);
    expect(await outcome(later)).toBe('token');
    expect(await outcome(early)).toBe('token');
  });
});

test('a failure to load the token verifier rejects the token as unchecked, and the next token retries', async () => {
  let loads = 0;
  const tokens = new TokenCache(async () => {
    if (loads++ === 0) throw new Error('EMFILE');
    return { verify: async () => ({ result: admitted(undefined), until: 0 as EpochMs }), close: () => {} };
  });
  const checkToken = () => tokens.check('a.b.c', digestOf('a.b.c'), undefined);
  expect((await checkToken()).failure?.kind).toBe('unchecked');
  expect((await checkToken()).failure).toBeUndefined();
});

describe('JWKS refresh', () => {
  test('finds a rotated key when the first token signed with it arrives', async () => {
    await check(await provider.token());
    pass(UNKNOWN_KEY_PAUSE_MS);
    const second = await makeKey('second');
    provider.shown.set('second', second);
    expect(await outcome(await provider.token({}, second))).toBe('token:sub:somebody');
    expect(await outcome(await provider.token())).toBe('token:sub:somebody');
    expect(provider.reads).toBe(2);
  });

  test('limits how often unknown key ids cause a read of the JWKS', async () => {
    const unknown = await makeKey('unknown');
    const attempts = () =>
      Promise.all(
        Array.from({ length: 20 }, async (_, index) =>
          outcome(await provider.token({}, unknown, { kid: `k${index}` })),
        ),
      );
    expect(new Set(await attempts())).toEqual(new Set(['token']));
    expect(provider.reads).toBe(1);
    pass(UNKNOWN_KEY_PAUSE_MS);
    await attempts();
    await attempts();
    expect(provider.reads).toBe(2);
  });

  test('reads the JWKS once for many concurrent first tokens', async () => {
    const tokens = await Promise.all(
      Array.from({ length: 20 }, (_, jti) => provider.token({ jti: `${jti}` })),
    );
    expect(new Set(await Promise.all(tokens.map(outcome)))).toEqual(new Set(['token:sub:somebody']));
    expect(provider.reads).toBe(1);
  });

  test('accepts a token without a key id if the JWKS has one key, and rejects it if several keys match', async () => {
    expect(await outcome(await provider.token({}, undefined, { kid: undefined as never }))).toBe(
      'token:sub:somebody',
    );
    provider.shown.set('second', await makeKey('second'));
    pass(KEYS_FRESH_MS);
    expect(await outcome(await provider.token({}, undefined, { kid: undefined as never }))).toBe('token');
  });
});

test('sends the gateway’s user-agent with the JWKS request and accepts compression', async () => {
  const seen: unknown[] = [];
  provider.misbehave((response) => {
    seen.push(response.req.headers['user-agent']);
    const keys = [...provider.shown.values()].map(({ publicJwk }) => publicJwk);
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(JSON.stringify({ keys })));
  });
  expect((await check(await provider.token())).failure).toBeUndefined();
  expect(seen).toEqual([USER_AGENT]);
});

test('rejects a JWKS that decompresses without end', async () => {
  provider.misbehave((response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(20_000_000, ' '))),
  );
  expect(await outcome(await provider.token())).toBe('unchecked');
  expect(away).toEqual(['more than 1048576 bytes in the body']);
});

describe('JWKS outage', () => {
  const WAYS = {
    'a status 500': (response) => response.writeHead(500).end('{}'),
    'an HTML response': (response) => response.end('<html>'),
    'a JWKS without keys': (response) => response.end('{"keys":7}'),
    'sends elsewhere': (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    'a closed connection': (response) => response.destroy(),
    'no response': () => {},
    'a response that never ends': (response) => response.write('{"keys":['),
  } satisfies Record<string, Parameters<IdentityProvider['misbehave']>[0]>;

  test.each(Object.entries(WAYS))(
    'with %s: rejects every token until the JWKS was read once',
    async (_, answer) => {
      authenticator = authenticatorOf(provider, 100);
      provider.misbehave(answer);
      const token = await provider.token();
      expect(await outcome(token)).toBe('unchecked');
      expect(away).toHaveLength(1);
      expect(away[0]).not.toContain('127.0.0.1');
      provider.misbehave(undefined);
      pass(RETRY_PAUSE_MS);
      expect(await outcome(token)).toBe('token:sub:somebody');
    },
  );

  test.each(Object.entries(WAYS))('with %s: keeps accepting tokens by the cached keys', async (_, answer) => {
    authenticator = authenticatorOf(provider, 100);
    expect(await outcome(await provider.token())).toBe('token:sub:somebody');
    provider.misbehave(answer);
    pass(KEYS_FRESH_MS);
    for (let minute = 0; minute < 3; minute++) {
      expect(await outcome(await provider.token())).toBe('token:sub:somebody');
      pass(KEYS_FRESH_MS);
    }
    expect(await outcome(await provider.token({ iss: 'other' }))).toBe('token');
  });

  test('does not delay tokens of cached keys', async () => {
    await check(await provider.token());
    provider.misbehave((response) => response.destroy());
    pass(KEYS_FRESH_MS);
    await check(await provider.token());
    let held: (() => void) | undefined;
    provider.misbehave((response) => {
      held = () => response.destroy();
    });
    pass(RETRY_PAUSE_MS);
    expect(away).toHaveLength(1);
    expect(await outcome(await provider.token())).toBe('token:sub:somebody');
    await expect.poll(() => held).toBeDefined();
    // The second attempt has not failed yet.
    expect(away).toHaveLength(1);
    held?.();
  });

  test('reads the JWKS once per pause, however many tokens arrive', async () => {
    provider.misbehave((response) => response.writeHead(500).end());
    const token = await provider.token();
    for (let asked = 0; asked < 20; asked++) expect(await outcome(token)).toBe('unchecked');
    expect(provider.reads).toBe(1);
    pass(RETRY_PAUSE_MS);
    await Promise.all(Array.from({ length: 20 }, () => check(token)));
    expect(provider.reads).toBe(2);
  });

  test('answers 503 rather than 401 for an unknown key id', async () => {
    await check(await provider.token());
    const second = await makeKey('second');
    provider.shown.set('second', second);
    provider.misbehave((response) => response.writeHead(503).end());
    pass(UNKNOWN_KEY_PAUSE_MS);
    const token = await provider.token({}, second);
    expect(await outcome(token)).toBe('unchecked');
    provider.misbehave(undefined);
    pass(RETRY_PAUSE_MS);
    await expect.poll(() => outcome(token)).toBe('token:sub:somebody');
  });

  test('discards cached keys after one day', async () => {
    await check(await provider.token());
    provider.misbehave((response) => response.writeHead(500).end());
    pass(KEYS_FRESH_MS);
    expect(await outcome(await provider.token())).toBe('token:sub:somebody');
    pass(MAX_KEY_AGE_MS);
    expect(await outcome(await provider.token())).toBe('unchecked');
  });
});

describe('shutdown', () => {
  test('closes the connection to the identity provider', async () => {
    const gateway = await startGateway({ gateway: { auth: { apiKeys: [], jwt: provider.options } } });
    const headers = {
      'content-type': 'application/json',
      authorization: `Bearer ${await provider.token()}`,
    };
    const answer = await gateway.ask('{ __typename }', {}, { headers });
    expect(answer.data).toEqual({ __typename: 'Query' });
    expect(provider.open).toBe(1);
    await gateway[Symbol.asyncDispose]();
    await expect.poll(() => provider.open).toBe(0);
  });

  test('does not report a JWKS read that the shutdown aborted as a failure of the provider', async () => {
    provider.misbehave(() => {});
    authenticator = authenticatorOf(provider, 600_000);
    const failure = outcome(await provider.token());
    await expect.poll(() => provider.reads).toBe(1);
    await authenticator.close();
    expect(await failure).toBe('unchecked');
    expect(away).toEqual([]);
  });

  test('closes an authenticator that verified no token, and one that failed to load the verifier', async () => {
    await authenticatorOf(provider).close();
    const tokens = new TokenCache(() => Promise.reject(new Error('EMFILE')));
    const check = tokens.check('a.b.c', digestOf('a.b.c'), undefined);
    await tokens.close();
    expect((await check).failure?.kind).toBe('unchecked');
  });
});
