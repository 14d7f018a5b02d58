import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../../emulator/emulator.ts';
import { type GatewayProcess, runGateway } from '../process/gateway-process.ts';
import { findSecrets, type Secret } from './find-secrets.ts';
import { secretsIn } from './secrets-in.ts';

const CREDENTIALS = {
  ALIBABA_CLOUD_ACCESS_KEY_ID: 'LTAI-serving-id',
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'serving/key+secret',
  ALIBABA_CLOUD_SECURITY_TOKEN: 'CAIS-serving-token==',
};
const KEYS = { AUTH_API_KEYS: 'web:web-key-of-this-test,batch:batch-key-of-this-test' };
const ISSUER = 'https://issuer.example';

async function listen(server: Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const { publicKey, privateKey } = await generateKeyPair('ES256');
const jwks = createServer(async (_, response) => {
  response.end(JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }] }));
});
const sign = (audience: string) =>
  new SignJWT({ azp: 'app' })
    .setProtectedHeader({ alg: 'ES256', kid: 'one' })
    .setIssuer(ISSUER)
    .setAudience(audience)
    .setExpirationTime('1h')
    .sign(privateKey);
const [token, elsewhere] = [await sign('voice-jobs'), await sign('another-service')];
const forged = `${token.slice(0, -10)}AAAAAAAAAA`;

/** Headers of callers, and whether they are admitted. */
const CALLERS: readonly (readonly [headers: Record<string, string>, isLetIn: boolean])[] = [
  [{ 'x-api-key': 'web-key-of-this-test' }, true],
  [{ authorization: `Bearer ${token}` }, true],
  [{ 'x-api-key': 'no-key-of-this-test' }, false],
  [{ authorization: `Bearer ${elsewhere}` }, false],
  [{ authorization: `Bearer ${forged}` }, false],
  [{ authorization: 'Basic bm8tdXNlcjpuby1wYXNzd29yZA==' }, false],
  [
    {
      'x-api-key': 'batch-key-of-this-test',
      authorization: `Bearer ${forged}`,
      cookie: 'session=no-session-of-anybody',
    },
    false,
  ],
];

/** Statuses of POST and GET for an admitted caller, by path. Otherwise protected paths return 401. */
const PATHS: readonly (readonly [path: string, post: number, get: number, isGuarded: boolean])[] = [
  ['/graphql', 200, 400, true],
  ['/subgraph', 200, 400, true],
  ['/metrics', 405, 200, true],
  ['/ready', 405, 200, false],
  ['/health', 405, 200, false],
  ['/nowhere', 404, 404, false],
  ['/graphiql/nothing', 404, 404, false],
];

const SECRETS: readonly Secret[] = [
  ...secretsIn({ ...CREDENTIALS, ...KEYS }),
  { name: 'a wrong key', value: 'no-key-of-this-test' },
  { name: 'a session', value: 'no-session-of-anybody' },
  { name: 'basic credentials', value: 'no-user:no-password' },
  ...[token, elsewhere, forged].flatMap((jwt, index) => [
    { name: `token ${index}`, value: jwt },
    { name: `signature of token ${index}`, value: jwt.slice(jwt.lastIndexOf('.') + 1) },
  ]),
];

const JOBS = '{ customizedVoiceJobs { totalCount nodes { jobId } } }';

let emulator: Emulator;
let gateway: GatewayProcess;
let origin: string;
/** All bytes that the gateway sent. */
let received = '';
beforeAll(async () => {
  emulator = await startEmulator({
    accessKeyId: CREDENTIALS.ALIBABA_CLOUD_ACCESS_KEY_ID,
    accessKeySecret: CREDENTIALS.ALIBABA_CLOUD_ACCESS_KEY_SECRET,
    securityToken: CREDENTIALS.ALIBABA_CLOUD_SECURITY_TOKEN,
  });
  gateway = runGateway({
    ...CREDENTIALS,
    ...KEYS,
    AUTH_JWKS_URL: `${await listen(jwks)}/jwks?token=token-of-the-jwks`,
    AUTH_JWT_ISSUER: ISSUER,
    AUTH_JWT_AUDIENCE: 'voice-jobs',
    IMS_ENDPOINT: emulator.endpoint,
    IMS_DEADLINE_MS: '300',
    CACHE_TTL_MS: '0',
    CACHE_STALE_IF_ERROR_MS: '0',
    LOG_LEVEL: 'trace',
  });
  origin = await gateway.origin;
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await emulator.close();
  jwks.close();
});

