import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { startEmulator } from '../../emulator/emulator.ts';
import { runGateway } from './gateway-process.ts';

const ask = async (origin: string, query: string) => {
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  return { answer: await response.json(), upstream: response.headers.get('x-upstream') };
};

const TEN_JOBS = '{ customizedVoiceJobs { totalCount nodes { jobId } } }';

describe('a start without any configuration', () => {
  test('serves ten of 271 emulated jobs, says so, logs JSON lines, and exits with 0 on SIGTERM', async () => {
    await using gateway = runGateway({});
    const { answer, upstream } = await ask(await gateway.origin, TEN_JOBS);
    expect(answer.data.customizedVoiceJobs).toMatchObject({ totalCount: 271, nodes: { length: 10 } });
    expect(upstream).toBe('emulator');
    expect(gateway.output.stderr).toContain('GraphQL at http://127.0.0.1:');
    expect(gateway.output.stderr).toContain('the built-in emulator with sample jobs, not the real service');
    expect(gateway.output.stderr).toContain('ALIBABA_CLOUD_ACCESS_KEY_ID');

    gateway.child.kill('SIGTERM');
    expect(await gateway.ended).toBe(0);
    const lines = gateway.output.stdout.trim().split('\n');
    const messages = lines.map((line) => JSON.parse(line).msg);
    // A checkout without install scripts has no console, and reports that first.
    const expected = ['listening', 'request', 'shutting down'];
    expect(messages.filter((message) => !/^no console /.test(message))).toEqual(expected);
  });
});

describe('a start with an upstream', () => {
  test('signs every call with the credentials of the environment, each with a new nonce', async () => {
    const emulator = await startEmulator({
      accessKeyId: 'LTAI-test',
      accessKeySecret: 'kept-secret',
      securityToken: 'kept-token',
    });
    await using gateway = runGateway({
      IMS_ENDPOINT: emulator.endpoint,
      ALIBABA_CLOUD_ACCESS_KEY_ID: 'LTAI-test',
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'kept-secret',
      ALIBABA_CLOUD_SECURITY_TOKEN: 'kept-token',
      CACHE_TTL_MS: '0',
    });
    const origin = await gateway.origin;
    await expect.poll(async () => (await fetch(`${origin}/ready`)).status).toBe(200);
    const { answer, upstream } = await ask(origin, TEN_JOBS);
    expect(answer.data.customizedVoiceJobs.totalCount).toBe(271);
    expect(upstream).toBeNull();
    await Promise.all(Array.from({ length: 20 }, () => ask(origin, TEN_JOBS)));
    expect(emulator.calls.map(({ outcome }) => outcome)).toEqual(Array(21).fill('OK'));
    expect(new Set(emulator.calls.map(({ nonce }) => nonce)).size).toBe(21);
    await emulator.close();
    expect(gateway.output.stdout + gateway.output.stderr).not.toMatch(/kept-/);
  });

  test('is not ready without credentials, and reports the reason', async () => {
    await using gateway = runGateway({ IMS_UPSTREAM: 'alibaba' });
    const origin = await gateway.origin;
    await expect
      .poll(async () => (await fetch(`${origin}/ready`)).json())
      .toMatchObject({ status: 'not ready', reason: 'no credentials found', upstream: { kind: 'alibaba' } });
    expect((await fetch(`${origin}/health`)).status).toBe(200);
    const { answer } = await ask(origin, TEN_JOBS);
    expect(answer.errors[0].extensions.code).toBe('UPSTREAM_DENIED');
    // The upstream was not called, so the log does not blame it.
    const lines = gateway.output.stdout.split('\n').filter((line) => line.includes('no credentials found'));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      expect(JSON.parse(line).err.message).toMatch(/^the credential chain found no credentials: /);
      expect(line).not.toContain('refuses');
    }
  });
});

/** Whether this machine has an IPv6 loopback address. */
const HAS_IPV6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);

