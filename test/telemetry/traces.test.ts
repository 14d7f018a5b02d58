import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import process from 'node:process';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startEmulator } from '../../emulator/emulator.ts';
import { hashApiKey } from '../../src/auth/api-key.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { type OtlpReceiver, type Span, startReceiver } from './otlp-receiver.ts';
import { tap } from './tapped.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE_ID}-${CALLER}-01`;

const SERVER = 2;
const CLIENT = 3;
const INTERNAL = 1;

let receiver: OtlpReceiver;
let gateway: GatewayUnderTest;
beforeAll(async () => {
  receiver = await startReceiver();
  gateway = await startGateway({ gateway: { otlpEndpoint: receiver.endpoint } });
});
afterAll(async () => {
  for (const started of [gateway, receiver]) await started?.[Symbol.asyncDispose]();
});
beforeEach(() => {
  receiver.spans.length = 0;
  gateway.emulator.clearFaults();
  gateway.emulator.resetCalls();
});

const ask = (
  query: string,
  headers: Record<string, string> = {},
  { origin }: { readonly origin: string } = gateway,
  variables: object = {},
) =>
  fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  }).then(async (response) => ({ response, answer: await response.json() }));

/** The only child of a span. */
function childOf(parent: Span | undefined): Span {
  const children = receiver.childrenOf(parent as Span);
  expect(children, `children of ${parent?.name}`).toHaveLength(1);
  return children[0] as Span;
}

/** The request's span, once it has arrived; all spans within it arrived before or with it. */
const requestSpan = async () => (await receiver.named('POST /graphql'))[0] as Span;

describe('the trace of a request', () => {
  test('contains request, operation, page read and upstream attempt, with one trace id', async () => {
    const { answer } = await ask('query Page { customizedVoiceJobs(first: 3) { nodes { jobId } } }', {
      traceparent: TRACEPARENT,
    });
    expect(answer.errors).toBeUndefined();
    const http = await requestSpan();
    const operation = childOf(http);
    const read = childOf(operation);
    const sent = childOf(read);
    const trace = [http, operation, read, sent];
    expect(trace.map(({ name, kind }) => [name, kind])).toEqual([
      ['POST /graphql', SERVER],
      ['query Page', INTERNAL],
      ['read page', INTERNAL],
      ['ListCustomizedVoiceJobs', CLIENT],
    ]);
    expect(trace.map(({ traceId }) => traceId)).toEqual(Array(4).fill(TRACE_ID));
    expect(http.parentSpanId).toBe(CALLER);
    expect(receiver.spans).toHaveLength(4);
    for (const [index, { start, end }] of trace.entries()) {
      expect(end).toBeGreaterThanOrEqual(start);
      if (index > 0) expect(start).toBeGreaterThanOrEqual((trace[index - 1] as Span).start);
    }
    expect(Math.abs(Number(http.start / 1_000_000n) - Date.now())).toBeLessThan(60_000);
  });

  test('contains neither variables nor the text of the document', async () => {
    const { response } = await ask(
      'query Page($rows: Int, $of: CustomizedVoiceJobTypeFilter!) { customizedVoiceJobs(first: $rows, type: $of) { nodes { jobId } } }',
      { 'x-request-id': 'id-of-the-caller', 'x-cost': '0' },
      gateway,
      { rows: 37, of: 'STANDARD' },
    );
    expect(response.status).toBe(200);
    const http = await requestSpan();
    const operation = childOf(http);
    const read = childOf(operation);
    const sent = childOf(read);
    const [call] = gateway.emulator.calls;
    expect(http.attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/graphql',
      'url.path': '/graphql',
      'url.scheme': 'http',
      'http.response.status_code': 200,
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(gateway.origin).port),
      'network.protocol.version': '1.1',
      'user_agent.original': 'node',
      'request.id': 'id-of-the-caller',
      'graphql.operation.name': 'Page',
    });
    expect(operation.attributes).toEqual({
      'graphql.operation.type': 'query',
      'graphql.operation.name': 'Page',
      'upstream.calls': 1,
    });
    expect(read.attributes).toEqual({
      'list.type': 'Standard',
      'list.page': 1,
      'list.page_size': 37,
      'upstream.calls': 1,
    });
    expect(sent.attributes).toEqual({
      'http.request.method': 'POST',
      'http.response.status_code': 200,
      'server.address': new URL(gateway.emulator.endpoint).hostname,
      'server.port': Number(new URL(gateway.emulator.endpoint).port),
      'url.full': `${gateway.emulator.endpoint}/`,
      'upstream.request_id': call?.requestId,
      'upstream.waited_ms': expect.any(Number),
    });
    expect(receiver.resource).toMatchObject({ 'service.name': 'voice-jobs-gateway' });
  });

  test("is a new one for each request without a caller's trace", async () => {
    for (const traceparent of ['', 'rubbish', `00-${'0'.repeat(32)}-${CALLER}-01`])
      await ask('query Page { customizedVoiceJobs { totalCount } }', { traceparent });
    const roots = await receiver.named('POST /graphql', 3);
    expect(roots.map(({ parentSpanId }) => parentSpanId)).toEqual([undefined, undefined, undefined]);
    expect(new Set(roots.map(({ traceId }) => traceId)).size).toBe(3);
  });

  test('has the id in the access log entry', async () => {
    const before = gateway.logged.length;
    await ask('query Page { customizedVoiceJobs { totalCount } }', { traceparent: TRACEPARENT });
    await requestSpan();
    expect(gateway.logged.slice(before).find(({ msg }) => msg === 'request')).toMatchObject({
      traceId: TRACE_ID,
      operation: 'Page',
      upstreamRequestIds: [gateway.emulator.calls[0]?.requestId],
    });
  });

  test('keeps the tracestate of other systems', async () => {
    await ask('{ customizedVoiceJobs { totalCount } }', {
      traceparent: TRACEPARENT,
      tracestate: 'congo=t61rcWkgMzE,rojo=00f067aa0ba902b7',
    });
    await requestSpan();
    expect(receiver.spans.map(({ traceState }) => traceState)).toEqual(
      Array(receiver.spans.length).fill('congo=t61rcWkgMzE,rojo=00f067aa0ba902b7'),
    );
  });
});