async function ask(path: string, init: RequestInit): Promise<number> {
  const response = await fetch(origin + path, init);
  const text = await response.text();
  received += `${JSON.stringify([...response.headers])}\n${text}\n`;
  return response.status;
}

const post = (headers: Record<string, string>, path = '/graphql') =>
  ask(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query: JOBS }),
  });

const expectNothing = () => {
  const { stdout, stderr } = gateway.output;
  expect(findSecrets(received, SECRETS)).toEqual([]);
  expect(findSecrets(stdout + stderr, [...SECRETS, { name: 'jwks', value: 'token-of-the-jwks' }])).toEqual(
    [],
  );
};

describe('a gateway that logs everything reveals no secret', () => {
  test('while it resolves its credentials', async () => {
    await expect.poll(() => ask('/ready', {})).toBe(200);
    expectNothing();
  });

  test('to callers with valid and invalid credentials of every kind, at every path', async () => {
    for (const [headers, isLetIn] of CALLERS)
      for (const [path, ofPost, ofGet, isGuarded] of PATHS) {
        const statuses = [await post(headers, path), await ask(path, { headers })];
        expect([path, statuses]).toEqual([path, isLetIn || !isGuarded ? [ofPost, ofGet] : [401, 401]]);
      }
    expect(await post({ 'x-api-key': 'web-key-of-this-test' })).toBe(200);
    expectNothing();
  });

  test('about credentials in unexpected places', async () => {
    const query = `api_key=web-key-of-this-test&x-api-key=web-key-of-this-test&access_token=${token}`;
    const key = { 'x-api-key': 'web-key-of-this-test' };
    expect(await ask(`/graphql?${query}`, {})).toBe(401);
    expect(await ask(`/graphql?${query}&query={__typename}`, { headers: key })).toBe(200);
    expect(await ask(`/metrics?${query}`, {})).toBe(401);
    expect(await ask('/metrics', { headers: { ...key, 'x-request-id': token } })).toBe(200);
    const wrong = { 'x-api-key': `web:${key['x-api-key']}`, 'x-forwarded-for': 'no-key-of-this-test' };
    expect(await post(wrong)).toBe(401);
    expectNothing();
  });

  test.each([
    ['resets connections', { kind: 'reset' }],
    ['answers HTML', { kind: 'html' }],
    ['does not take the signature', { kind: 'error', code: 'SignatureDoesNotMatch', status: 400 }],
    ['does not take the token', { kind: 'error', code: 'InvalidSecurityToken.Expired', status: 400 }],
    ['does not take the key', { kind: 'error', code: 'InvalidAccessKeyId.NotFound', status: 404 }],
    ['fails', { kind: 'error', code: 'InternalError', status: 500 }],
  ] as const)('while the upstream %s', async (_, fault) => {
    const lift = emulator.fault(fault);
    const before = gateway.output.stdout.length;
    const seen = received.length;
    expect(await post({ 'x-api-key': 'web-key-of-this-test' })).toBe(200);
    expect(received.slice(seen)).toMatch(/"code":"UPSTREAM_(UNAVAILABLE|DENIED)"/);
    lift();
    await expect.poll(() => gateway.output.stdout.slice(before)).toContain('upstream call failed');
    expectNothing();
  });

  test('in its metrics, which were scraped', async () => {
    expect(await ask('/metrics', { headers: { 'x-api-key': 'web-key-of-this-test' } })).toBe(200);
    expect(received).toContain('voicejobs_upstream_calls_total');
    expectNothing();
  });

  test('during shutdown', async () => {
    gateway.child.kill('SIGTERM');
    expect(await gateway.ended).toBe(0);
    expect(gateway.output.stdout).toContain('shutting down');
    expectNothing();
  });
});
