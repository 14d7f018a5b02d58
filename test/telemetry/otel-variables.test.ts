import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { OTEL_VARIABLES } from '../../src/telemetry/trace/otel-variables.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { runGateway } from '../process/gateway-process.ts';
import { type OtlpReceiver, startReceiver } from './otlp-receiver.ts';

const folder = mkdtempSync(join(tmpdir(), 'voice-jobs-otel-'));
const file = join(folder, 'file.pem');
writeFileSync(file, 'a certificate or a key');
afterAll(() => rmSync(folder, { recursive: true }));

type Name = keyof typeof OTEL_VARIABLES;

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
const MISSING = join(folder, 'missing');

/** For each variable a valid value, invalid values, and the part of a warning that names the replacement. */
const VALUES: Readonly<Record<Name, { good: string; bad: readonly string[]; instead: string }>> = {
  OTEL_SDK_DISABLED: { good: 'TRUE', bad: ['yes', '1'], instead: 'false' },
  OTEL_TRACES_EXPORTER: { good: 'none', bad: ['zipkin', 'console', 'otlp,console'], instead: 'otlp' },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    good: 'https://other:4318/base',
    bad: ['localhost:4318', 'grpc://collector', 'collector'],
    instead: 'no value',
  },
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: {
    good: 'https://other/traces',
    bad: ['localhost:4318', '/v1/traces'],
    instead: 'OTEL_EXPORTER_OTLP_ENDPOINT with /v1/traces',
  },
  OTEL_EXPORTER_OTLP_HEADERS: {
    good: 'a=b%20c,d=e',
    bad: ['a', 'a b=c', 'a=b%0Ac', 'a=%ff'],
    instead: 'no value',
  },
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: { good: 'a=b', bad: ['=b', 'a=声'], instead: 'no value' },
  OTEL_EXPORTER_OTLP_PROTOCOL: { good: 'http/json', bad: ['grpc', 'http'], instead: 'http/protobuf' },
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: {
    good: 'http/json',
    bad: ['grpc'],
    instead: 'as OTEL_EXPORTER_OTLP_PROTOCOL',
  },
  OTEL_EXPORTER_OTLP_COMPRESSION: { good: 'gzip', bad: ['zstd'], instead: 'none' },
  OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: {
    good: 'gzip',
    bad: ['deflate'],
    instead: 'as OTEL_EXPORTER_OTLP_COMPRESSION',
  },
  OTEL_EXPORTER_OTLP_TIMEOUT: { good: '2000', bad: ['0', '-1', '2s'], instead: '10000' },
  OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: {
    good: '2000',
    bad: ['soon'],
    instead: 'as OTEL_EXPORTER_OTLP_TIMEOUT',
  },
  OTEL_EXPORTER_OTLP_CERTIFICATE: {
    good: file,
    bad: ['a\u0000b'],
    instead: "Node's certificate authorities",
  },
  OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: {
    good: file,
    bad: ['a\u0000b'],
    instead: 'as OTEL_EXPORTER_OTLP_CERTIFICATE',
  },
  OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: { good: file, bad: ['a\u0000b'], instead: 'no value' },
  OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE: {
    good: file,
    bad: ['a\u0000b'],
    instead: 'as OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE',
  },
  OTEL_EXPORTER_OTLP_CLIENT_KEY: { good: file, bad: ['a\u0000b'], instead: 'no value' },
  OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY: {
    good: file,
    bad: ['a\u0000b'],
    instead: 'as OTEL_EXPORTER_OTLP_CLIENT_KEY',
  },
  OTEL_SERVICE_NAME: { good: 'voices', bad: ['a\u0000b'], instead: 'voice-jobs-gateway' },
  OTEL_RESOURCE_ATTRIBUTES: { good: 'a=b,c=d%2Ce', bad: ['a', '=b', 'a=%ff'], instead: 'no value' },
  OTEL_NODE_RESOURCE_DETECTORS: { good: 'host', bad: ['os', 'host,gcp'], instead: 'service,host,process' },
  OTEL_TRACES_SAMPLER: {
    good: 'always_off',
    bad: ['jaeger_remote', 'ALWAYS_ON'],
    instead: 'parentbased_always_on',
  },
  OTEL_TRACES_SAMPLER_ARG: { good: '0.25', bad: ['1.5', '50%', '-1'], instead: '1' },
  OTEL_PROPAGATORS: { good: 'b3', bad: ['jaeger', 'tracecontext,xray'], instead: 'tracecontext,baggage' },
  OTEL_BSP_SCHEDULE_DELAY: { good: '100', bad: ['0', '-1', 'fast'], instead: '5000' },
  OTEL_BSP_EXPORT_TIMEOUT: { good: '100', bad: ['0'], instead: '30000' },
  OTEL_BSP_MAX_QUEUE_SIZE: { good: '4096', bad: ['0', '1e3'], instead: '2048' },
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: { good: '100', bad: ['0'], instead: '512' },
  OTEL_ATTRIBUTE_COUNT_LIMIT: { good: '10', bad: ['0', 'few'], instead: '128' },
  OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: { good: '10', bad: ['0'], instead: 'as OTEL_ATTRIBUTE_COUNT_LIMIT' },
  OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: { good: '10', bad: ['0'], instead: 'no value' },
  OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: {
    good: '10',
    bad: ['0'],
    instead: 'as OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT',
  },
  OTEL_SPAN_LINK_COUNT_LIMIT: { good: '10', bad: ['0'], instead: '128' },
  OTEL_LOG_LEVEL: { good: 'ERROR', bad: ['loud'], instead: 'info' },
  OTEL_CONFIG_FILE: { good: '', bad: ['sdk.yaml'], instead: 'no value' },
};
const CASES = Object.entries(VALUES).map(([name, values]) => ({ name, ...values }));

