import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ConcurrencyLimit } from '../../src/server/subscriptions/concurrency-limit.ts';
import { MAX_SUBSCRIPTIONS } from '../../src/server/subscriptions/open-streams.ts';
import { MAX_ON_CONNECTION } from '../../src/server/subscriptions/ws-session.ts';
import { type GatewayUnderTestOptions, startGateway } from '../gateway-under-test.ts';
import { connect, open, type RawSocket, type Refused, subscribeTo } from './raw-socket.ts';
import { follow, STATUS_QUERY } from './subscriber-under-test.ts';

async function start(gateway: GatewayUnderTestOptions = {}) {
  const started = await startGateway({ gateway });
  onTestFinished(() => started[Symbol.asyncDispose]());
  const { JobId } = started.emulator.insert('Basic', { Status: 'Training' });
  return { ...started, jobId: JobId };
}

async function acknowledged(origin: string): Promise<RawSocket> {
  const socket = await open(origin);
  socket.say({ type: 'connection_init' });
  await expect.poll(() => socket.received).toHaveLength(1);
  socket.received.length = 0;
  return socket;
}

/** Messages of the gateway for one subscription. */
async function refusalOf(origin: string, payload: unknown) {
  const { say, received, socket } = await acknowledged(origin);
  say({ type: 'subscribe', id: 'a', payload });
  await expect.poll(() => received).toHaveLength(1);
  socket.close();
  return received[0];
}

const DEEP = `subscription ($jobId: ID!) { customizedVoiceJobStatusChanged(jobId: $jobId) { jobId } }`;

describe('limits over WebSocket', () => {
  test.each<[string, string, GatewayUnderTestOptions, Record<string, unknown>]>([
    ['a query', '{ node(id: "x") { id } }', {}, { code: 'BAD_REQUEST' }],
    ['what cannot be parsed', '{ x', {}, { code: 'GRAPHQL_PARSE_FAILED' }],
    ['what is not valid', 'subscription { x }', {}, { code: 'GRAPHQL_VALIDATION_FAILED' }],
    ['what is too deep', DEEP, { limits: { depth: 1 } }, { code: 'OPERATION_TOO_COMPLEX', limit: 1 }],
    [
      'what costs too much',
      DEEP,
      { limits: { complexity: 11 } },
      { code: 'OPERATION_TOO_COMPLEX', limit: 11 },
    ],
    [
      'introspection where it is off',
      '{ __schema { types { name } } }',
      { introspection: false },
      { code: 'GRAPHQL_VALIDATION_FAILED' },
    ],
    [
      'a text where only trusted documents are taken',
      DEEP,
      { trustedDocuments: { mode: 'only', documents: new Map() } },
      { code: 'FORBIDDEN' },
    ],
  ])('reject %s', async (_, query, options, extensions) => {
    const { origin, jobId, emulator } = await start(options);
    const refusal = await refusalOf(origin, { query, variables: { jobId } });
    expect(refusal).toMatchObject({ type: 'error', id: 'a' });
    expect(refusal?.payload[0].extensions).toMatchObject(extensions);
    expect(refusal?.payload[0].extensions).not.toHaveProperty('http');
    expect(emulator.calls).toHaveLength(0);
  });

  test('send suggestions of names only if introspection is on', async () => {
    const query = 'subscription { customizedVoiceJobStatus(jobId: "a") { jobId } }';
    const told = await refusalOf((await start()).origin, { query });
    expect(told?.payload[0].message).toContain('Did you mean');
    const untold = await refusalOf((await start({ introspection: false })).origin, { query });
    expect(untold?.payload[0].message).not.toContain('Did you mean');
  });

  test.each([
    ['documentId', { documentId: 'sha256:1' }],
    ['a hash', { extensions: { persistedQuery: { version: 1, sha256Hash: '1' } } }],
  ])('accept a trusted document by %s with an empty text', async (_, asked) => {
    const documents = new Map([['sha256:1', STATUS_QUERY]]);
    const { origin, jobId } = await start({ trustedDocuments: { mode: 'only', documents } });
    const answer = await refusalOf(origin, { query: '', variables: { jobId }, ...asked });
    expect(answer?.payload.data.customizedVoiceJobStatusChanged.status).toBe('TRAINING');
  });

  test('count requests: the connection, and each subscription', async () => {
    const { origin } = await start({ limits: { requestsPerMinute: 2 } });
    const { say, received } = await acknowledged(origin);
    say(subscribeTo('nobody', 'a'));
    await expect.poll(() => received.map(({ type }) => type)).toEqual(['next', 'complete']);
    say(subscribeTo('nobody', 'b'));
    await expect.poll(() => received).toHaveLength(3);
    const [error] = received[2]?.payload ?? [];
    expect(error.extensions).toEqual({ code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) });
    const refused = (await connect(origin)) as Refused;
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    await expect(follow('server-sent events', origin, 'x').ended).rejects.toThrow('HTTP 429');
  });

  test('close the connection with 1009 for a message longer than LIMIT_BODY_BYTES', async () => {
    const { origin } = await start({ limits: { bodyBytes: 2000 } });
    const { say, closed } = await open(origin);
    say({ type: 'connection_init', payload: { text: 'x'.repeat(2000) } });
    expect(await closed).toMatchObject({ code: 1009 });
  });
});

