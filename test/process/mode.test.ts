import { networkInterfaces } from 'node:os';
import { describe, expect, test } from 'vitest';
import { askJobs } from '../server/call.ts';
import { runGateway } from './gateway-process.ts';

const KEY = 'kR3f0qX9vT2mB7wLz5pJ';

const linesOf = (stdout: string): Record<string, unknown>[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('the log line "listening"', () => {
  test('contains authentication, interfaces and limits, but no secret', async () => {
    await using gateway = runGateway({
      NODE_ENV: 'production',
      IMS_UPSTREAM: 'emulator',
      AUTH_API_KEYS: `web:${KEY}`,
      AUTH_JWKS_URL: 'http://127.0.0.1:1/keys',
      AUTH_JWT_ISSUER: 'https://id.example.com',
      AUTH_JWT_AUDIENCE: 'voice-jobs',
      GRAPHIQL: 'on',
      CORS_ORIGINS: 'https://app.example.com',
      TRUSTED_HOSTS: '*.example.com',
      TRUSTED_DOCUMENTS: 'allow',
      LIMIT_REQUESTS_PER_MINUTE: '600',
    });
    await gateway.origin;
    expect(linesOf(gateway.output.stdout).find(({ msg }) => msg === 'listening')).toMatchObject({
      nodeEnv: 'production',
      authentication: 'API keys, tokens',
      introspection: 'off',
      graphiql: 'on',
      console: 'off',
      trustedDocuments: 'allow',
      corsOrigins: ['https://app.example.com'],
      trustedHosts: ['*.example.com'],
      limits: { bodyBytes: 100_000, requestsPerMinute: 600, depth: 12, complexity: 2500 },
    });
    expect(gateway.output.stdout).not.toContain(KEY);
  });

  test('says if authentication is off and everything is open', async () => {
    await using gateway = runGateway({ CONSOLE: 'off' });
    await gateway.origin;
    expect(linesOf(gateway.output.stdout).find(({ msg }) => msg === 'listening')).toMatchObject({
      nodeEnv: 'unset',
      authentication: 'none',
      introspection: 'on',
      graphiql: 'on',
      console: 'off',
      trustedDocuments: 'off',
      corsOrigins: [],
      trustedHosts: [],
      limits: { requestsPerMinute: 0 },
    });
  });
});

test('a misspelt variable is logged as a warning with its name, not its value', async () => {
  await using gateway = runGateway({
    GRAPHQIL: 'secret-value',
    HTTP_PORT: 'tcp://10.0.0.1:80',
    CONSOLE: 'off',
  });
  await gateway.origin;
  gateway.child.kill('SIGTERM');
  await gateway.ended;
  expect(linesOf(gateway.output.stdout).filter(({ level }) => level === 40)).toEqual([
    expect.objectContaining({
      name: 'GRAPHQIL',
      meant: 'GRAPHIQL',
      msg: 'unknown variable GRAPHQIL. Did you mean GRAPHIQL?',
    }),
  ]);
  expect(gateway.output.stdout + gateway.output.stderr).not.toContain('secret-value');
});

test.each([
  ['NODE_ENV', 'Production'],
  ['NODE_ENV', 'prod'],
  ['TRUSTED_DOCUMENT', 'only'],
  ['CORS_ORIGIN', 'https://app.example.com'],
])('a start with %s=%s ends with exit code 1 and names the variable', async (name, value) => {
  await using gateway = runGateway({ [name]: value });
  expect(await gateway.ended).toBe(1);
  expect(gateway.output.stderr).toMatch(
    new RegExp(`^Invalid configuration \\(1 problem\\):\\n {2}${name}: `),
  );
});

test('with AUTH_MODE=none on all interfaces, requests to own addresses and TRUSTED_HOSTS are served, others rejected', async () => {
  await using gateway = runGateway({
    HOST: '0.0.0.0',
    AUTH_MODE: 'none',
    TRUSTED_HOSTS: 'gateway',
    CONSOLE: 'off',
  });
  const { port } = new URL(await gateway.origin);
  const addresses = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter(({ family }) => family === 'IPv4')
    .map(({ address }) => address);
  expect(addresses).toContain('127.0.0.1');
  for (const address of addresses) {
    const origin = `http://${address}:${port}`;
    expect([address, (await askJobs(origin)).status]).toEqual([address, 200]);
    expect((await askJobs(origin, { host: `gateway:${port}` })).status).toBe(200);
    expect((await askJobs(origin, { host: 'evil.example' })).status).toBe(403);
  }
});