describe('the upstream in a trace', () => {
  test("receives the traceparent of the attempt, but not the caller's baggage and tracestate", async () => {
    const emulator = await startEmulator({ stepMs: 0 });
    await using tapped = await tap(emulator.endpoint);
    await using told = await startGateway({
      emulator: { accessKeyId: emulator.accessKeyId, accessKeySecret: emulator.accessKeySecret },
      gateway: { otlpEndpoint: receiver.endpoint },
      origin: tapped.origin,
    });
    const { answer } = await ask(
      '{ customizedVoiceJobs { totalCount } }',
      { traceparent: TRACEPARENT, tracestate: 'a=b' },
      told,
    );
    // The emulator has verified the signature.
    expect(answer.data.customizedVoiceJobs.totalCount).toBe(271);
    const [sent] = await receiver.named('ListCustomizedVoiceJobs');
    const headers = tapped.sent().split('\r\n');
    expect(headers).toContain(`traceparent: 00-${TRACE_ID}-${sent?.spanId}-01`);
    expect(headers.filter((line) => /^(tracestate|baggage)/i.test(line))).toEqual([]);
    expect(headers.find((line) => line.startsWith('authorization'))).not.toContain('traceparent');
    await emulator.close();
  });

  test('receives no trace headers if tracing is off', async () => {
    const emulator = await startEmulator({ stepMs: 0 });
    await using tapped = await tap(emulator.endpoint);
    await using quiet = await startGateway({
      emulator: { accessKeyId: emulator.accessKeyId, accessKeySecret: emulator.accessKeySecret },
      origin: tapped.origin,
    });
    await ask('{ customizedVoiceJobs { totalCount } }', { traceparent: TRACEPARENT }, quiet);
    expect(tapped.sent()).toContain('ListCustomizedVoiceJobs');
    expect(tapped.sent()).not.toMatch(/traceparent/i);
    await emulator.close();
  });

  test('has a span per attempt, failed ones with their code', async () => {
    gateway.emulator.fault({ kind: 'error', status: 503, code: 'ServiceUnavailable' }, { times: 2 });
    await ask('query Again { customizedVoiceJobs { totalCount } }');
    const read = childOf(childOf(await requestSpan()));
    const tries = receiver.childrenOf(read);
    expect(tries.map(({ attributes, isError }) => [attributes['error.type'], isError])).toEqual([
      ['UPSTREAM_UNAVAILABLE', true],
      ['UPSTREAM_UNAVAILABLE', true],
      [undefined, false],
    ]);
    expect(tries.map(({ attributes }) => attributes['http.request.resend_count'])).toEqual([undefined, 1, 2]);
    expect(tries.map(({ attributes }) => attributes['upstream.request_id'])).toEqual(
      gateway.emulator.calls.map(({ requestId }) => requestId),
    );
    expect(read.isError).toBe(false);
  });

  test('marks the read, the operation and the request with its error code', async () => {
    gateway.emulator.fault({
      kind: 'error',
      status: 403,
      code: 'Forbidden.RAM',
      message: 'words of the upstream',
    });
    await ask('query Denied { customizedVoiceJobs { totalCount } }');
    const http = await requestSpan();
    const operation = childOf(http);
    const read = childOf(operation);
    for (const span of [http, operation, read, childOf(read)]) {
      expect(span.attributes['error.type'], span.name).toBe('UPSTREAM_DENIED');
      expect(span.isError, span.name).toBe(true);
    }
  });
});

