import { hash, randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, describe, expect, test } from 'vitest';
import { misspeltNames, readSecretFiles, secretsOf } from '../src/config/environment.ts';
import { ConfigError, loadConfig } from '../src/config/load.ts';
import { VARIABLES } from '../src/config/variables.ts';

const problems = (env: Record<string, string>) => {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
};

test('without any variable, the upstream is the emulator and HOST is the loopback address', () => {
  expect(loadConfig({})).toEqual({
    host: '127.0.0.1',
    port: 4000,
    upstream: { kind: 'emulator' },
    deadlineMs: 5000,
    maxRequestsPerSecond: 20,
    cache: { ttlMs: 2000, staleIfErrorMs: 60_000 },
    auth: { apiKeys: [], jwt: undefined },
    corsOrigins: [],
    trustedHosts: [],
    trustedProxies: [],
    trustedDocuments: undefined,
    limits: { bodyBytes: 100_000, requestsPerMinute: 0, depth: 12, complexity: 2500, searchCalls: 10 },
    executor: 'compiled',
    graphiql: true,
    console: 'where built',
    introspection: true,
    logLevel: 'info',
    redisUrl: undefined,
    livePollMs: 1000,
    tracing: undefined,
    warnings: [],
  });
});

test('an empty value counts as unset', () => {
  expect(loadConfig({ PORT: '', IMS_ENDPOINT: '', ALIBABA_CLOUD_ACCESS_KEY_ID: '' })).toEqual(loadConfig({}));
});

describe('the configured upstream', () => {
  const KEYS = { ALIBABA_CLOUD_ACCESS_KEY_ID: 'id', ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'secret' };

  test.each([
    [{ IMS_ENDPOINT: 'http://127.0.0.1:4100' }, 'http://127.0.0.1:4100'],
    [{ IMS_ENDPOINT: 'http://[::1]:4100/' }, 'http://[::1]:4100'],
    [{ IMS_ENDPOINT: 'https://ice-vpc.cn-beijing.aliyuncs.com' }, 'https://ice-vpc.cn-beijing.aliyuncs.com'],
    [KEYS, 'https://ice.cn-shanghai.aliyuncs.com'],
    [{ ...KEYS, IMS_REGION: 'us-west-1' }, 'https://ice.us-west-1.aliyuncs.com'],
    [{ ALIBABA_CLOUD_ECS_METADATA: 'role' }, 'https://ice.cn-shanghai.aliyuncs.com'],
    [{ IMS_UPSTREAM: 'alibaba' }, 'https://ice.cn-shanghai.aliyuncs.com'],
  ])("for %j is the vendor's API at %s", (env, endpoint) => {
    expect(loadConfig(env).upstream).toEqual({ kind: 'alibaba', endpoint });
  });

  test('is the emulator with IMS_UPSTREAM=emulator, even if vendor credentials are set', () => {
    expect(loadConfig({ ...KEYS, IMS_UPSTREAM: 'emulator' }).upstream).toEqual({ kind: 'emulator' });
  });

  test.each([
    'http://ice.cn-shanghai.aliyuncs.com',
    'http://127.0.0.1.example.com',
    'https://host/path',
    'https://host?x=1',
    'https://user@host',
    'https://$HOST',
    'https://ice.*.aliyuncs.com',
    'ftp://127.0.0.1',
    'ice.cn-shanghai.aliyuncs.com',
  ])('cannot be at IMS_ENDPOINT=%s', (endpoint) => {
    expect(problems({ IMS_ENDPOINT: endpoint })).toEqual([
      expect.stringMatching(/^IMS_ENDPOINT: invalid value /),
    ]);
  });

  test('cannot be both IMS_ENDPOINT and the emulator', () => {
    expect(problems({ IMS_UPSTREAM: 'emulator', IMS_ENDPOINT: 'https://host' })).toEqual([
      'IMS_UPSTREAM: "emulator" conflicts with IMS_ENDPOINT. Expected only one of the two.',
    ]);
  });
});

