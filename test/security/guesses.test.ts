import { connect as connectSocket } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { hashApiKey } from '../../src/auth/api-key.ts';
import { MAX_CONNECTIONS } from '../../src/server/subscriptions/concurrency-limit.ts';
import { type IdentityProvider, makeKey, startIdentityProvider } from '../auth/identity-provider.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { connect, open, type RawSocket } from '../live/raw-socket.ts';
import { follow } from '../live/subscriber-under-test.ts';
import { hasRedis } from '../redis/fleet.ts';
import { startRedis } from '../redis/redis-server.ts';
import { askJobs, call, JOBS } from '../server/call.ts';

const KEY = 'kR3f0qX9vT2mB7wLz5pJ';
const LIMIT = 5;

let provider: IdentityProvider;
beforeAll(async () => {
  provider = await startIdentityProvider();
});
afterAll(() => provider?.[Symbol.asyncDispose]());

async function start(requestsPerMinute: number, redisUrl?: string): Promise<GatewayUnderTest> {
  const auth = { apiKeys: [hashApiKey('web', KEY)], jwt: provider.options };
  const gateway = await startGateway({ gateway: { auth, redisUrl, limits: { requestsPerMinute } } });
  onTestFinished(() => gateway[Symbol.asyncDispose]());
  if (redisUrl !== undefined) await hasRedis(gateway);
  return gateway;
}

type Headers = Record<string, string>;

/** Outcome of a WebSocket whose first message has these credentials. */
async function introduced(origin: string, payload: Headers): Promise<string> {
  const { say, closed, socket } = await open(origin);
  const answered = new Promise<string>((resolve) =>
    socket.once('message', (data) => resolve(JSON.parse(String(data)).type)),
  );
  say({ type: 'connection_init', payload });
  const outcome = await Promise.race([closed.then(({ code }) => `closed with ${code}`), answered]);
  socket.close();
  return outcome;
}

/** Every access path, with its response to these headers. */
const WAYS: Record<string, (gateway: GatewayUnderTest, headers: Headers) => Promise<unknown>> = {
  'POST /graphql': async ({ origin }, headers) => (await askJobs(origin, headers)).status,
  'GET /graphql': async ({ origin }, headers) =>
    (await call(`${origin}/graphql?query=${encodeURIComponent(JOBS)}`, { headers })).status,
  'GET /subgraph': async ({ origin }, headers) =>
    (await call(`${origin}/subgraph?query=${encodeURIComponent('{ __typename }')}`, { headers })).status,
  'GET /metrics': async ({ origin }, headers) => (await call(`${origin}/metrics`, { headers })).status,
  'server-sent events': async ({ origin, emulator }, headers) => {
    const { JobId } = emulator.insert('Basic', { Status: 'Success' });
    const following = follow('server-sent events', origin, JobId, headers);
    return following.ended.then(
      () => 200,
      (error) => Number(/HTTP (\d+)/.exec(error.message)?.[1]),
    );
  },
  'a WebSocket with credentials in its head': async ({ origin }, headers) => {
    const connected = await connect(origin, { headers });
    if ('status' in connected) return connected.status;
    connected.socket.close();
    return 200;
  },
  'a WebSocket with credentials in connection_init': async ({ origin }, headers) => {
    const outcome = await introduced(origin, headers);
    return { connection_ack: 200, 'closed with 4401': 401, 'closed with 1013': 429 }[outcome];
  },
};

const CREDENTIALS = {
  'an API key': {
    right: async () => ({ 'x-api-key': KEY }),
    wrong: async (index: number) => ({ 'x-api-key': `guess-${index}-0123456789` }),
  },
  'a token': {
    right: async () => ({ authorization: `Bearer ${await provider.token({ jti: 'right' })}` }),
    wrong: async (index: number) => {
      const impostor = await makeKey('first');
      return { authorization: `Bearer ${await provider.token({ sub: `user-${index}` }, impostor)}` };
    },
  },
};