test.each([
  ['no JSON', 'x'],
  ['no message', '[]'],
  ['an unknown type', '{"type":"x"}'],
  ['a message of the other side', '{"type":"connection_ack"}'],
  ['a subscription without an id', '{"type":"subscribe","payload":{"query":"{x}"}}'],
])('a WebSocket message of %s closes the connection with 4400', async (_, message) => {
  const { origin, logged } = await start();
  const { say, closed } = await open(origin);
  say(message);
  expect(await closed).toMatchObject({ code: 4400 });
  expect(logged.filter(({ level }) => Number(level) >= 50)).toEqual([]);
});

test.each([
  ['no protocol', []],
  ['only the legacy protocol of subscriptions-transport-ws', ['graphql-ws']],
  ['only unknown protocols', ['mqtt', 'wamp']],
])(
  'a WebSocket with %s is closed with 4406, and the reason names the supported subprotocol',
  async (_, protocols) => {
    const { origin } = await start();
    const { closed } = await open(origin, { protocols });
    const expected = { code: 4406, reason: 'Subprotocol not acceptable: expected graphql-transport-ws.' };
    expect(await closed).toMatchObject(expected);
    // As browsers connect: they fail a handshake in which none of their subprotocols was selected.
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/graphql`, protocols);
    const [event] = (await once(socket, 'close')) as [CloseEvent];
    expect(event).toMatchObject(expected);
  },
);

test(`a connection has at most ${MAX_ON_CONNECTION} subscriptions, and one more when one ends`, async () => {
  const { origin, jobId } = await start();
  const { say, received } = await acknowledged(origin);
  for (let id = 0; id <= MAX_ON_CONNECTION; id++) say(subscribeTo(jobId, `${id}`));
  const errors = () => received.filter(({ type }) => type === 'error');
  await expect.poll(() => received.length).toBe(MAX_ON_CONNECTION + 1);
  expect(errors()).toMatchObject([{ payload: [{ extensions: { code: 'RATE_LIMITED' } }] }]);
  say({ type: 'complete', id: '0' });
  say(subscribeTo(jobId, 'again'));
  await expect.poll(() => received.length).toBe(MAX_ON_CONNECTION + 2);
  expect(errors()).toHaveLength(1);
});

test('a client has a maximum number of subscriptions over all transports', async () => {
  const take = vi.spyOn(ConcurrencyLimit.prototype, 'take');
  onTestFinished(() => take.mockRestore());
  const { origin, jobId } = await start();
  const following = follow('server-sent events', origin, jobId);
  await expect.poll(() => following.statuses).toHaveLength(1);
  expect(take).toHaveBeenLastCalledWith('127.0.0.1');
  take.mockReturnValue(undefined);
  await expect(follow('server-sent events', origin, jobId).ended).rejects.toThrow('HTTP 429');
  const refused = (await connect(origin)) as Refused;
  expect(refused.status).toBe(429);
  take.mockReturnValueOnce(() => {});
  const refusal = await refusalOf(origin, subscribeTo(jobId).payload);
  expect(refusal?.payload).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }]);
  expect(refusal?.payload[0].message).toContain(String(MAX_SUBSCRIPTIONS));
});

test('a finished subscription no longer counts while its connection stays open', async () => {
  const take = vi.spyOn(ConcurrencyLimit.prototype, 'take');
  onTestFinished(() => take.mockRestore());
  const { origin, emulator } = await start();
  const { JobId } = emulator.insert('Basic', { Status: 'Success' });
  const { say, received, socket } = await acknowledged(origin);
  const leave = vi.fn();
  take.mockReturnValueOnce(leave);
  say(subscribeTo(JobId));
  await expect.poll(() => received.map(({ type }) => type)).toEqual(['next', 'complete']);
  expect(leave).toHaveBeenCalledOnce();
  expect(socket.readyState).toBe(socket.OPEN);
  socket.close();
});

test('ConcurrencyLimit counts each client separately, and releases each slot once', () => {
  const limit = new ConcurrencyLimit(2);
  const [first, second] = [limit.take('a'), limit.take('a')];
  expect(limit.take('a')).toBeUndefined();
  expect(limit.take('b')).toBeDefined();
  first?.();
  first?.();
  expect(limit.take('a')).toBeDefined();
  expect(limit.take('a')).toBeUndefined();
  second?.();
  expect(limit.take('a')).toBeDefined();
});

describe('subscriptions over HTTP', () => {
  const body = (jobId: string) => JSON.stringify({ query: STATUS_QUERY, variables: { jobId } });
  const post = (origin: string, jobId: string, headers: Record<string, string>) =>
    fetch(`${origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: body(jobId),
    });

  test('are rejected with 405 for GET', async () => {
    const { origin, jobId, emulator } = await start();
    const search = new URLSearchParams({ query: STATUS_QUERY, variables: JSON.stringify({ jobId }) });
    for (const accept of ['text/event-stream', 'application/json']) {
      const response = await fetch(`${origin}/graphql?${search}`, { headers: { accept } });
      expect(response.status).toBe(405);
      expect(await response.text()).toContain('GET supports only queries');
    }
    expect(emulator.calls).toHaveLength(0);
  });

  test.each(['application/json', 'application/graphql-response+json', 'multipart/mixed, application/json'])(
    'are rejected with 406 for accept: %s',
    async (accept) => {
      const { origin, jobId, emulator } = await start();
      const response = await post(origin, jobId, { accept });
      expect(response.status).toBe(406);
      const { errors } = (await response.json()) as { errors: { message: string }[] };
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }]);
      expect(errors[0]?.message).toContain('text/event-stream');
      expect(emulator.calls).toHaveLength(0);
    },
  );

  test.each(['text/event-stream', '*/*', 'text/event-stream, multipart/mixed', 'text/*'])(
    'are server-sent events for accept: %s',
    async (accept) => {
      const { origin, emulator } = await start();
      const { JobId } = emulator.insert('Basic', { Status: 'Success' });
      const response = await post(origin, JobId, { accept });
      expect(response.headers.get('content-type')).toBe('text/event-stream');
      expect(response.headers.get('x-request-id')).toBeTruthy();
      expect(await response.text()).toMatch(
        /^:\n\nevent: next\ndata: \{"data".*\n\nevent: complete\ndata:\n\n$/,
      );
    },
  );

  test('report the cost with the first result on request', async () => {
    const { origin, emulator } = await start();
    const { JobId } = emulator.insert('Basic', { Status: 'Success' });
    const response = await post(origin, JobId, { accept: 'text/event-stream', 'x-cost': '1' });
    const cost = { complexity: 17, depth: 2, plannedUpstreamCalls: 1, upstreamCalls: 1 };
    expect(await response.text()).toContain(`"extensions":${JSON.stringify({ cost })}`);
  });

  test('are rejected over the depth or cost limit before any read', async () => {
    for (const limits of [{ depth: 1 }, { complexity: 11 }]) {
      const { origin, jobId, emulator } = await start({ limits });
      const response = await post(origin, jobId, { accept: 'text/event-stream' });
      expect(await response.text()).toContain('"code":"OPERATION_TOO_COMPLEX"');
      expect(emulator.calls).toHaveLength(0);
    }
  });
});