describe('authentication settings', () => {
  const TOKENS = {
    AUTH_JWKS_URL: 'https://id.example.com/keys',
    AUTH_JWT_ISSUER: 'https://id.example.com',
    AUTH_JWT_AUDIENCE: 'voice-jobs',
  };

  test.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])(
    'HOST=%s needs neither credentials nor AUTH_MODE',
    (HOST) => {
      expect(loadConfig({ HOST }).host).toBe(HOST);
    },
  );

  test.each(['0.0.0.0', '::', '10.0.0.1', 'gateway.internal'])(
    'HOST=%s is rejected without API keys, JWT settings and AUTH_MODE=none',
    (HOST) => {
      expect(problems({ HOST })).toEqual([expect.stringMatching(/^HOST: /)]);
      expect(loadConfig({ HOST, AUTH_MODE: 'none' }).host).toBe(HOST);
      expect(loadConfig({ HOST, AUTH_API_KEYS: 'web:s3cret' }).host).toBe(HOST);
      expect(loadConfig({ HOST, ...TOKENS }).host).toBe(HOST);
    },
  );

  test('AUTH_MODE=none together with API keys is a problem', () => {
    expect(problems({ AUTH_MODE: 'none', AUTH_API_KEYS: 'web:s3cret' })).toEqual([
      expect.stringMatching(/^AUTH_MODE: "none" conflicts with AUTH_API_KEYS/),
    ]);
  });

  test('JWT settings without issuer, audience or JWKS URL are a problem', () => {
    for (const name of Object.keys(TOKENS))
      expect(problems({ ...TOKENS, [name]: '' })).toEqual([
        expect.stringMatching(`^${name}( or AUTH_JWT_CLIENT_IDS)?: not set`),
      ]);
  });

  test('API keys are hashed, and one client may have several', () => {
    const { apiKeys } = loadConfig({ AUTH_API_KEYS: 'web:s3cret, web:n3w:er, batch:0ther' }).auth;
    expect(apiKeys.map(({ client }) => client)).toEqual(['web', 'web', 'batch']);
    expect(apiKeys[1]?.digest.toString('hex')).toBe(hash('sha256', 'n3w:er'));
    expect(JSON.stringify(apiKeys)).not.toContain('s3cret');
  });

  test.each([
    ['s3cret', 'entry 1: missing or invalid key'],
    ['web:s3cret,:0ther', 'entry 2: missing or invalid name'],
    ['web:s3cret,', 'entry 2: missing or invalid name'],
    ['web:s3cret,batch:s3cret', 'entry 2: key is the same as in an earlier entry'],
  ])('AUTH_API_KEYS=%j is a problem whose message contains no key', (AUTH_API_KEYS, problem) => {
    const [line = '', ...others] = problems({ HOST: '0.0.0.0', AUTH_API_KEYS });
    expect(others).toEqual([]);
    expect(line).toContain(`AUTH_API_KEYS: ${problem}. Expected name:key pairs`);
    expect(line.replace(/Expected .*/, '')).not.toMatch(/s3cret|0ther/);
  });
});

test('in production, GraphiQL and introspection are off by default, each with a setting of its own', () => {
  const production = { NODE_ENV: 'production', IMS_UPSTREAM: 'emulator' };
  expect(loadConfig(production)).toMatchObject({ graphiql: false, introspection: false });
  expect(loadConfig({ ...production, GRAPHIQL: 'on' })).toMatchObject({
    graphiql: true,
    introspection: false,
  });
});

test.each([
  [{}, 'where built'],
  [{ CONSOLE: 'on' }, 'on'],
  [{ CONSOLE: 'off' }, 'off'],
  [{ IMS_ENDPOINT: 'https://host' }, 'off'],
  [{ IMS_ENDPOINT: 'https://host', CONSOLE: 'on' }, 'on'],
  [{ NODE_ENV: 'production', IMS_UPSTREAM: 'emulator' }, 'off'],
  [{ NODE_ENV: 'production', IMS_UPSTREAM: 'emulator', CONSOLE: 'on' }, 'on'],
])('for %j CONSOLE defaults to, or is, %s', (env, expected) => {
  expect(loadConfig(env).console).toBe(expected);
});

test("an unknown name with a prefix of the gateway's variables is a problem", () => {
  const security = ['TRUSTED_DOCUMENT', 'TRUSTED_PROXY', 'CORS_ORIGIN', 'REDIS_PASSWORD', 'REDIS_PORT'];
  for (const name of ['IMS_TIMEOUT', 'CACHE_TTL', 'AUTH_TOKEN', 'LIMIT_SIZE', 'LIVE_X', ...security]) {
    expect(problems({ [name]: '1' })).toEqual([
      expect.stringContaining(`${name}: unknown variable. Expected one of `),
    ]);
  }
});

