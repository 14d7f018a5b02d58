import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import pino from 'pino';
import { generate } from 'selfsigned';
import { afterEach, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { RedisConnection } from '../../src/redis/redis-connection.ts';
import { Transport } from '../../src/upstream/transport.ts';
import { runGateway } from '../process/gateway-process.ts';

let identity: { readonly key: string; readonly cert: string };

beforeAll(async () => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  identity = { key, cert };
});

afterEach(() => {
  vi.unstubAllEnvs();
});

/** A TLS server with an untrusted certificate, and the bytes that it received after the handshake. */
async function startImpostor() {
  const impostor = { port: 0, handshakes: 0, received: '' };
  const server = createServer(identity, (socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      impostor.received += bytes.toString('latin1');
    });
  });
  server.on('connection', () => impostor.handshakes++);
  server.on('tlsClientError', () => {});
  server.listen(0, 'localhost');
  await once(server, 'listening');
  impostor.port = (server.address() as AddressInfo).port;
  onTestFinished(() => void server.close());
  return impostor;
}

test('a process with NODE_TLS_REJECT_UNAUTHORIZED=0 sends nothing to servers with self-signed certificates, and logs a warning', async () => {
  const [upstream, redis, provider] = [await startImpostor(), await startImpostor(), await startImpostor()];
  await using gateway = runGateway({
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
    ALIBABA_CLOUD_ACCESS_KEY_ID: 'key-of-the-account',
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'secret-of-the-account',
    IMS_ENDPOINT: `https://localhost:${upstream.port}`,
    REDIS_URL: `rediss://:password-of-redis@localhost:${redis.port}`,
    AUTH_API_KEYS: 'web:key-of-the-web-client-1',
    AUTH_JWKS_URL: `https://localhost:${provider.port}/keys`,
    AUTH_JWT_ISSUER: 'issuer',
    AUTH_JWT_AUDIENCE: 'audience',
  });
  const origin = await gateway.origin;
  const ask = (headers: Record<string, string>) =>
    fetch(`${origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query: '{ customizedVoiceJobs { totalCount } }' }),
    });
  const answer = await ask({ 'x-api-key': 'key-of-the-web-client-1' });
  expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'UPSTREAM_UNAVAILABLE' } }] });
  // Wrong claims would be rejected before the keys of the provider are requested.
  const claims = { iss: 'issuer', aud: 'audience', exp: Math.floor(Date.now() / 1000) + 3600 };
  const encoded = ['{"alg":"RS256","kid":"1"}', JSON.stringify(claims), 'x'].map((part) =>
    Buffer.from(part).toString('base64url'),
  );
  expect((await ask({ authorization: `Bearer ${encoded.join('.')}` })).status).toBe(503);
  await expect.poll(() => redis.handshakes).toBeGreaterThan(0);
  for (const { handshakes, received } of [upstream, redis, provider]) {
    expect(handshakes).toBeGreaterThan(0);
    expect(received).toBe('');
  }
  const warnings = gateway.output.stdout
    .split('\n')
    .filter((line) => line.includes('NODE_TLS_REJECT_UNAUTHORIZED=0 is ignored'));
  expect(warnings).toHaveLength(1);
});

test('a process with NODE_TLS_REJECT_UNAUTHORIZED=0 accepts no credentials from a server with a self-signed certificate', async () => {
  const source = await startImpostor();
  await using gateway = runGateway({
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
    ALIBABA_CLOUD_CREDENTIALS_URI: `https://localhost:${source.port}/credentials`,
  });
  await gateway.origin;
  await expect.poll(() => gateway.output.stdout, { timeout: 10_000 }).toContain('no credentials found');
  expect(source.handshakes).toBeGreaterThan(0);
  expect(source.received).toBe('');
});

test('an embedded gateway verifies the upstream although the program has set NODE_TLS_REJECT_UNAUTHORIZED=0', async () => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  const upstream = await startImpostor();
  const transport = new Transport({
    origin: `https://localhost:${upstream.port}`,
    proxy: undefined,
    maxConnections: 1,
    maxBodyBytes: 1000,
    connectTimeoutMs: 5000,
  });
  onTestFinished(() => transport.close());
  const request = {
    method: 'POST',
    path: '/',
    headers: { host: 'localhost', authorization: 'signed' },
  } as const;
  const error = await new Promise((resolve) => transport.send(request, resolve, resolve));
  expect(error).toMatchObject({ kind: 'broken', message: expect.stringMatching(/SELF_SIGNED/) });
  expect(upstream.received).toBe('');
});

test.each([
  ['a single Redis', (port: number) => `rediss://:password@localhost:${port}`],
  ['a cluster', (port: number) => `rediss+cluster://:password@localhost:${port}`],
  ['Sentinels', (port: number) => `rediss+sentinel://:password@localhost:${port}/mymaster`],
])(
  'an embedded gateway verifies %s although the program has set NODE_TLS_REJECT_UNAUTHORIZED=0',
  async (_title, url) => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const impostor = await startImpostor();
    const redis = new RedisConnection(url(impostor.port), pino({ level: 'silent' }));
    onTestFinished(() => redis.close());
    await expect.poll(() => impostor.handshakes).toBeGreaterThan(1);
    expect(impostor.received).toBe('');
    expect(redis.state).toBe('down');
  },
);