describe("a caller's mistake in a trace", () => {
  test.each([
    ['an argument', 'query Wrong { customizedVoiceJobs(first: -1) { totalCount } }', 'BAD_USER_INPUT'],
    ['a document', 'query Wrong { nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['a syntax', 'query Wrong {', 'GRAPHQL_PARSE_FAILED'],
  ])('in %s has its code, without an error status', async (_, query, code) => {
    await ask(query);
    const http = await requestSpan();
    expect(http.attributes['error.type']).toBe(code);
    expect(receiver.spans.map(({ isError }) => isError)).toEqual(receiver.spans.map(() => false));
  });
});

describe('requests through yoga', () => {
  test('have the same spans', async () => {
    await ask('query Long { customizedVoiceJobs(first: 2) { nodes { jobId } } }', {
      traceparent: TRACEPARENT,
      // The fast path only accepts the usual form of requests.
      'content-type': 'application/json; profile=unusual',
    });
    const http = await requestSpan();
    const operation = childOf(http);
    const read = childOf(operation);
    expect([http, operation, read, childOf(read)].map(({ name, traceId }) => [name, traceId])).toEqual([
      ['POST /graphql', TRACE_ID],
      ['query Long', TRACE_ID],
      ['read page', TRACE_ID],
      ['ListCustomizedVoiceJobs', TRACE_ID],
    ]);
  });

  test('over the cost limit have a code and no read', async () => {
    const aliases = Array.from(
      { length: 30 },
      (_, index) => `a${index}: customizedVoiceJobs(first: 100) { nodes { jobId status } }`,
    );
    await ask(`query Dear { ${aliases.join(' ')} }`);
    const http = await requestSpan();
    expect(http.attributes['error.type']).toBe('OPERATION_TOO_COMPLEX');
    expect(receiver.spans.some(({ name }) => name === 'read page')).toBe(false);
  });

  test('with entities of a router have reads of jobs', async () => {
    const { JobId: jobId } = gateway.emulator.list('Basic')[0] as { JobId: string };
    await fetch(`${gateway.origin}/subgraph`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', traceparent: TRACEPARENT },
      body: JSON.stringify({
        query: 'query Of($all: [_Any!]!) { _entities(representations: $all) { __typename } }',
        variables: { all: [{ __typename: 'CustomizedVoiceJob', jobId }] },
      }),
    });
    const [http] = await receiver.named('POST /subgraph');
    const read = childOf(childOf(http));
    expect([read.name, childOf(read).name]).toEqual(['read job', 'GetCustomizedVoiceJob']);
    expect(
      JSON.stringify(receiver.spans, (_, value) => (typeof value === 'bigint' ? '' : value)),
    ).not.toContain(jobId);
  });
});

describe('requests that share an upstream call', () => {
  test('have it in the trace of the first one, and links to it in the others', async () => {
    await using cached = await startGateway({
      gateway: { otlpEndpoint: receiver.endpoint, cache: { ttlMs: 60_000, staleIfErrorMs: 0 } },
    });
    cached.emulator.setLatencyMs(200);
    const page = (first: number) =>
      `query P${first} { customizedVoiceJobs(first: ${first}) { nodes { jobId } } }`;
    const headers = { traceparent: TRACEPARENT, tracestate: 'congo=t61rcWkgMzE' };
    await Promise.all([1, 2, 3].map((first) => ask(page(first), headers, cached)));
    await receiver.named('POST /graphql', 3);
    const reads = await receiver.named('read page', 3);
    const [sent, ...more] = await receiver.named('ListCustomizedVoiceJobs');
    expect(more).toEqual([]);
    const first = reads.find(({ spanId }) => spanId === sent?.parentSpanId) as Span;
    const others = reads.filter((read) => read !== first);
    expect(first.links).toEqual([]);
    expect(first.attributes['upstream.calls']).toBe(1);
    for (const read of others) {
      expect(read.links).toEqual([
        { traceId: first.traceId, spanId: first.spanId, traceState: 'congo=t61rcWkgMzE' },
      ]);
      expect(read.attributes['upstream.calls']).toBe(0);
    }
  });

  test('have links to a failed call, too', async () => {
    await using cached = await startGateway({
      gateway: { otlpEndpoint: receiver.endpoint, cache: { ttlMs: 60_000, staleIfErrorMs: 0 } },
    });
    cached.emulator.setLatencyMs(200);
    cached.emulator.fault({ kind: 'notSuccess' });
    await Promise.all(
      [1, 2].map((first) => ask(`{ customizedVoiceJobs(first: ${first}) { nodes { jobId } } }`, {}, cached)),
    );
    const reads = await receiver.named('read page', 2);
    const linked = reads.filter(({ links }) => links.length > 0);
    expect(linked).toHaveLength(1);
    expect(reads.map(({ spanId }) => spanId)).toContain(linked[0]?.links[0]?.spanId);
    for (const { attributes } of reads) expect(attributes['error.type']).toBe('UPSTREAM_BAD_RESPONSE');
  });

  test('a cached response has a span for the request only, marked as cached', async () => {
    await using cached = await startGateway({
      gateway: { otlpEndpoint: receiver.endpoint, cache: { ttlMs: 60_000, staleIfErrorMs: 0 } },
    });
    for (let time = 0; time < 2; time++)
      await ask('query Kept { customizedVoiceJobs { totalCount } }', {}, cached);
    const [made, kept] = await receiver.named('POST /graphql', 2);
    expect(childOf(made).name).toBe('query Kept');
    expect(receiver.childrenOf(kept as Span)).toEqual([]);
    expect(kept?.attributes).toMatchObject({ 'graphql.cached': true, 'graphql.operation.name': 'Kept' });
  });
});

describe('sampling of requests', () => {
  test("excludes requests whose caller's trace is not sampled", async () => {
    await ask('query Off { __typename }', { traceparent: TRACEPARENT.replace(/01$/, '00') });
    await ask('query On { __typename }', { traceparent: TRACEPARENT });
    await receiver.named('query On');
    expect(receiver.spans.map(({ name }) => name).sort()).toEqual(['POST /graphql', 'query On']);
  });

  test('excludes health checks, metrics and pages', async () => {
    for (const path of ['/health', '/ready', '/metrics', '/nowhere']) await fetch(gateway.origin + path);
    await ask('query Last { __typename }');
    await receiver.named('query Last');
    expect(receiver.spans).toHaveLength(2);
  });

  test('includes rejected requests, with the client if it is known', async () => {
    const apiKeys = [hashApiKey('web', 'key-of-the-traced-client')];
    await using guarded = await startGateway({
      gateway: { otlpEndpoint: receiver.endpoint, auth: { apiKeys, jwt: undefined } },
    });
    await ask('query In { __typename }', { 'x-api-key': 'key-of-the-traced-client' }, guarded);
    await ask('query Out { __typename }', { 'x-api-key': 'key-of-somebody-else' }, guarded);
    const [inside, outside] = await receiver.named('POST /graphql', 2);
    expect(inside?.attributes['client.name']).toBe('web');
    expect(outside?.attributes).toMatchObject({
      'error.type': 'UNAUTHENTICATED',
      'http.response.status_code': 401,
    });
    expect(outside?.attributes).not.toHaveProperty('client.name');
  });
});

/** A request with a custom `Host` header, which fetch does not support. */
async function askAt(origin: string, headers: OutgoingHttpHeaders, body: string, method = 'POST') {
  const sent = request(`${origin}/graphql?${'q'.repeat(3000)}`, { method, headers }).end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  return response.statusCode;
}

describe('the span of a request', () => {
  test.each([
    ['names a host as long as DNS allows', `${'h'.repeat(255)}:4000`, 'h'.repeat(255), 4000],
    ['omits a longer host', `${'h'.repeat(256)}:4000`, undefined, undefined],
    ['names an IPv6 address', '[::1]:4000', '::1', 4000],
    ['omits an invalid port', 'gateway:65536', 'gateway', undefined],
  ])('%s', async (_, host, address, port) => {
    await askAt(gateway.origin, { host, 'content-type': 'application/json' }, '{"query":"{ __typename }"}');
    const { attributes } = await requestSpan();
    expect(attributes['server.address']).toBe(address);
    expect(attributes['server.port']).toBe(port);
  });

  test.each([
    ['with a valid credential', {}, 'POST', 200],
    ['without a valid credential', { 'x-api-key': 'k'.repeat(2000) }, 'POST', 401],
    ['with a method that is not in the list of known ones', {}, 'UNSUBSCRIBE', 405],
  ])('has no long attribute for a long request of a caller %s', async (_, extra, method, status) => {
    const key = randomBytes(16).toString('hex');
    await using closed = await startGateway({
      gateway: {
        otlpEndpoint: receiver.endpoint,
        auth: { apiKeys: [hashApiKey('web', key)], jwt: undefined },
      },
    });
    const headers = {
      host: 'h'.repeat(2000),
      'content-type': 'application/json',
      'user-agent': 'u'.repeat(2000),
      'x-request-id': 'r'.repeat(2000),
      traceparent: TRACEPARENT,
      tracestate: `a=${'s'.repeat(200)},b=${'s'.repeat(200)},c=${'s'.repeat(2000)}`,
      'x-api-key': key,
      ...extra,
    };
    const query = `query ${'Q'.repeat(2000)} { customizedVoiceJobs { totalCount } }`;
    expect(await askAt(closed.origin, headers, JSON.stringify({ query }), method)).toBe(status);
    await receiver.named(`${method === 'POST' ? method : 'HTTP'} /graphql`);
    for (const { name, attributes, traceState, links } of receiver.spans) {
      expect(name.length).toBeLessThanOrEqual(256);
      for (const value of Object.values(attributes)) expect(String(value).length).toBeLessThanOrEqual(256);
      for (const state of [traceState, ...links.map((link) => link.traceState)])
        expect(state.length).toBeLessThanOrEqual(512);
    }
  });
});

describe('a caller without a valid credential', () => {
  const KEY = 'key-of-the-traced-client';
  /** Paths to a rejection, each with a sampled traceparent. */
  const STRANGERS: [title: string, headers: Record<string, string>, method?: string][] = [
    ['without a credential', {}],
    ['with a wrong key', { 'x-api-key': 'key-of-somebody-else' }],
    ['with a wrong key by GET', { 'x-api-key': 'key-of-somebody-else' }, 'GET'],
    ['that asks for a WebSocket with a wrong key', { 'x-api-key': 'key-of-somebody-else' }, 'WebSocket'],
    ['that asks for a WebSocket and introduces itself with a wrong key', {}, 'WebSocket'],
  ];

  const startGuarded = (sampler: string, ratio = '1') =>
    startGateway({
      gateway: {
        otlpEndpoint: receiver.endpoint,
        otel: { OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: ratio },
        auth: { apiKeys: [hashApiKey('web', KEY)], jwt: undefined },
      },
    });

  const knock = async (origin: string, headers: Record<string, string>, method = 'POST') => {
    const sent = { ...headers, traceparent: TRACEPARENT, tracestate: 'vendor=1' };
    if (method === 'WebSocket') {
      const socket = new WebSocket(`${origin.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
        headers: sent,
      });
      socket.on('error', () => {});
      socket.on('open', () =>
        socket.send(JSON.stringify({ type: 'connection_init', payload: { 'x-api-key': 'wrong' } })),
      );
      await new Promise((resolve) => socket.on('close', resolve));
    } else if (method === 'GET') await fetch(`${origin}/graphql?query=%7B__typename%7D`, { headers: sent });
    else await ask('query Out { __typename }', sent, { origin });
  };

  test.each([
    ['parentbased_always_off', 'parentbased_always_off', '1'],
    ['parentbased_traceidratio at 0', 'parentbased_traceidratio', '0'],
    ['traceidratio at 0.000001, by a trace id that it would sample', 'traceidratio', '0.000001'],
  ])('cannot force a span by its sampled flag or trace id with %s', async (_title, sampler, ratio) => {
    await using guarded = await startGuarded(sampler, ratio);
    for (const [, headers, method] of STRANGERS) await knock(guarded.origin, headers, method);
    // The sampler selects trace ids by the exclusive or of their four words.
    const parent = TRACEPARENT.replace(TRACE_ID, '1'.repeat(32));
    await ask('query Out { __typename }', { traceparent: parent }, guarded);
    const isDone = () => guarded.logged.filter(({ msg }) => msg === 'request').length;
    await expect.poll(isDone).toBe(STRANGERS.length + 1);
    await ask('query In { __typename }', { traceparent: parent, 'x-api-key': KEY }, guarded);
    // Spans arrive in the order of their ends.
    const [inside] = await receiver.named('query In');
    expect(receiver.spans.map(({ name }) => name).sort()).toEqual(
      inside === undefined ? [] : ['POST /graphql', 'query In'],
    );
    expect(
      guarded.logged.filter(({ msg, traceId }) => msg === 'request' && traceId !== undefined),
    ).toHaveLength(1);
  });

  test("is sampled as often as requests without a trace, in a trace of its own with a link to the caller's", async () => {
    await using guarded = await startGuarded('parentbased_always_on');
    await knock(guarded.origin, {});
    const [span] = await receiver.named('POST /graphql');
    expect(span?.attributes['http.response.status_code']).toBe(401);
    expect(span?.parentSpanId).toBeUndefined();
    expect(span?.traceId).not.toBe(TRACE_ID);
    expect(span?.links).toEqual([{ traceId: TRACE_ID, spanId: CALLER, traceState: 'vendor=1' }]);
  });
});

test('spans are sent as protobuf to the standard path of collectors, with the versions of gateway and exporter', async () => {
  await ask('{ __typename }');
  await requestSpan();
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(receiver.requests.at(-1)).toMatchObject({
    path: '/v1/traces',
    contentType: 'application/x-protobuf',
  });
  expect(receiver.requests.at(-1)?.headers['user-agent']).toMatch(
    new RegExp(`^voice-jobs-gateway/${version} OTel-OTLP-Exporter-JavaScript/`),
  );
  expect(receiver.scope).toEqual({ name: 'voice-jobs-gateway', version });
  expect(receiver.resource).toMatchObject({
    'service.name': 'voice-jobs-gateway',
    'service.version': version,
    'process.runtime.version': process.versions.node,
    'telemetry.sdk.name': 'opentelemetry',
  });
});