const CASES = ['without Redis', 'with Redis'].flatMap((store) =>
  Object.keys(CREDENTIALS).map((kind) => [kind, store] as const),
);

test.each(CASES)(
  '%s is admitted on every access path on first use, %s, after wrong credentials from its address have used up their attempts',
  async (kind, store) => {
    const redis = store === 'with Redis' ? await startRedis() : undefined;
    if (redis !== undefined) onTestFinished(() => redis[Symbol.asyncDispose]());
    const { right, wrong } = CREDENTIALS[kind as keyof typeof CREDENTIALS];
    for (const [way, ask] of Object.entries(WAYS)) {
      const gateway = await start(LIMIT, redis?.url);
      const answers: unknown[] = [];
      for (let index = 0; index < LIMIT + 2; index++) answers.push(await ask(gateway, await wrong(index)));
      expect([way, ...answers]).toEqual([way, ...Array(LIMIT).fill(401), 429, 429]);
      expect([way, await ask(gateway, await right())]).toEqual([way, 200]);
      await redis?.client.flushall();
    }
  },
  60_000,
);

test('a wrong key at /ready counts as a guess like on any other path, and gets the status only', async () => {
  const { origin } = await start(LIMIT);
  for (let index = 0; index < LIMIT; index++) {
    const { status, text } = await call(`${origin}/ready`, { headers: { 'x-api-key': `guess-${index}` } });
    expect([status, JSON.parse(text)]).toEqual([200, { status: 'ready' }]);
  }
  expect((await askJobs(origin, { 'x-api-key': 'guess-3-0123456789' })).status).toBe(429);
  expect((await call(`${origin}/ready`, { headers: { 'x-api-key': 'guess-3-0123456789' } })).status).toBe(
    200,
  );
  const { text } = await call(`${origin}/ready`, { headers: { 'x-api-key': KEY } });
  expect(JSON.parse(text)).toMatchObject({ status: 'ready', upstream: { kind: 'emulator' } });
});

test('requests to /ready without a credential do not count against their address', async () => {
  const { origin } = await start(LIMIT);
  for (let index = 0; index < 2 * LIMIT; index++) expect((await call(`${origin}/ready`)).status).toBe(200);
  expect((await askJobs(origin, { 'x-api-key': 'guess' })).status).toBe(401);
});

test('a valid key after wrong ones on one connection gets no response once the limit of guesses is exceeded', async () => {
  const { origin } = await start(1);
  expect((await askJobs(origin, { 'x-api-key': 'guess' })).status).toBe(401);
  const { port } = new URL(origin);
  const socket = connectSocket(Number(port), '127.0.0.1');
  let received = '';
  socket.on('data', (data) => {
    received += data;
  });
  const ask = (key: string) => `GET /metrics HTTP/1.1\r\nhost: localhost\r\nx-api-key: ${key}\r\n\r\n`;
  socket.write(ask('guess') + ask('guess-2-0123456789') + ask(KEY));
  await new Promise((resolve) => socket.once('close', resolve));
  expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 429']);
});

describe('unauthenticated callers that hold all WebSockets of their address', () => {
  test('lock out no client of that address, with credentials in headers or in connection_init', async () => {
    const gateway = await start(0);
    const strangers: RawSocket[] = [];
    onTestFinished(() => {
      for (const { socket } of strangers) socket.terminate();
    });
    while (strangers.length < MAX_CONNECTIONS) {
      const some = await Promise.all(Array.from({ length: 200 }, () => open(gateway.origin)));
      strangers.push(...some);
      // The init timeout of 5 s must not close them before all are open.
      if (strangers.some(({ socket }) => socket.readyState !== socket.OPEN)) break;
    }
    for (const headers of [{ 'x-api-key': KEY }, { authorization: `Bearer ${await provider.token()}` }]) {
      for (const way of [
        'a WebSocket with credentials in its head',
        'a WebSocket with credentials in connection_init',
      ])
        expect([way, await WAYS[way]?.(gateway, headers)]).toEqual([way, 200]);
    }
  }, 30_000);
});