describe('a misspelt variable name', () => {
  test.each([
    ['TRUSTED_DOCUMENT', 'TRUSTED_DOCUMENTS'],
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['AUTH_API_KEY', 'AUTH_API_KEYS'],
    ['LIMIT_BODY_BYTE', 'LIMIT_BODY_BYTES'],
  ])("%s with a prefix of the gateway's variables is a problem that suggests %s", (name, meant) => {
    expect(problems({ [name]: 'x' })).toEqual([
      expect.stringMatching(`^${name}: .* Did you mean ${meant}\\?$`),
    ]);
  });

  test.each([
    ['GRAPHQIL', 'GRAPHIQL'],
    ['INTROSPECTON', 'INTROSPECTION'],
    ['Introspection', 'INTROSPECTION'],
    ['CONSOL', 'CONSOLE'],
    ['CONSOEL', 'CONSOLE'],
    ['NODEENV', 'NODE_ENV'],
    ['LOG_LEVLE', 'LOG_LEVEL'],
    ['LIMITS_DEPTH', 'LIMIT_DEPTH'],
    ['TRUST_DOCUMENTS', 'TRUSTED_DOCUMENTS'],
    ['ALIBABA_CLOUD_ACCESS_KEYID', 'ALIBABA_CLOUD_ACCESS_KEY_ID'],
  ])('%s without such a prefix is a warning that suggests %s', (name, meant) => {
    expect(misspeltNames({ [name]: 'x' })).toEqual([{ name, meant }]);
    expect(problems({ [name]: 'x' })).toEqual([]);
  });

  test.each(Object.keys(VARIABLES).filter((name) => name.length >= 9))(
    '%s is suggested for itself with any letter missing, doubled or swapped with the next',
    (name) => {
      for (let index = 0; index < name.length; index++) {
        const [before, letter, after] = [name.slice(0, index), name[index] ?? '', name.slice(index + 1)];
        for (const typo of [
          before + after,
          before + letter + letter + after,
          before + after[0] + letter + after.slice(1),
        ]) {
          if (typo in VARIABLES || typo.includes('undefined')) continue;
          const told = [
            ...problems({ [typo]: 'x' }),
            ...misspeltNames({ [typo]: 'x' }).map(({ meant }) => meant),
          ];
          // HTTTP_PROXY and HTTS_PROXY are equally close to both names.
          const meant = /^HTTPS?_PROXY$/.test(name) ? /HTTPS?_PROXY/ : name;
          expect([typo, told]).toEqual([typo, [expect.stringMatching(meant)]]);
        }
      }
    },
  );

  test('is not reported for variables that environments usually contain', () => {
    const usual =
      'HOME HOSTNAME PATH PWD TERM USER SHELL LANG LC_ALL TZ TMPDIR LOGNAME SHLVL EDITOR COLORTERM NODE_OPTIONS NODE_PATH NODE_VERSION YARN_VERSION npm_config_cache KUBERNETES_PORT HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy CI DEBUG OTEL_SERVICE_NAME OTEL_RESOURCE_ATTRIBUTES OTEL_EXPORTER_OTLP_HEADERS OTEL_EXPORTER_OTLP_PROTOCOL ALIBABA_CLOUD_ROLE_SESSION_NAME ALIBABA_CLOUD_REGION_ID';
    const env = Object.fromEntries(usual.split(' ').map((name) => [name, 'x']));
    expect(misspeltNames(env)).toEqual([]);
    expect(problems(env)).toEqual([]);
  });

  test('is not reported for a Kubernetes service link, whatever the service name', () => {
    const link = (service: string) => ({
      [`${service}_SERVICE_HOST`]: '10.0.0.7',
      [`${service}_SERVICE_PORT`]: '6379',
      [`${service}_SERVICE_PORT_HTTP_METRICS`]: '9121',
      [`${service}_PORT`]: 'tcp://10.0.0.7:6379',
      [`${service}_PORT_6379_TCP`]: 'tcp://10.0.0.7:6379',
      [`${service}_PORT_6379_TCP_PROTO`]: 'tcp',
      [`${service}_PORT_6379_TCP_PORT`]: '6379',
      [`${service}_PORT_6379_TCP_ADDR`]: '10.0.0.7',
      [`${service}_PORT_53_UDP`]: 'udp://10.0.0.7:53',
    });
    for (const service of ['REDIS', 'REDIS_MASTER', 'AUTH_API', 'IMS', 'CACHE', 'CORS_ANYWHERE', 'HTTP']) {
      expect(problems(link(service))).toEqual([]);
      expect(misspeltNames(link(service))).toEqual([]);
    }
  });
});