describe('a start with HOST=::', () => {
  test.skipIf(!HAS_IPV6)('serves IPv4 and IPv6 clients (needs IPv6)', async () => {
    await using gateway = runGateway({ HOST: '::', AUTH_MODE: 'none' });
    const { port } = new URL(await gateway.origin);
    for (const host of ['127.0.0.1', '[::1]', 'localhost']) {
      const { answer } = await ask(`http://${host}:${port}`, TEN_JOBS);
      expect(answer.data.customizedVoiceJobs.nodes, host).toHaveLength(10);
    }
    expect(gateway.output.stdout).toContain('"address":"::"');
  });

  test('counts an IPv4 client by its IPv4 address', async () => {
    const key = randomBytes(24).toString('base64url');
    await using gateway = runGateway({ HOST: '::', AUTH_API_KEYS: `web:${key}` });
    const { port } = new URL(await gateway.origin);
    await ask(`http://127.0.0.1:${port}`, TEN_JOBS);
    await expect.poll(() => gateway.output.stdout).toContain('"address":"127.0.0.1"');
  });

  test('reports a port in use in one line', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, resolve));
    const { port } = taken.address() as { port: number };
    await using gateway = runGateway({ HOST: '::', AUTH_MODE: 'none', PORT: String(port) });
    expect(await gateway.ended).toBe(1);
    expect(gateway.output.stderr).toMatch(
      new RegExp(`^The gateway cannot start: port ${port} on \\S+ is in use`),
    );
    await new Promise((resolve) => taken.close(resolve));
  });
});

describe('API keys from a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-keys-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('are accepted, and appear in no log line', async () => {
    const key = randomBytes(24).toString('base64url');
    writeFileSync(join(folder, 'keys'), `web:${key}\n`);
    await using gateway = runGateway({ AUTH_API_KEYS_FILE: join(folder, 'keys') });
    const origin = await gateway.origin;
    const statusWith = async (authorization: string) =>
      (await fetch(`${origin}/metrics`, { headers: { authorization } })).status;
    expect(await statusWith(`Bearer ${key}`)).toBe(200);
    expect(await statusWith('Bearer another')).toBe(401);
    expect(gateway.output.stdout + gateway.output.stderr).not.toContain(key);
  });

  test('that cannot be read end the start with one line', async () => {
    await using gateway = runGateway({ HOST: '::', AUTH_API_KEYS_FILE: join(folder, 'missing') });
    expect(await gateway.ended).toBe(1);
    expect(gateway.output.stderr.split('\n')).toEqual([
      'Invalid configuration (1 problem):',
      `  AUTH_API_KEYS_FILE: the file ${JSON.stringify(join(folder, 'missing'))} does not exist.`,
      'Run `npm start -- --help` for a description of every variable.',
      '',
    ]);
  });
});

