import { describe, expect, test } from 'vitest';
import { ConfigError, loadConfig } from '../src/config/load.ts';

const problems = (env: Record<string, string>) => {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
};

test('nothing set means the emulator on the loopback address', () => {
  expect(loadConfig({})).toEqual({
    host: '127.0.0.1',
    port: 4000,
    upstream: { kind: 'emulator' },
    deadlineMs: 5000,
    maxBodyBytes: 100_000,
    cache: { ttlMs: 2000, staleIfErrorMs: 60_000 },
    graphiql: true,
    introspection: true,
    logLevel: 'info',
    ignored: [],
  });
});

test('an empty value counts as unset', () => {
  expect(loadConfig({ PORT: '', IMS_ENDPOINT: '', ALIBABA_CLOUD_ACCESS_KEY_ID: '' })).toEqual(loadConfig({}));
});

describe('the upstream', () => {
  const KEYS = { ALIBABA_CLOUD_ACCESS_KEY_ID: 'id', ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'secret' };

  test.each([
    [{ IMS_ENDPOINT: 'http://127.0.0.1:4100' }, 'http://127.0.0.1:4100'],
    [{ IMS_ENDPOINT: 'http://[::1]:4100/' }, 'http://[::1]:4100'],
    [{ IMS_ENDPOINT: 'https://ice-vpc.cn-beijing.aliyuncs.com' }, 'https://ice-vpc.cn-beijing.aliyuncs.com'],
    [KEYS, 'https://ice.cn-shanghai.aliyuncs.com'],
    [{ ...KEYS, IMS_REGION: 'us-west-1' }, 'https://ice.us-west-1.aliyuncs.com'],
    [{ ALIBABA_CLOUD_ECS_METADATA: 'role' }, 'https://ice.cn-shanghai.aliyuncs.com'],
    [{ IMS_UPSTREAM: 'alibaba' }, 'https://ice.cn-shanghai.aliyuncs.com'],
  ])('%j is the service at %s', (env, endpoint) => {
    expect(loadConfig(env).upstream).toEqual({ kind: 'alibaba', endpoint });
  });

  test('credentials beside an emulator asked for by name are left alone', () => {
    expect(loadConfig({ ...KEYS, IMS_UPSTREAM: 'emulator' }).upstream).toEqual({ kind: 'emulator' });
  });

  test.each([
    'http://ice.cn-shanghai.aliyuncs.com',
    'http://127.0.0.1.example.com',
    'https://host/path',
    'https://host?x=1',
    'https://user@host',
    'ftp://127.0.0.1',
    'ice.cn-shanghai.aliyuncs.com',
  ])('no signed call goes to %s', (endpoint) => {
    expect(problems({ IMS_ENDPOINT: endpoint })).toEqual([expect.stringMatching(/^IMS_ENDPOINT: got /)]);
  });

  test('an endpoint and the emulator exclude each other', () => {
    expect(problems({ IMS_UPSTREAM: 'emulator', IMS_ENDPOINT: 'https://host' })).toEqual([
      'IMS_UPSTREAM: got "emulator" together with IMS_ENDPOINT; allowed is one of the two',
    ]);
  });
});

describe('who can reach it', () => {
  test.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('%s needs no AUTH_MODE', (HOST) => {
    expect(loadConfig({ HOST }).host).toBe(HOST);
  });

  test.each(['0.0.0.0', '::', '10.0.0.1', 'gateway.internal'])(
    '%s is refused unless AUTH_MODE=none',
    (HOST) => {
      expect(problems({ HOST })).toEqual([expect.stringMatching(/^HOST: /)]);
      expect(loadConfig({ HOST, AUTH_MODE: 'none' }).host).toBe(HOST);
    },
  );
});

test('in production GraphiQL and introspection are off unless asked for', () => {
  const production = { NODE_ENV: 'production', IMS_UPSTREAM: 'emulator' };
  expect(loadConfig(production)).toMatchObject({ graphiql: false, introspection: false });
  expect(loadConfig({ ...production, GRAPHIQL: 'on' })).toMatchObject({
    graphiql: true,
    introspection: false,
  });
});

test('a variable of a feature to come is told at start, one that is none is a problem', () => {
  expect(loadConfig({ LIVE_POLL_MS: '500' }).ignored).toEqual(['LIVE_POLL_MS']);
  for (const name of ['IMS_TIMEOUT', 'CACHE_TTL', 'AUTH_TOKEN', 'LIMIT_SIZE', 'LIVE_X']) {
    expect(problems({ [name]: '1' })).toEqual([
      expect.stringContaining(`${name}: not a variable of this gateway`),
    ]);
  }
});

test.each([
  ['PORT', ['-1', '65536', '4e3', '40 00']],
  ['IMS_DEADLINE_MS', ['99', '60001', '1.5']],
  ['LIMIT_BODY_BYTES', ['999', 'all']],
  ['CACHE_TTL_MS', ['-1', '3600001', 'off']],
  ['CACHE_STALE_IF_ERROR_MS', ['-1', '86400001', '1s']],
])('%s refuses %j', (name, values) => {
  for (const value of values) expect(problems({ [name]: value })).toHaveLength(1);
});