describe('NODE_ENV', () => {
  test.each(['Production', 'PRODUCTION', 'prod', 'producton', 'live', 'staging', 'dev'])(
    '%j is rejected, so that a misspelt "production" does not open anything',
    (NODE_ENV) => {
      expect(problems({ NODE_ENV })).toContain(
        `NODE_ENV: invalid value ${JSON.stringify(NODE_ENV)}. Expected production, development or test.`,
      );
    },
  );

  test.each(['', 'development', 'test'])('%j enables GraphiQL and introspection', (NODE_ENV) => {
    expect(loadConfig({ NODE_ENV })).toMatchObject({ graphiql: true, introspection: true });
  });
});

describe('TRUSTED_HOSTS', () => {
  test('accepts host names, addresses and wildcard patterns', () => {
    const TRUSTED_HOSTS = 'gateway.internal, *.example.com,10.0.0.7,[2001:db8::1],xn--e1afmkfd.example';
    expect(loadConfig({ TRUSTED_HOSTS }).trustedHosts).toEqual([
      'gateway.internal',
      '*.example.com',
      '10.0.0.7',
      '[2001:db8::1]',
      'xn--e1afmkfd.example',
    ]);
  });

  test.each([
    '*',
    '*.',
    'a,,b',
    'example.com:80',
    'http://example.com',
    'example.com/',
    'a b',
    'user@example.com',
    '*.*.com',
    'ex*mple.com',
    '*.10.0.0.7',
    '*.[2001:db8::1]',
    '10.0.0',
    'example.com.',
  ])('rejects %j', (TRUSTED_HOSTS) => {
    expect(problems({ TRUSTED_HOSTS })).toEqual([expect.stringMatching(/^TRUSTED_HOSTS: invalid value /)]);
  });
});

test('CORS_ORIGINS accepts origins as browsers send them', () => {
  const origins = [
    'https://app.example.com',
    'http://localhost:5173',
    'http://[::1]:3000',
    'https://a_b.example',
  ];
  expect(loadConfig({ CORS_ORIGINS: origins.join(', ') }).corsOrigins).toEqual(origins);
});

test('TRUSTED_PROXIES accepts IPv4 and IPv6 addresses and ranges', () => {
  const ranges = [
    '10.0.0.0/8',
    '192.0.2.7',
    '192.0.2.8/32',
    '2001:db8::1',
    'fd00::/8',
    '::ffff:10.0.0.1',
    '127.0.0.1/1',
  ];
  expect(loadConfig({ TRUSTED_PROXIES: ranges.join(' , ') }).trustedProxies).toEqual(ranges);
});

test('AUTH_JWT_CLIENT_IDS replaces AUTH_JWT_AUDIENCE, and both accept lists', () => {
  const url = { AUTH_JWKS_URL: 'https://id.example.com/keys', AUTH_JWT_ISSUER: 'https://id.example.com' };
  const jwt = { jwksUrl: url.AUTH_JWKS_URL, issuer: url.AUTH_JWT_ISSUER };
  expect(loadConfig({ ...url, AUTH_JWT_AUDIENCE: 'a, api://b' }).auth.jwt).toEqual({
    ...jwt,
    audiences: ['a', 'api://b'],
    clientIds: [],
  });
  expect(loadConfig({ ...url, AUTH_JWT_CLIENT_IDS: 'web,batch' }).auth.jwt).toEqual({
    ...jwt,
    audiences: [],
    clientIds: ['web', 'batch'],
  });
  expect(problems({ AUTH_JWT_CLIENT_IDS: 'web' })).toEqual([
    expect.stringMatching(/^AUTH_JWKS_URL, AUTH_JWT_ISSUER: not set\. /),
  ]);
  for (const name of ['AUTH_JWT_AUDIENCE', 'AUTH_JWT_CLIENT_IDS'])
    expect(problems({ ...url, [name]: 'a,,b' })).toEqual([
      expect.stringMatching(`^${name}: invalid value "a,,b"`),
    ]);
});