test.each(CASES)(
  'an invalid value of $name is logged as a warning, and the default is used',
  ({ name, bad, instead }) => {
    for (const value of bad) {
      const { warnings, ...config } = loadConfig({ ...ENDPOINT, [name]: value });
      const { warnings: none, ...defaults } = loadConfig(name in ENDPOINT ? {} : ENDPOINT);
      expect(config).toEqual(defaults);
      expect(none).toEqual([]);
      expect(warnings).toEqual([expect.stringContaining(`using ${instead}. Expected `)]);
      const isHidden = /_HEADERS$/.test(name) || value.includes('\u0000');
      expect(warnings[0]).toMatch(
        isHidden
          ? `${name}: ignored invalid value ***, `
          : `${name}: ignored invalid value ${JSON.stringify(value)}, `,
      );
    }
  },
);

test.each(CASES.filter(({ good }) => good !== ''))(
  'a value of $name that is understood has an effect, and no warning',
  ({ name, good }) => {
    const { warnings, ...config } = loadConfig({ ...ENDPOINT, [name]: good });
    const { warnings: _, ...defaults } = loadConfig(ENDPOINT);
    expect(warnings).toEqual([]);
    expect(config).not.toEqual(defaults);
  },
);

test.each(CASES)(
  'white space around $name is trimmed, and an empty value counts as unset',
  ({ name, good }) => {
    expect(loadConfig({ ...ENDPOINT, [name]: ` ${good}\n` })).toEqual(
      loadConfig({ ...ENDPOINT, [name]: good }),
    );
    expect(loadConfig({ [name]: ' \n' })).toEqual(loadConfig({}));
  },
);