describe('an invalid WebSocket handshake', () => {
  const raw = async (origin: string, ...lines: string[]) => {
    const socket = connectSocket(Number(new URL(origin).port), '127.0.0.1');
    socket.write([...lines, 'host: 127.0.0.1', '', ''].join('\r\n'));
    return text(socket);
  };
  const upgrade = ['connection: upgrade', 'upgrade: websocket'];

  test('with something missing gets 400 with the reason', async () => {
    const { origin } = await start();
    const answer = await raw(origin, 'GET /graphql HTTP/1.1', ...upgrade);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('Sec-WebSocket-Key');
    expect(answer).toMatch(/\r\nx-request-id: /i);
  });

  test('at another path is handled like any other request', async () => {
    const { origin, logged } = await start();
    expect(await raw(origin, 'GET /nowhere HTTP/1.1', ...upgrade)).toMatch(/^HTTP\/1\.1 404 /);
    expect(await raw(origin, 'GET /health HTTP/1.1', ...upgrade)).toMatch(/^HTTP\/1\.1 200 /);
    await expect
      .poll(() => logged)
      .toContainEqual(expect.objectContaining({ path: '/nowhere', status: 404 }));
  });

  test('that asks for HTTP/2 instead gets its response', async () => {
    const { origin } = await start();
    const answer = await raw(
      origin,
      'GET /graphql?query={__typename} HTTP/1.1',
      'connection: upgrade, http2-settings, close',
      'upgrade: h2c',
      'http2-settings: AAMAAABkAARAAAAAAAIAAAAA',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toContain('"__typename":"Query"');
  });
});