test.each([
  ['AUTH_JWT_ISSUER', '"https://id.example.com"'],
  ['AUTH_JWT_ISSUER', "'https://id.example.com'"],
  ['AUTH_JWT_ISSUER', 'https://id.example.com,https://other.example.com'],
  ['AUTH_JWT_AUDIENCE', '"voice-jobs"'],
  ['AUTH_JWT_AUDIENCE', 'voice-jobs,"other"'],
  ['AUTH_JWT_CLIENT_IDS', 'web\tapp'],
  ['AUTH_JWKS_URL', 'http://id.example.com/keys'],
  ['AUTH_JWKS_URL', 'https://$ISSUER/keys'],
  ['AUTH_JWKS_URL', 'https://id.example.com/keys#first'],
  ['AUTH_JWKS_URL', 'id.example.com/keys'],
])('%s=%s, which no token could match, is rejected', (name, value) => {
  const tokens = {
    AUTH_JWKS_URL: 'https://id.example.com/keys',
    AUTH_JWT_ISSUER: 'https://id.example.com',
    AUTH_JWT_AUDIENCE: 'voice-jobs',
  };
  expect(problems({ ...tokens, [name]: value })).toEqual([
    expect.stringMatching(`^${name}: invalid (value|character) `),
  ]);
});

test('CACHE_STALE_IF_ERROR_MS without effect is a problem if set, but not by default', () => {
  const refused = [expect.stringMatching(/^CACHE_STALE_IF_ERROR_MS: \d+ has no effect with /)];
  expect(problems({ CACHE_STALE_IF_ERROR_MS: '2000' })).toEqual(refused);
  expect(problems({ CACHE_TTL_MS: '5000', CACHE_STALE_IF_ERROR_MS: '4999' })).toEqual(refused);
  expect(problems({ CACHE_TTL_MS: '0', CACHE_STALE_IF_ERROR_MS: '4999' })).toEqual(refused);
  for (const CACHE_TTL_MS of ['0', '2000', '3600000']) {
    expect(problems({ CACHE_TTL_MS })).toEqual([]);
    expect(problems({ CACHE_TTL_MS, CACHE_STALE_IF_ERROR_MS: '0' })).toEqual([]);
  }
  expect(problems({ CACHE_TTL_MS: '5000', CACHE_STALE_IF_ERROR_MS: '5001' })).toEqual([]);
});

test('an API key longer than a request head may be is rejected', () => {
  expect(problems({ AUTH_API_KEYS: `web:${'k3'.repeat(4001)}` })).toEqual([
    expect.stringContaining('entry 1: key is longer than 8000 characters'),
  ]);
});

describe('a secret file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'secret-files-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const key = randomBytes(24).toString('base64url');
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };

  test.each([
    ['without a line end', `web:${key}`],
    ['with a trailing newline', `web:${key}\n`],
    ['with a Windows line end', `web:${key}\r\n`],
    ['with a byte order mark', `\ufeffweb:${key}\n`],
    ['with one pair per line', `web:${key},\nbatch:${key}2\n`],
  ])('is read %s', (name, content) => {
    const { apiKeys } = loadConfig({ AUTH_API_KEYS_FILE: file(name, content) }).auth;
    expect(apiKeys[0]).toMatchObject({ client: 'web', digest: hash('sha256', key, 'buffer') });
  });

  test('may contain REDIS_URL, and with API keys allows a HOST that others can reach', () => {
    const REDIS_URL_FILE = file('redis', 'redis://127.0.0.1:6379\n');
    const AUTH_API_KEYS_FILE = file('keys', `web:${key}`);
    const config = loadConfig({ HOST: '0.0.0.0', REDIS_URL_FILE, AUTH_API_KEYS_FILE });
    expect(config.redisUrl).toBe('redis://127.0.0.1:6379');
  });

  test.each([
    ['does not exist', () => join(folder, 'missing')],
    ['is a directory', () => folder],
    ['is empty', () => file('empty', '')],
    ['has 1000001 bytes. Expected at most 1000000', () => file('large', 'x'.repeat(1_000_001))],
    ['is a pipe or a device', () => '/dev/zero'],
    ['is empty', () => file('blank', ' \n\n')],
  ])('that %s is a problem whose message names variable and file', (problem, path) => {
    for (const name of ['AUTH_API_KEYS_FILE', 'REDIS_URL_FILE']) {
      const found = problems({ [name]: path() });
      expect(found).toEqual([
        expect.stringContaining(`${name}: the file ${JSON.stringify(path())} ${problem}`),
      ]);
    }
  });

  test.skipIf(process.getuid?.() === 0)('without read permission is a problem', () => {
    const path = file('locked', `web:${key}`);
    chmodSync(path, 0);
    expect(problems({ AUTH_API_KEYS_FILE: path })).toEqual([expect.stringContaining('is not readable')]);
  });

  test('together with the variable itself is a problem, unless either is empty', () => {
    const AUTH_API_KEYS_FILE = file('both', `web:${key}`);
    expect(problems({ AUTH_API_KEYS: `web:${key}`, AUTH_API_KEYS_FILE })).toEqual([
      'AUTH_API_KEYS_FILE: set together with AUTH_API_KEYS. Expected only one of the two.',
    ]);
    expect(problems({ AUTH_API_KEYS: '', AUTH_API_KEYS_FILE })).toEqual([]);
    expect(problems({ AUTH_API_KEYS: `web:${key}`, AUTH_API_KEYS_FILE: '' })).toEqual([]);
  });

  test('with a malformed value is a problem whose message does not contain it', () => {
    const found = problems({ AUTH_API_KEYS_FILE: file('malformed', `${key}\n`) });
    expect(found).toEqual([expect.stringContaining('AUTH_API_KEYS: entry 1: ')]);
    expect(found.join()).not.toContain(key);
  });

  test('contributes its secret to those masked in the log', () => {
    const { env } = readSecretFiles({ AUTH_API_KEYS_FILE: file('masked', `web:${key}\n`) });
    expect(secretsOf(env)).toContain(key);
  });
});