/** Exports of one request by a gateway with these variables. */
async function sentWith(otel: Readonly<Record<string, string>>, path = ''): Promise<OtlpReceiver> {
  const receiver = await startReceiver();
  const gateway = await startGateway({ gateway: { otlpEndpoint: receiver.endpoint + path, otel } });
  await gateway.ask('query Q { customizedVoiceJobs { totalCount } }');
  // At its end, a gateway waits two seconds for a collector, which is short on a stalled machine.
  await expect.poll(() => receiver.requests.length).toBeGreaterThan(0);
  await gateway[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
  return receiver;
}

describe('an exported trace', () => {
  test('has the configured service and attributes, which take precedence over detected ones', async () => {
    const { resource } = await sentWith({
      OTEL_SERVICE_NAME: 'voices',
      OTEL_RESOURCE_ATTRIBUTES:
        'service.name=other,deployment.environment.name=pre%2Cproduction,host.name=here',
    });
    expect(resource).toMatchObject({
      'service.name': 'voices',
      'deployment.environment.name': 'pre,production',
      'host.name': 'here',
      'service.version': expect.stringMatching(/^\d+\.\d+/),
    });
  });

  test('has service.name of OTEL_RESOURCE_ATTRIBUTES if there is no other', async () => {
    const { resource } = await sentWith({ OTEL_RESOURCE_ATTRIBUTES: 'service.name=voices' });
    expect(resource['service.name']).toBe('voices');
  });

  test.each([
    ['none', []],
    ['host', ['host.arch', 'host.name', 'os.type']],
    ['service', ['service.instance.id']],
    ['all', ['host.name', 'process.pid', 'service.instance.id']],
  ])('with OTEL_NODE_RESOURCE_DETECTORS=%s has these attributes', async (detectors, expected) => {
    const { resource } = await sentWith({ OTEL_NODE_RESOURCE_DETECTORS: detectors });
    expect(Object.keys(resource)).toEqual(expect.arrayContaining(expected));
    if (detectors === 'none')
      expect(Object.keys(resource).filter((key) => /^(host|process|os)\./.test(key))).toEqual([]);
  });

  test('has the configured headers; those for traces take precedence', async () => {
    const key = randomBytes(16).toString('base64');
    const { requests } = await sentWith({
      OTEL_EXPORTER_OTLP_HEADERS: `api-key=${encodeURIComponent(key)},x-team=all`,
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-team=traces',
    });
    expect(requests[0]?.headers).toMatchObject({ 'api-key': key, 'x-team': 'traces' });
  });

  test.each([
    ['', {}, '/v1/traces'],
    ['/otel/', {}, '/otel/v1/traces'],
    ['/otel?key=value', {}, '/otel/v1/traces?key=value'],
  ])('is sent from the general endpoint %j with %j to %s', async (base, otel, path) => {
    const { requests } = await sentWith(otel, base);
    expect(requests.map(({ path }) => path)).toEqual([path]);
  });

  test('is sent to OTEL_EXPORTER_OTLP_TRACES_ENDPOINT unchanged', async () => {
    await using receiver = await startReceiver();
    const otel = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.endpoint}/only/here` };
    const gateway = await startGateway({ gateway: { otlpEndpoint: 'http://127.0.0.1:9', otel } });
    await gateway.ask('{ __typename }');
    await expect.poll(() => receiver.requests.length).toBe(1);
    await gateway[Symbol.asyncDispose]();
    expect(receiver.requests.map(({ path }) => path)).toEqual(['/only/here']);
  });

  test.each([
    ['http/protobuf', 'application/x-protobuf'],
    ['http/json', 'application/json'],
  ])('is encoded as %s', async (protocol, contentType) => {
    const { requests, spans } = await sentWith({ OTEL_EXPORTER_OTLP_PROTOCOL: protocol });
    expect(requests.map(({ contentType }) => contentType)).toEqual([contentType]);
    expect(spans.map(({ name }) => name).sort()).toEqual([
      'ListCustomizedVoiceJobs',
      'POST /graphql',
      'query Q',
      'read page',
    ]);
    expect(spans.map(({ traceId }) => traceId)).toEqual(Array(4).fill(spans[0]?.traceId));
  });

  test('is compressed with OTEL_EXPORTER_OTLP_COMPRESSION=gzip', async () => {
    const { requests, spans } = await sentWith({ OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: 'gzip' });
    expect(requests[0]?.headers['content-encoding']).toBe('gzip');
    expect(spans).toHaveLength(4);
  });

  test('is sent in batches of OTEL_BSP_MAX_EXPORT_BATCH_SIZE', async () => {
    const { requests, spans } = await sentWith({
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '1',
      OTEL_BSP_SCHEDULE_DELAY: '60000',
    });
    expect(spans).toHaveLength(4);
    expect(requests).toHaveLength(4);
  });

  test('is limited by OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT and OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', async () => {
    const { spans } = await sentWith({
      OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '3',
      OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '2',
    });
    const values = spans.flatMap(({ attributes }) => Object.values(attributes));
    expect(values).toContain('POS');
    expect(values.filter((value) => String(value).length > 3)).toEqual([]);
    for (const { attributes } of spans) expect(Object.keys(attributes).length).toBeLessThanOrEqual(2);
  });
});

describe('the sampler', () => {
  const SAMPLED = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const NOT_SAMPLED = SAMPLED.replace(/01$/, '00');

  test.each([
    ['always_on', [true, true, true]],
    ['always_off', [false, false, false]],
    ['parentbased_always_on', [true, true, false]],
    ['parentbased_always_off', [false, true, false]],
    ['traceidratio', [false, false, false]],
    ['parentbased_traceidratio', [false, true, false]],
  ])(
    '%s samples requests without a trace, with a sampled one, with an unsampled one: %j',
    async (sampler, expected) => {
      await using receiver = await startReceiver();
      const otel = { OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: '0' };
      const gateway = await startGateway({ gateway: { otlpEndpoint: receiver.endpoint, otel } });
      for (const [index, traceparent] of ['', SAMPLED, NOT_SAMPLED].entries())
        await gateway.ask(
          `query Q${index} { __typename }`,
          {},
          { headers: { 'content-type': 'application/json', traceparent } },
        );
      await gateway[Symbol.asyncDispose]();
      const names = new Set(receiver.spans.map(({ name }) => name));
      expect([0, 1, 2].map((index) => names.has(`query Q${index}`))).toEqual(expected);
    },
  );

  test.each([0.1, 0.5, 0.9])('traceidratio samples %d of the traces', async (part) => {
    await using receiver = await startReceiver();
    const otel = { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: String(part) };
    const gateway = await startGateway({ gateway: { otlpEndpoint: receiver.endpoint, otel } });
    const REQUESTS = 600;
    for (let request = 0; request < REQUESTS; request += 20)
      await Promise.all(Array.from({ length: 20 }, () => gateway.ask('query Q { __typename }')));
    await gateway[Symbol.asyncDispose]();
    const recorded = receiver.spans.filter(({ name }) => name === 'query Q').length;
    // Seven standard deviations: less than one run in 10^11 deviates further.
    const deviation = Math.sqrt(REQUESTS * part * (1 - part));
    expect(Math.abs(recorded - REQUESTS * part)).toBeLessThan(7 * deviation);
    // A trace is sampled as a whole.
    expect(receiver.spans).toHaveLength(2 * recorded);
  });
});

describe('a collector with TLS', () => {
  const identity = async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
      extensions: [
        { name: 'basicConstraints', cA: true },
        { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
      ],
    });
    return { key, cert };
  };
  let own: { key: string; cert: string };
  let client: { key: string; cert: string };
  const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  beforeAll(async () => {
    [own, client] = await Promise.all([identity(), identity()]);
    writeFileSync(ca, own.cert);
    writeFileSync(cert, client.cert);
    writeFileSync(key, client.key);
  });

  /**
   * Sends a trace to a collector that requires a client certificate, and waits until it has arrived or the log reports its
   * loss: at its end, a gateway waits 2 s for the last spans, which a stalled machine may use up.
   *
   * @returns the requests that the collector accepted, and the log
   */
  async function sentOverTls(
    files: Record<string, string>,
  ): Promise<{ requests: number; logged: GatewayUnderTest['logged'] }> {
    let requests = 0;
    const server = createServer(
      { ...own, ca: client.cert, requestCert: true, rejectUnauthorized: true },
      async (request, response) => {
        await buffer(request);
        requests++;
        response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
      },
    );
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const otlpEndpoint = `https://localhost:${(server.address() as AddressInfo).port}`;
    const gateway = await startGateway({ gateway: { otlpEndpoint, otel: files } });
    await gateway.ask('{ __typename }');
    const isLost = () =>
      gateway.logged.some(({ msg }) => String(msg).startsWith('trace spans could not be exported'));
    await expect.poll(() => requests > 0 || isLost()).toBe(true);
    await gateway[Symbol.asyncDispose]();
    server.closeAllConnections();
    server.close();
    return { requests, logged: gateway.logged };
  }

  test('is used with a private CA and a client certificate', async () => {
    const files = {
      OTEL_EXPORTER_OTLP_CERTIFICATE: ca,
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: cert,
      OTEL_EXPORTER_OTLP_CLIENT_KEY: key,
    };
    expect((await sentOverTls(files)).requests).toBe(1);
  });

  test('is used with the general file if the one for traces is unreadable', async () => {
    const { requests, logged } = await sentOverTls({
      OTEL_EXPORTER_OTLP_CERTIFICATE: ca,
      OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: MISSING,
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: cert,
      OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY: key,
    });
    expect(requests).toBe(1);
    expect(logged).toContainEqual(
      expect.objectContaining({
        msg: expect.stringContaining('OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: the file '),
      }),
    );
  });

  test('with an unknown CA gets nothing, and the log says why', async () => {
    const { requests, logged } = await sentOverTls({ OTEL_EXPORTER_OTLP_TIMEOUT: '300' });
    expect(requests).toBe(0);
    expect(logged).toContainEqual(
      expect.objectContaining({
        msg: 'trace spans could not be exported and were dropped',
        reason: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      }),
    );
  });
});

const PEM_VARIABLES = ['CERTIFICATE', 'CLIENT_CERTIFICATE', 'CLIENT_KEY'].flatMap((name) => [
  `OTEL_EXPORTER_OTLP_${name}`,
  `OTEL_EXPORTER_OTLP_TRACES_${name}`,
]);

describe('an OTEL certificate or key file', () => {
  const named = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const pipe = join(folder, 'pipe');
  beforeAll(() => {
    execFileSync('mkfifo', [pipe]);
  });
  const warned = (logged: readonly Record<string, unknown>[]) =>
    logged.filter(({ level }) => level === 40).map(({ msg }) => msg);

  test.each([
    ['does not exist', () => MISSING],
    ['is a directory. Expected a regular file', () => folder],
    ['is empty', () => named('empty.pem', '\n')],
    ['has 1000001 bytes. Expected at most 1000000', () => named('large.pem', 'x'.repeat(1_000_001))],
    ['is not PEM', () => named('other.pem', 'a certificate or a key')],
  ])('that %s is reported in a warning, and traces are sent without it', async (problem, path) => {
    await using receiver = await startReceiver();
    const otel = Object.fromEntries(PEM_VARIABLES.map((name) => [name, path()]));
    await using gateway = await startGateway({ gateway: { otlpEndpoint: receiver.endpoint, otel } });
    expect(warned(gateway.logged).sort()).toEqual(
      PEM_VARIABLES.map(
        (name) => `${name}: the file ${JSON.stringify(path())} ${problem}. Traces are exported without it.`,
      ).sort(),
    );
    await gateway.ask('query Q { __typename }');
    expect(await receiver.named('query Q')).toHaveLength(1);
  });

  test.each([
    ['a pipe that nobody writes to does not block', () => pipe],
    ['a device that never ends does not fill the memory at', () => '/dev/zero'],
  ])('that is %s the start, and is reported in a warning', async (_, path) => {
    await using receiver = await startReceiver();
    await using gateway = runGateway({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      ...Object.fromEntries(PEM_VARIABLES.map((name) => [name, path()])),
    });
    expect(await gateway.origin).toContain('http://');
    gateway.child.kill('SIGTERM');
    expect(await gateway.ended).toBe(0);
    for (const name of PEM_VARIABLES)
      expect(gateway.output.stdout).toContain(`${name}: the file \\"${path()}\\" is a pipe or a device`);
  });

  test.each([
    ['without an endpoint', {}],
    ['with OTEL_SDK_DISABLED=true', { ...ENDPOINT, OTEL_SDK_DISABLED: 'true' }],
    ['with OTEL_TRACES_EXPORTER=none', { ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' }],
  ])('is not read %s', async (_, otel) => {
    const files = Object.fromEntries(PEM_VARIABLES.map((name) => [name, MISSING]));
    await using gateway = await startGateway({ gateway: { otel: { ...files, ...otel } } });
    expect(warned(gateway.logged)).toEqual([]);
  });

  test('with invalid PEM content loses the spans, and the gateway runs', async () => {
    const body = randomBytes(90).toString('base64');
    const path = named('torn.pem', `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`);
    const otel = {
      OTEL_EXPORTER_OTLP_CERTIFICATE: path,
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: path,
      OTEL_EXPORTER_OTLP_CLIENT_KEY: path,
      OTEL_EXPORTER_OTLP_TIMEOUT: '300',
    };
    await using gateway = await startGateway({ gateway: { otlpEndpoint: 'https://127.0.0.1:9', otel } });
    await gateway.ask('query Q { __typename }');
    await expect
      .poll(() => warned(gateway.logged))
      .toEqual(['trace spans could not be exported and were dropped']);
    expect((await gateway.ask('query Q { __typename }')).errors).toBeUndefined();
  });
});

describe('a process with OTEL variables', () => {
  const ask = async (origin: string) => {
    const body = JSON.stringify({ query: 'query Q { customizedVoiceJobs { totalCount } }' });
    await (
      await fetch(`${origin}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
    ).text();
  };
  const ended = async (gateway: ReturnType<typeof runGateway>) => {
    gateway.child.kill('SIGTERM');
    expect(await gateway.ended).toBe(0);
    return gateway.output.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  };

  test('exports service, attributes and headers from its environment', async () => {
    await using receiver = await startReceiver();
    const key = randomBytes(16).toString('hex');
    await using gateway = runGateway({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: `api-key=${key}`,
      OTEL_SERVICE_NAME: 'voices',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    });
    await ask(await gateway.origin);
    const lines = await ended(gateway);
    expect(receiver.requests.map(({ path, headers }) => [path, headers['api-key']])).toEqual([
      ['/v1/traces', key],
    ]);
    expect(receiver.resource).toMatchObject({
      'service.name': 'voices',
      'deployment.environment.name': 'test',
    });
    expect(receiver.spans).toHaveLength(4);
    expect(lines.filter(({ level }) => level > 30)).toEqual([]);
  });

  test.each([
    ['OTEL_SDK_DISABLED', 'true'],
    ['OTEL_TRACES_EXPORTER', 'none'],
  ])('exports nothing with %s=%s', async (name, value) => {
    await using receiver = await startReceiver();
    await using gateway = runGateway({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '1',
      [name]: value,
    });
    await ask(await gateway.origin);
    const lines = await ended(gateway);
    expect(receiver.requests).toEqual([]);
    expect(lines.filter(({ traceId }) => traceId !== undefined)).toEqual([]);
  });

  test('starts with invalid values, and logs each once without secrets', async () => {
    await using receiver = await startReceiver();
    const key = randomBytes(16).toString('hex');
    const bad = {
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_TRACES_SAMPLER: 'always',
      OTEL_PROPAGATORS: 'jaeger',
      OTEL_BSP_SCHEDULE_DELAY: '-1',
      OTEL_EXPORTER_OTLP_HEADERS: `api key=${key}`,
      OTEL_CONFIG_FILE: 'sdk.yaml',
    };
    await using gateway = runGateway({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, ...bad });
    await ask(await gateway.origin);
    const lines = await ended(gateway);
    const warned = lines.filter(({ level }) => level === 40).map(({ msg }) => String(msg));
    expect(warned.map((line) => line.slice(0, line.indexOf(':'))).sort()).toEqual(Object.keys(bad).sort());
    expect(warned).toContain(
      'OTEL_EXPORTER_OTLP_PROTOCOL: ignored invalid value "grpc", using http/protobuf. Expected http/protobuf or http/json; gRPC is not supported, use port 4318 of the collector.',
    );
    expect(receiver.spans).toHaveLength(4);
    expect(gateway.output.stdout + gateway.output.stderr).not.toContain(key);
  });

  test('does not log a header that a collector echoes when it rejects spans', async () => {
    const key = randomBytes(16).toString('hex');
    await using receiver = await startReceiver();
    receiver.status = 401;
    receiver.replyWith = `the key ${key} is not valid`;
    await using gateway = runGateway({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Basic%20${key}`,
      OTEL_BSP_SCHEDULE_DELAY: '1',
      OTEL_LOG_LEVEL: 'all',
      LOG_LEVEL: 'debug',
    });
    await ask(await gateway.origin);
    const lines = await ended(gateway);
    expect(lines).toContainEqual(
      expect.objectContaining({
        msg: 'trace spans could not be exported and were dropped',
        reason: 'HTTP 401',
      }),
    );
    expect(gateway.output.stdout + gateway.output.stderr).not.toContain(key);
  });
});
