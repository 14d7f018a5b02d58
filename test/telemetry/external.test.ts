import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SpanKind } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import { startEmulator } from '../../emulator/emulator.ts';
import { type GatewayProcess, runGateway } from '../process/gateway-process.ts';
import type { ExternalSpan } from './external-provider.ts';
import { startReceiver } from './otlp-receiver.ts';
import { tap } from './tapped.ts';

const root = join(import.meta.dirname, '../..');
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
const QUERY = 'query Page { customizedVoiceJobs { totalCount } }';

/** Runs the sources with a module of this folder preloaded. */
const runWith = (file: string, env: Record<string, string> = {}) =>
  runGateway(env, [], {
    node: ['--import', pathToFileURL(join(import.meta.dirname, file)).href, join(root, 'src/main.ts')],
    folder: root,
  });

async function ask({ origin }: GatewayProcess, headers: Record<string, string> = {}): Promise<void> {
  const response = await fetch(`${await origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query: QUERY }),
  });
  expect((await response.json()).errors).toBeUndefined();
}

/** Spans of a gateway with an external provider, complete when it has ended. */
async function spansOf(gateway: GatewayProcess): Promise<ExternalSpan[]> {
  gateway.child.kill('SIGTERM');
  expect(await gateway.ended).toBe(0);
  const lines = gateway.output.stderr.split('\n').filter((line) => line.startsWith('span '));
  return lines.map((line) => JSON.parse(line.slice('span '.length)));
}

/** Names from the outermost to the innermost span, by their parents. */
function chain(spans: readonly ExternalSpan[], parent: string | undefined): string[] {
  const child = spans.find(({ parentSpanId }) => parentSpanId === parent);
  return child === undefined ? [] : [child.name, ...chain(spans, child.spanId)];
}

describe('a tracer provider that is registered before the start', () => {
  test("receives the spans in the caller's trace, and no other exporter is used", async () => {
    await using receiver = await startReceiver();
    await using gateway = runWith('external-provider.ts', {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '1',
    });
    await ask(gateway, { traceparent: `00-${TRACE}-${CALLER}-01` });
    const spans = await spansOf(gateway);
    expect(chain(spans, CALLER)).toEqual([
      'POST /graphql',
      'query Page',
      'read page',
      'ListCustomizedVoiceJobs',
    ]);
    expect(spans.map(({ traceId }) => traceId)).toEqual(Array(4).fill(TRACE));
    expect(spans.find(({ name }) => name === 'POST /graphql')?.kind).toBe(SpanKind.SERVER);
    expect(spans[0]?.scope).toMatchObject({
      name: 'voice-jobs-gateway',
      version: expect.stringMatching(/^\d/),
    });
    expect(gateway.output.stdout).toContain(
      '"exporting spans through the tracer provider that was registered before the start"',
    );
    expect(receiver.requests).toEqual([]);
  });

  test('with an HTTP instrumentation is given its span as the parent of the request', async () => {
    await using gateway = runWith('external-provider.ts', { HTTP_SPANS: 'yes' });
    await ask(gateway, { traceparent: `00-${TRACE}-${CALLER}-01` });
    const spans = (await spansOf(gateway)).filter(({ traceId }) => traceId === TRACE);
    expect(chain(spans, CALLER)).toEqual([
      'http',
      'POST /graphql',
      'query Page',
      'read page',
      'ListCustomizedVoiceJobs',
      // The emulator is in the same process: the call arrives with the trace with which it was sent.
      'http',
    ]);
    // One span of this kind per incoming request.
    expect(spans.filter(({ kind }) => kind === SpanKind.SERVER).map(({ name }) => name)).toEqual([
      'http',
      'http',
    ]);
  });

  const CALLERS_HEADERS = {
    traceparent: `00-${TRACE}-${CALLER}-01`,
    tracestate: 'vendor=1',
    baggage: 'user.id=alice',
  };

  test.each([
    ['and no instrumentation', {}, 'ListCustomizedVoiceJobs'],
    [
      'and somebody who listens to undici but adds no header',
      { UNDICI_LISTENER: 'yes' },
      'ListCustomizedVoiceJobs',
    ],
    ['and the instrumentation of undici', { UNDICI_SPANS: 'yes' }, 'POST'],
  ])(
    'with an HTTP instrumentation %s sends the upstream one traceparent, and neither baggage nor tracestate of the caller',
    async (_, env, innermost) => {
      const emulator = await startEmulator({ stepMs: 0 });
      await using tapped = await tap(emulator.endpoint);
      for (const HTTP_SPANS of ['yes', 'no']) {
        await using gateway = runWith('external-provider.ts', {
          IMS_ENDPOINT: tapped.origin,
          ALIBABA_CLOUD_ACCESS_KEY_ID: emulator.accessKeyId,
          ALIBABA_CLOUD_ACCESS_KEY_SECRET: emulator.accessKeySecret,
          HTTP_SPANS,
          ...env,
        });
        const before = tapped.sent().length;
        await ask(gateway, CALLERS_HEADERS);
        const spans = await spansOf(gateway);
        const call = spans.find(({ name }) => name === innermost);
        expect(call?.traceId).toBe(TRACE);
        expect(spans.find(({ name }) => name === 'POST /graphql')?.traceState).toBe('vendor=1');
        const sent = tapped.sent().slice(before);
        expect(sent).toContain('ListCustomizedVoiceJobs');
        const parents = [...sent.matchAll(/^traceparent: (.*)\r$/gim)].map(([, value]) => value);
        expect(parents).toEqual([`00-${TRACE}-${call?.spanId}-01`]);
        expect(sent).not.toMatch(/^(tracestate|baggage):|vendor=1|alice/im);
      }
      await emulator.close();
    },
  );

  test('with instrumentations sends the identity provider neither baggage nor tracestate of the caller', async () => {
    const identityProvider = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"keys":[]}');
    });
    await once(identityProvider.listen(0, '127.0.0.1'), 'listening');
    await using tapped = await tap(`http://127.0.0.1:${(identityProvider.address() as AddressInfo).port}`);
    await using gateway = runWith('external-provider.ts', {
      AUTH_JWKS_URL: `${tapped.origin}/jwks`,
      AUTH_JWT_ISSUER: 'https://issuer.example.com',
      AUTH_JWT_AUDIENCE: 'voices',
      HTTP_SPANS: 'yes',
      UNDICI_SPANS: 'yes',
    });
    const claims = {
      iss: 'https://issuer.example.com',
      aud: 'voices',
      sub: 'alice',
      iat: Math.floor(Date.now() / 1000),
      exp: Math.floor(Date.now() / 1000) + 3600,
    };
    const token = [{ alg: 'RS256', typ: 'at+jwt', kid: 'a' }, claims, 'signature']
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    const response = await fetch(`${await gateway.origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...CALLERS_HEADERS },
      body: JSON.stringify({ query: QUERY }),
    });
    expect(response.status).toBe(401);
    expect(tapped.sent()).toMatch(/^GET \/jwks/m);
    expect(tapped.sent()).not.toMatch(/^(tracestate|baggage):|vendor=1|alice/im);
    identityProvider.close();
  });

  test("with an older API than the gateway's is reported in a warning, and the gateway runs", async () => {
    const register = `globalThis[Symbol.for('opentelemetry.js.api.1')] = { version: '1.9.0', trace: {} };`;
    await using gateway = runGateway({}, [], {
      node: ['--import', `data:text/javascript,${encodeURIComponent(register)}`, join(root, 'src/main.ts')],
      folder: root,
    });
    await ask(gateway);
    expect(gateway.output.stdout).toMatch(/"level":40.*"version":"1.9.0".*uses an older @opentelemetry\/api/);
  });
});

describe('OpenTelemetry packages', () => {
  /** Without the CommonJS build of the API, which prom-client always requires. */
  const loaded = async (gateway: GatewayProcess) => {
    gateway.child.kill('SIGTERM');
    expect(await gateway.ended).toBe(0);
    const found = gateway.output.stderr.matchAll(/^module \S+\/node_modules\/(@opentelemetry\/\S+)/gm);
    return [...found]
      .map(([, path = '']) => path)
      .filter((path) => !/^@opentelemetry\/api\/.*\.cjs$/.test(path));
  };

  test.each([
    ['without a variable of OpenTelemetry', {}],
    [
      'with OTEL_SDK_DISABLED=true',
      { OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' },
    ],
    [
      'with OTEL_TRACES_EXPORTER=none',
      { OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' },
    ],
    [
      'with a name and attributes but no endpoint',
      { OTEL_SERVICE_NAME: 'a', OTEL_RESOURCE_ATTRIBUTES: 'b=c' },
    ],
  ])('are not loaded %s', async (_, env) => {
    await using gateway = runWith('loaded-modules.ts', env as Record<string, string>);
    await ask(gateway);
    await ask(gateway, { traceparent: `00-${TRACE}-${CALLER}-01` });
    expect(gateway.output.stderr).toMatch(/^module \S+\/src\/gateway.ts$/m);
    expect(await loaded(gateway)).toEqual([]);
  });

  test('are loaded with an endpoint', async () => {
    await using receiver = await startReceiver();
    await using gateway = runWith('loaded-modules.ts', { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint });
    await ask(gateway);
    expect((await loaded(gateway)).join('\n')).toContain('@opentelemetry/sdk-trace/');
  });
});
