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

/** Headers of callers: let in, and not. */
const CALLERS: readonly Record<string, string>[] = [
  { 'x-api-key': 'web-key-of-this-test' },
  { authorization: `Bearer ${token}` },
  { 'x-api-key': 'no-key-of-this-test' },
  { authorization: `Bearer ${elsewhere}` },
  { authorization: `Bearer ${forged}` },
  { authorization: 'Basic bm8tdXNlcjpuby1wYXNzd29yZA==' },
  {
    'x-api-key': 'batch-key-of-this-test',
    authorization: `Bearer ${forged}`,
    cookie: 'session=no-session-of-anybody',
  },
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
/** All that came over the wire from the gateway. */
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

describe('a gateway that logs everything says no secret', () => {
  test('while it finds its credentials', async () => {
    await expect.poll(() => ask('/ready', {})).toBe(200);
    expectNothing();
  });

  test('to callers with credentials of every kind, right and wrong, at every path', async () => {
    for (const headers of CALLERS)
      for (const path of [
        '/graphql',
        '/subgraph',
        '/metrics',
        '/ready',
        '/health',
        '/nowhere',
        '/graphiql/nothing',
      ]) {
        await post(headers, path);
        await ask(path, { headers });
      }
    expect(await post({ 'x-api-key': 'web-key-of-this-test' })).toBe(200);
    expectNothing();
  });

  test('of credentials where they do not belong', async () => {
    const query = `api_key=web-key-of-this-test&x-api-key=web-key-of-this-test&access_token=${token}`;
    await ask(`/graphql?${query}`, {});
    await ask(`/graphql?${query}&query={__typename}`, { headers: { 'x-api-key': 'web-key-of-this-test' } });
    await ask(`/metrics?${query}`, {});
    await ask('/graphql', { headers: { 'x-api-key': 'web-key-of-this-test', 'x-request-id': `${token}` } });
    await post({ 'x-api-key': `web:web-key-of-this-test`, 'x-forwarded-for': 'no-key-of-this-test' });
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
    await post({ 'x-api-key': 'web-key-of-this-test' });
    lift();
    await expect.poll(() => gateway.output.stdout.slice(before)).toContain('upstream call failed');
    expectNothing();
  });

  test('in its metrics, which have been read', async () => {
    expect(await ask('/metrics', { headers: { 'x-api-key': 'web-key-of-this-test' } })).toBe(200);
    expect(received).toContain('upstream_calls_total');
    expectNothing();
  });

  test('when it is told to end', async () => {
    gateway.child.kill('SIGTERM');
    expect(await gateway.ended).toBe(0);
    expect(gateway.output.stdout).toContain('shutting down');
    expectNothing();
  });
});