test('an API key name that metrics use for other callers is rejected', () => {
  for (const name of ['anonymous', 'other'])
    expect(problems({ AUTH_API_KEYS: `${name}:0123456789abcdef` })).toEqual([
      expect.stringContaining(`entry 1: name ${name} is reserved`),
    ]);
});

test.each([
  ['PORT', ['-1', '65536', '4e3', '40 00']],
  ['IMS_DEADLINE_MS', ['99', '60001', '1.5']],
  ['LIMIT_BODY_BYTES', ['999', 'all']],
  ['LIMIT_DEPTH', ['0', '1', '101']],
  ['LIMIT_COMPLEXITY', ['0', '11', '1e3']],
  ['LIMIT_REQUESTS_PER_MINUTE', ['-1', 'none']],
  ['LIMIT_SEARCH_CALLS', ['0', '1', '1001']],
  ['IMS_MAX_REQUESTS_PER_SECOND', ['0', '100001', '2.5']],
  ['LIVE_POLL_MS', ['99', '60001']],
  ['REDIS_URL', ['localhost:6379', 'http://localhost', 'redis+x://a', 'redis://']],
  [
    'HOST',
    ['http://127.0.0.1', '127.0.0.1:4000', 'localhost:4000', '[::1]', 'a b', '*', ':::', '127.0.0.1/8'],
  ],
  [
    'CORS_ORIGINS',
    [
      ...['*', 'null', 'example.com', 'https://example.com/', 'https://EXAMPLE.com', 'ftp://example.com'],
      ...[
        'https://*.example.com',
        'https://*',
        'https://$host',
        'https://a*.example.com',
        'https://{app}.com',
      ],
      ...[
        'https://example.com:443',
        'http://example.com:80',
        'https://example.com?',
        'https://bücher.example',
      ],
      ...[
        'https://user@example.com',
        'https://a.com,',
        'https://a.com,,https://b.com',
        'https://a.com;b.com',
      ],
    ],
  ],
  [
    'TRUSTED_PROXIES',
    [
      ...[
        'loopback',
        'proxy.internal',
        '*',
        '10.0.0.0/33',
        '10.0.0.0/',
        '10.0.0.0/8/8',
        '10.0.0/8',
        '10.0.0.',
      ],
      ...['2001:db8::/129', '2001:db8::1%eth0', '[2001:db8::1]', '10.0.0.1:80', '10.0.0.1,', '10.0.0.0/-1'],
      ...['0.0.0.0/0', '::/0', '10.0.0.0/00', '10.0.0.0/8.0', '10.0.0.0/255.0.0.0', '10.0.0.1-10.0.0.9'],
    ],
  ],
  ['CONSOLE', ['true', '1']],
  ['TRUSTED_DOCUMENTS', ['on', 'off']],
  ['CACHE_TTL_MS', ['-1', '3600001', 'off']],
  ['CACHE_STALE_IF_ERROR_MS', ['-1', '86400001', '1s']],
])('%s rejects each of %j', (name, values) => {
  for (const value of values) expect(problems({ [name]: value })).toHaveLength(1);
});