test('an invalid OTEL value is logged as a warning, and the gateway starts', async () => {
  await using gateway = runGateway({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' });
  expect((await fetch(`${await gateway.origin}/health`)).ok).toBe(true);
  await expect
    .poll(() => gateway.output.stdout)
    .toMatch(/"level":40.*"msg":"OTEL_EXPORTER_OTLP_ENDPOINT: ignored invalid value/);
});

describe('SIGTERM', () => {
  test('lets a running request finish, rejects new ones, and makes /ready return 503', async () => {
    const emulator = await startEmulator();
    await using gateway = runGateway({
      IMS_ENDPOINT: emulator.endpoint,
      ALIBABA_CLOUD_ACCESS_KEY_ID: emulator.accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: emulator.accessKeySecret,
    });
    const origin = await gateway.origin;
    emulator.setLatencyMs(1500);
    const running = ask(origin, TEN_JOBS);
    await expect.poll(() => emulator.inFlight).toBe(1);
    gateway.child.kill('SIGTERM');
    await expect.poll(async () => (await fetch(`${origin}/ready`)).status).toBe(503);
    expect(await (await fetch(`${origin}/ready`)).json()).toMatchObject({ reason: 'shutting down' });
    const accept = 'application/graphql-response+json';
    const refused = await fetch(`${origin}/graphql?query={__typename}`, { headers: { accept } });
    expect([refused.status, refused.headers.get('content-type')]).toEqual([503, `${accept}; charset=utf-8`]);
    expect((await refused.json()).errors[0].extensions.code).toBe('SERVICE_UNAVAILABLE');
    expect((await running).answer.data.customizedVoiceJobs.nodes).toHaveLength(10);
    expect(await gateway.ended).toBe(0);
    await emulator.close();
  });
});

describe('a failed start', () => {
  test('reports every problem of the configuration at once, with exit code 1 and without a stack', async () => {
    await using gateway = runGateway({
      PORT: '99999',
      HOST: '0.0.0.0',
      IMS_REGION: 'eu-west-1',
      IMS_ENDPOINT: 'http://user:hunter2@example.com',
      IMS_DEADLINE_MS: 'soon',
      IMS_REGON: 'cn-beijing',
      GRAPHIQL: 'yes',
      LOG_LEVEL: '',
      ALIBABA_CLOUD_ACCESS_KEY_ID: 'id',
    });
    expect(await gateway.ended).toBe(1);
    expect(gateway.output.stdout).toBe('');
    expect(gateway.output.stderr.split('\n')).toEqual([
      'Invalid configuration (8 problems):',
      '  PORT: invalid value "99999". Expected a whole number from 0 to 65535; 0 chooses a free port.',
      '  IMS_REGION: invalid value "eu-west-1". Expected one of cn-shanghai, cn-beijing, cn-hangzhou, cn-shenzhen, ap-southeast-1, us-west-1.',
      '  IMS_ENDPOINT: invalid value "http://***@example.com". Expected an https:// origin without path, or an http:// one on a loopback address.',
      '  IMS_DEADLINE_MS: invalid value "soon". Expected a whole number of milliseconds from 100 to 60000.',
      '  GRAPHIQL: invalid value "yes". Expected on or off.',
      expect.stringMatching(/^ {2}IMS_REGON: unknown variable\. Expected one of IMS_UPSTREAM, IMS_REGION/),
      '  ALIBABA_CLOUD_ACCESS_KEY_SECRET: not set, but ALIBABA_CLOUD_ACCESS_KEY_ID is. Expected both or neither.',
      '  HOST: "0.0.0.0" is reachable from other machines, and authentication is off. Expected a loopback address, authentication (AUTH_API_KEYS or AUTH_JWKS_URL), or AUTH_MODE=none to accept anonymous callers.',
      'Run `npm start -- --help` for a description of every variable.',
      '',
    ]);
  });

  test('reports a port in use in one line', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    await using gateway = runGateway({ PORT: String(port) });
    expect(await gateway.ended).toBe(1);
    expect(gateway.output.stderr).toBe(
      `The gateway cannot start: port ${port} on 127.0.0.1 is in use. Set PORT to a free port.\n`,
    );
    taken.close();
  });

  test('reports an address of another machine in one line', async () => {
    await using gateway = runGateway({ HOST: '192.0.2.1', AUTH_MODE: 'none' });
    expect(await gateway.ended).toBe(1);
    expect(gateway.output.stderr).toMatch(
      /^The gateway cannot start: HOST is not an address of this machine .*\n$/,
    );
  });

  test('reports an unknown argument in one line', async () => {
    await using gateway = runGateway({}, ['--port=1']);
    expect(await gateway.ended).toBe(1);
    expect(gateway.output.stderr).toBe(
      'Unknown argument --port. Expected none, or --help; the gateway is configured by environment variables.\n',
    );
  });

  test('in production reports that the emulator must be selected explicitly', async () => {
    await using refused = runGateway({ NODE_ENV: 'production' });
    expect(await refused.ended).toBe(1);
    expect(refused.output.stderr).toContain('IMS_UPSTREAM: not set');
    await using named = runGateway({ NODE_ENV: 'production', IMS_UPSTREAM: 'emulator' });
    expect((await ask(await named.origin, '{ __schema { description } }')).answer.errors).toHaveLength(1);
  });
});

test('--help prints every variable with its default and meaning', async () => {
  await using gateway = runGateway({}, ['--help']);
  expect(await gateway.ended).toBe(0);
  for (const name of [
    'HOST',
    'PORT',
    'IMS_UPSTREAM',
    'IMS_REGION',
    'IMS_ENDPOINT',
    'IMS_DEADLINE_MS',
    'LOG_LEVEL',
  ]) {
    expect(gateway.output.stdout).toMatch(
      new RegExp(`^ {2}${name}\\n {6}\\S.*\\n {6}Allowed: .*\\n {6}Default: .+`, 'm'),
    );
  }
  expect(gateway.output.stdout).toContain('ALIBABA_CLOUD_ACCESS_KEY_SECRET');
});
