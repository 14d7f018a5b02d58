import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from 'vitest';
import type { Emulator } from '../../emulator/emulator.ts';
import { accountKey } from '../../src/upstream/credential-cache.ts';
import { roleArnOf, vendorCredentials } from '../../src/upstream/credential-chain.ts';
import type { Credentials } from '../../src/upstream/sign.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { follow } from '../live/subscriber-under-test.ts';
import { needs } from '../parts/needs.ts';
import { hasRedis } from './fleet.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

needs('redis');

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});

afterAll(() => redis[Symbol.asyncDispose]());

beforeEach(async () => {
  await redis.client.flushall();
});

const FOR_EVER = { ttlMs: 3_600_000, staleIfErrorMs: 3_600_000 };
const LIST = '{ customizedVoiceJobs(first: 5) { totalCount nodes { jobId voiceName } } }';
const NOT_SHARED = 'pages, quota and events are not shared through Redis';
const CREDENTIALS = new URL('../../src/upstream/credential-chain.ts', import.meta.url).href;
const ROLE = 'acs:ram::1234567890123456:role/gateway';

/** One endpoint that serves several accounts, as the real one does. The access key of a request selects the account. */
async function startEndpoint(): Promise<{
  origin: string;
  serve(accessKeyId: string, emulator: Emulator): void;
}> {
  const accounts = new Map<string, Emulator>();
  const server: Server = createServer((incoming, outgoing) => {
    const accessKeyId = /Credential=([^,]+),/.exec(incoming.headers.authorization ?? '')?.[1] ?? '';
    const { endpoint = '' } = accounts.get(accessKeyId) ?? {};
    const { method, headers } = incoming;
    const passed = httpRequest(endpoint + incoming.url, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    serve: (accessKeyId, emulator) => void accounts.set(accessKeyId, emulator),
  };
}

type Endpoint = Awaited<ReturnType<typeof startEndpoint>>;

/** A gateway of an account with jobs of its own. @param withRole whether its keys are those of a role */
async function startAccount({ origin, serve }: Endpoint, key: Credentials): Promise<GatewayUnderTest> {
  const { accessKeyId, accessKeySecret, securityToken } = key;
  const gateway = await startGateway({
    origin,
    emulator: { accessKeyId, accessKeySecret, ...(securityToken && { securityToken }), basicCount: 40 },
    credentials: async () => key,
    gateway: { redisUrl: redis.url, cache: FOR_EVER },
  });
  onTestFinished(() => gateway[Symbol.asyncDispose]());
  serve(accessKeyId, gateway.emulator);
  // Emulators start with equal lists.
  gateway.emulator.insert('Basic', { VoiceName: `voice ${voices++}` });
  await hasRedis(gateway);
  return gateway;
}

let voices = 0;

const temporary = (name: string, roleArn?: string): Credentials => ({
  accessKeyId: `STS.key-of-account-${name}`,
  accessKeySecret: `secret-of-account-${name}`,
  securityToken: `token-of-account-${name}`,
  ...(roleArn && { roleArn }),
});

/** Subscribes to one job until the test ends. */
async function watchOne({ emulator, origin }: GatewayUnderTest): Promise<void> {
  const { JobId } = emulator.insert('Basic', { Status: 'Training' });
  const following = follow('server-sent events', origin, JobId);
  onTestFinished(() => following.leave());
  await expect.poll(() => following.statuses).toEqual(['TRAINING']);
}

const channels = async (): Promise<string[]> => (await redis.client.pubsub('CHANNELS')) as string[];

describe('two gateways of different accounts on one Redis', () => {
  test.each([
    ['temporary keys without a role', temporary('one'), temporary('other')],
    [
      'temporary keys of roles with one name and no account number',
      temporary('one', 'gateway'),
      temporary('other', 'gateway'),
    ],
  ])('share no page, quota, event or job interest with %s', async (_title, one, other) => {
    const endpoint = await startEndpoint();
    const gateways = [await startAccount(endpoint, one), await startAccount(endpoint, other)];
    for (const gateway of gateways) {
      const { data, errors } = await gateway.ask(LIST);
      expect(errors).toBeUndefined();
      const own = gateway.emulator.list('Basic').slice(0, 5);
      expect(data.customizedVoiceJobs.nodes.map(({ voiceName }: { voiceName: string }) => voiceName)).toEqual(
        own.map(({ VoiceName }) => VoiceName),
      );
      await watchOne(gateway);
    }
    // Heartbeats of the quota come every 2 s, those of subscriptions every second; the first ones come at once.
    expect(await redis.client.keys('*')).toEqual([]);
    expect(await channels()).toEqual([]);
    for (const { logged } of gateways) {
      const warnings = logged.filter(({ msg }) => msg === NOT_SHARED);
      expect(warnings).toHaveLength(1);
      expect(warnings[0]?.reason).toMatch(/temporary/);
    }
  });
});

describe('two gateways of one account on one Redis', () => {
  const LONG_LIVED = { accessKeyId: 'key-for-years', accessKeySecret: 'secret-for-years' };
  test.each([
    ['one long-lived key', LONG_LIVED, LONG_LIVED],
    ['different temporary keys of one role', temporary('one', ROLE), temporary('other', ROLE)],
  ])('share pages, quota and events with %s', async (_title, one, other) => {
    const endpoint = await startEndpoint();
    const first = await startAccount(endpoint, one);
    const second = await startAccount(endpoint, other);
    const served = await first.ask(LIST);
    expect(await second.ask(LIST)).toEqual(served);
    expect(second.emulator.calls.length + first.emulator.calls.length).toBe(1);
    // With a single key, the endpoint serves the emulator of the gateway that started last.
    await watchOne(second);
    await expect.poll(async () => (await redis.client.keys('*{quota:*')).length).toBeGreaterThan(0);
    await expect.poll(async () => (await channels()).length).toBeGreaterThan(0);
    for (const { logged } of [first, second])
      expect(logged.filter(({ msg }) => msg === NOT_SHARED)).toEqual([]);
  });

  test('a role keeps sharing after its temporary keys were rotated', () => {
    const [before, after] = [temporary('before', ROLE), temporary('after', ROLE)];
    expect(accountKey('https://host', after)).toBe(accountKey('https://host', before));
  });
});

describe('the account of credentials', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  test('is known from ALIBABA_CLOUD_ROLE_ARN only for the provider of the chain that assumed this role', () => {
    const env = { ALIBABA_CLOUD_ROLE_ARN: ROLE, ALIBABA_CLOUD_ECS_METADATA: 'gateway' };
    expect(roleArnOf('default/oidc_role_arn', env)).toBe(ROLE);
    for (const link of [
      'env',
      'ecs_ram_role',
      'credential_uri',
      'profile/ram_role_arn/static_ak',
      'cli_profile/oidc_role_arn',
      'cli_profile/cloud_sso',
    ])
      expect(roleArnOf(`default/${link}`, env)).toBeUndefined();
    expect(roleArnOf(undefined, env)).toBeUndefined();
  });

  test.each([
    ['is known for a long-lived key', { ALIBABA_CLOUD_SECURITY_TOKEN: '' }, true],
    ['is unknown for a temporary key of a pod with a role', { ALIBABA_CLOUD_SECURITY_TOKEN: 'token' }, false],
  ])('%s in the environment', async (_title, env, isKnown) => {
    for (const [name, value] of Object.entries({
      ALIBABA_CLOUD_ACCESS_KEY_ID: 'id',
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'secret',
      ALIBABA_CLOUD_ROLE_ARN: ROLE,
      ...env,
    }))
      vi.stubEnv(name, value);
    const key = accountKey('https://host', await vendorCredentials());
    expect(key !== undefined).toBe(isKnown);
  });

  test('is unknown for keys from a credentials URI, whatever role the environment names', async () => {
    const server = createServer((_request, response) => {
      response.end(
        JSON.stringify({
          Code: 'Success',
          AccessKeyId: 'STS.id',
          AccessKeySecret: 'secret',
          SecurityToken: 'token',
          Expiration: new Date(Date.now() + 3_600_000).toISOString(),
        }),
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    // In a process of its own, because vitest wraps CommonJS packages differently from Node.
    const script = `import { vendorCredentials } from ${JSON.stringify(CREDENTIALS)};
      process.stdout.write(JSON.stringify(await vendorCredentials()));`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', script],
      {
        env: {
          HOME: '/nonexistent',
          ALIBABA_CLOUD_ROLE_ARN: ROLE,
          ALIBABA_CLOUD_CREDENTIALS_URI: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
        },
      },
    );
    const credentials = JSON.parse(stdout) as Credentials;
    expect(credentials).toMatchObject({ accessKeyId: 'STS.id', securityToken: 'token' });
    expect(accountKey('https://host', credentials)).toBeUndefined();
  });
});