describe('white space and control characters', () => {
  /** A value of each variable, different from its default where possible. */
  const VALUES: Record<string, string> = {
    HOST: '127.0.0.2',
    PORT: '4001',
    IMS_UPSTREAM: 'alibaba',
    IMS_REGION: 'us-west-1',
    IMS_ENDPOINT: 'https://ice-vpc.cn-beijing.aliyuncs.com',
    IMS_DEADLINE_MS: '4000',
    IMS_MAX_REQUESTS_PER_SECOND: '50',
    CACHE_TTL_MS: '1000',
    CACHE_STALE_IF_ERROR_MS: '3000',
    REDIS_URL: 'redis+sentinel://127.0.0.1:26380/main/1',
    REDIS_SENTINEL_USERNAME: 'watcher',
    REDIS_SENTINEL_PASSWORD: 'p4ssword-of-the-sentinels',
    LIVE_POLL_MS: '2000',
    AUTH_API_KEYS: 'web:k3y-of-the-web,batch:k3y-of-the-batch',
    AUTH_JWKS_URL: 'https://idp.example/jwks',
    AUTH_JWT_ISSUER: 'https://idp.example',
    AUTH_JWT_AUDIENCE: 'voice-jobs',
    AUTH_MODE: 'none',
    CORS_ORIGINS: 'https://app.example.com,http://localhost:5173',
    TRUSTED_HOSTS: 'gateway.internal,*.example.com',
    TRUSTED_DOCUMENTS: 'only',
    TRUSTED_DOCUMENTS_FILE: 'documents.json',
    LIMIT_REQUESTS_PER_MINUTE: '60',
    LIMIT_DEPTH: '10',
    LIMIT_COMPLEXITY: '1000',
    LIMIT_SEARCH_CALLS: '20',
    LIMIT_BODY_BYTES: '50000',
    GRAPHIQL: 'off',
    CONSOLE: 'on',
    INTROSPECTION: 'off',
    LOG_LEVEL: 'warn',
    NODE_ENV: 'test',
  };
  /** Other variables that a variable needs. */
  const PARTNERS: Record<string, readonly string[]> = {
    AUTH_JWKS_URL: ['AUTH_JWT_ISSUER', 'AUTH_JWT_AUDIENCE'],
    AUTH_JWT_ISSUER: ['AUTH_JWKS_URL', 'AUTH_JWT_AUDIENCE'],
    AUTH_JWT_AUDIENCE: ['AUTH_JWKS_URL', 'AUTH_JWT_ISSUER'],
    HOST: ['AUTH_API_KEYS'],
    TRUSTED_DOCUMENTS_FILE: ['TRUSTED_DOCUMENTS'],
    REDIS_SENTINEL_USERNAME: ['REDIS_SENTINEL_PASSWORD', 'REDIS_URL'],
    REDIS_SENTINEL_PASSWORD: ['REDIS_URL'],
  };
  const names = Object.keys(VARIABLES).filter((name) => name in VALUES);
  const envOf = (name: string) =>
    Object.fromEntries([name, ...(PARTNERS[name] ?? [])].map((one) => [one, VALUES[one] ?? '']));

  test.each(names)('around the value of %s are removed', (name) => {
    const env = envOf(name);
    const expected = loadConfig(env);
    for (const [before, after] of [
      ['', '\n'],
      ['  ', ' '],
      ['\t', '\r\n'],
    ])
      expect(loadConfig({ ...env, [name]: `${before}${env[name]}${after}` })).toEqual(expected);
  });

  test.each(['AUTH_API_KEYS', 'CORS_ORIGINS', 'TRUSTED_HOSTS'])(
    'around each entry of %s are removed',
    (name) => {
      const value = VALUES[name] ?? '';
      const spaced = `${value.replaceAll(',', ' ,\n ')} `;
      expect(loadConfig({ [name]: spaced })).toEqual(loadConfig({ [name]: value }));
    },
  );

  test('around name and key in AUTH_API_KEYS and hosts in REDIS_URL are removed', () => {
    expect(loadConfig({ AUTH_API_KEYS: 'web : k3y-of-the-web' })).toEqual(
      loadConfig({ AUTH_API_KEYS: 'web:k3y-of-the-web' }),
    );
    expect(() => loadConfig({ REDIS_URL: 'redis+cluster://a:6379, b:6379' })).not.toThrow();
  });

  test('as the whole value count as unset', () => {
    const env = Object.fromEntries(names.map((name) => [name, ' \n']));
    expect(loadConfig({ ...env, ALIBABA_CLOUD_ACCESS_KEY_ID: '\n' })).toEqual(loadConfig({}));
  });

  test.each(names)('inside the value of %s are rejected with variable and position', (name) => {
    for (const character of ['\n', '\u0000', '\u007f', '\u0085']) {
      const value = VALUES[name] ?? '';
      const text = `${value.slice(0, 1)}${character}${value.slice(1)}`;
      const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
      const found = problems({ ...envOf(name), [name]: text });
      const hint = character === '\n' ? '; separate the entries of a list with commas' : '';
      expect(found).toContain(
        `${name}: invalid character U+${code} at position 2. Expected no control characters${hint}.`,
      );
    }
  });

  test.each([
    'ALIBABA_CLOUD_ACCESS_KEY_ID',
    'ALIBABA_CLOUD_ACCESS_KEY_SECRET',
    'ALIBABA_CLOUD_SECURITY_TOKEN',
  ])(
    'inside %s are rejected, as are other characters forbidden in headers, without repeating the value',
    (name) => {
      const keys = { ALIBABA_CLOUD_ACCESS_KEY_ID: 'LTAI', ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'secret' };
      for (const [character, code] of [
        ['\n', '000A'],
        [' ', '0020'],
        ['\u201d', '201D'],
        ['密', '5BC6'],
      ])
        expect(problems({ ...keys, [name]: `ab${character}cd` })).toEqual([
          `${name}: invalid character U+${code} at position 3. Expected visible ASCII characters only.`,
        ]);
    },
  );

  test.each(['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY', 'no_proxy', 'NO_PROXY'])(
    'in %s are reported once per variable, whatever the value of its other-case variant',
    (name) => {
      const other = name === name.toLowerCase() ? name.toUpperCase() : name.toLowerCase();
      const report = `${name}: invalid character U+0001 at position 9. Expected no control characters.`;
      const value = 'http://p\u0001x';
      expect(problems({ [name]: value })).toEqual([report]);
      expect(problems({ [name]: value, [other]: 'http://proxy.example.com' })).toEqual([report]);
      expect(problems({ [name]: value, [other]: value })).toHaveLength(2);
    },
  );

  test("settings of the vendor's credential chain alone do not select the vendor's API", () => {
    for (const name of [
      'ALIBABA_CLOUD_ECS_METADATA_DISABLED',
      'ALIBABA_CLOUD_IMDSV1_DISABLED',
      'ALIBABA_CLOUD_CLI_PROFILE_DISABLED',
      'ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED',
      'ALIBABA_CLOUD_STS_REGION',
    ])
      expect(loadConfig({ [name]: 'true' }).upstream).toEqual({ kind: 'emulator' });
  });
});

describe('proxy variables in upper and lower case', () => {
  const GOOD = 'http://proxy.example.com:3128';
  const BAD = 'socks5://user:password@proxy.example.com';

  test.each([
    ['HTTPS_PROXY', 'https_proxy'],
    ['https_proxy', 'HTTPS_PROXY'],
    ['HTTP_PROXY', 'http_proxy'],
    ['http_proxy', 'HTTP_PROXY'],
  ])('an invalid %s is reported by its name although %s is valid', (broken, good) => {
    const report = expect.stringMatching(`^${broken}: unsupported scheme socks5://\\. Expected `);
    expect(problems({ [broken]: BAD, [good]: GOOD })).toEqual([report]);
  });

  test('two invalid values are two problems with their names', () => {
    const names = problems({ HTTPS_PROXY: BAD, https_proxy: BAD }).map((problem) => problem.split(':')[0]);
    expect(names.sort()).toEqual(['HTTPS_PROXY', 'https_proxy']);
  });

  test('the lower-case variable takes precedence', () => {
    const env = { ALIBABA_CLOUD_ACCESS_KEY_ID: 'LTAI', ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'secret' };
    const { upstream } = loadConfig({ ...env, HTTPS_PROXY: 'http://other.example.com', https_proxy: GOOD });
    expect(upstream).toMatchObject({ kind: 'alibaba', proxy: { url: GOOD } });
  });
});
