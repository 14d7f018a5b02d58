import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { hashApiKey } from '../../src/auth/api-key.ts';
import { startIdentityProvider } from '../auth/identity-provider.ts';
import { type GatewayUnderTestOptions, startGateway } from '../gateway-under-test.ts';
import { connect, open, type Refused, subscribeTo } from './raw-socket.ts';
import { follow, TRANSPORTS } from './subscriber-under-test.ts';

const KEY = 'kR3f0qX9vT2mB7wLz5pJ';
const BY_KEY: GatewayUnderTestOptions = { auth: { apiKeys: [hashApiKey('web', KEY)], jwt: undefined } };

afterEach(() => vi.useRealTimers());

async function start(gateway: GatewayUnderTestOptions = {}) {
  const started = await startGateway({ gateway });
  onTestFinished(() => started[Symbol.asyncDispose]());
  return started;
}

test.each(TRANSPORTS)('a key in the headers is accepted, by %s', async (transport) => {
  const { emulator, origin, logged } = await start(BY_KEY);
  const { JobId } = emulator.insert('Basic', { Status: 'Success' });
  const following = follow(transport, origin, JobId, { 'x-api-key': KEY });
  await following.ended;
  expect(following.statuses).toEqual(['SUCCESS']);
  await expect.poll(() => logged).toContainEqual(expect.objectContaining({ msg: 'request', client: 'web' }));
});

test.each([
  ['no key', {}],
  ['a wrong key', { 'x-api-key': 'wrong' }],
  ['a wrong key as a bearer', { authorization: 'Bearer wrong' }],
])('%s is 401 for an event stream, without an upstream call', async (_, headers) => {
  const { emulator, origin } = await start(BY_KEY);
  const following = follow('server-sent events', origin, 'any', headers);
  await expect(following.ended).rejects.toThrow('HTTP 401');
  expect(emulator.calls).toHaveLength(0);
});

test('a wrong key in the headers of a handshake is 401, like for any other request', async () => {
  const { origin } = await start(BY_KEY);
  const refused = (await connect(origin, { headers: { 'x-api-key': 'wrong' } })) as Refused;
  expect(refused.status).toBe(401);
  expect(refused.headers['www-authenticate']).toBeDefined();
  expect(JSON.parse(refused.text).errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
});

describe('a WebSocket without credentials in its headers', () => {
  test.each([
    ['x-api-key', KEY],
    ['X-Api-Key', KEY],
    ['authorization', `Bearer ${KEY}`],
    ['Authorization', `bearer ${KEY}`],
  ])('is admitted by a key as %s in its first message', async (name, value) => {
    const { emulator, origin, logged } = await start(BY_KEY);
    const { JobId } = emulator.insert('Basic', { Status: 'Success' });
    const { say, received, socket } = await open(origin);
    say({ type: 'connection_init', payload: { [name]: value } });
    await expect.poll(() => received.map(({ type }) => type)).toEqual(['connection_ack']);
    say(subscribeTo(JobId));
    await expect.poll(() => received.map(({ type }) => type)).toEqual(['connection_ack', 'next', 'complete']);
    socket.close();
    const line = expect.objectContaining({ msg: 'request', client: 'web', status: 101, path: '/graphql' });
    await expect.poll(() => logged).toContainEqual(line);
  });

  test.each([
    ['nothing', undefined, /missing credential/],
    ['a wrong key', { 'x-api-key': 'wrong' }, /invalid credential/],
    ['a wrong key as a bearer', { authorization: 'Bearer wrong' }, /invalid credential/],
    ['one key under two spellings', { 'x-api-key': KEY, 'X-API-Key': KEY }, /invalid credential/],
    ['two keys', { 'x-api-key': KEY, 'X-API-Key': 'wrong' }, /invalid credential/],
    [
      'a bearer under two spellings',
      { authorization: `Bearer ${KEY}`, Authorization: `Bearer ${KEY}` },
      /invalid credential/,
    ],
    ['something else', { 'x-api-key': 7, token: KEY }, /missing credential/],
  ])(
    'with %s in its first message is closed with 4401, after which clients do not reconnect',
    async (_, payload, reason) => {
      const { emulator, origin } = await start(BY_KEY);
      const { say, closed, received } = await open(origin);
      say({ type: 'connection_init', payload });
      expect(await closed).toEqual({ code: 4401, reason: expect.stringMatching(reason) });
      expect(received).toEqual([]);
      expect(emulator.calls).toHaveLength(0);
    },
  );

  test('that subscribes before it has authenticated is closed with 4401', async () => {
    const { emulator, origin } = await start(BY_KEY);
    const { say, closed } = await open(origin);
    say(subscribeTo('any'));
    expect(await closed).toMatchObject({ code: 4401 });
    expect(emulator.calls).toHaveLength(0);
  });

  test('that sends nothing is closed with 4408', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { origin } = await start(BY_KEY);
    const { closed } = await open(origin);
    vi.advanceTimersByTime(5001);
    expect(await closed).toMatchObject({ code: 4408 });
  });
});

test.each(TRANSPORTS)('a token is accepted until it expires, by %s', async (transport) => {
  vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] });
  await using provider = await startIdentityProvider();
  const { emulator, origin } = await start({ auth: { apiKeys: [], jwt: provider.options } });
  const { JobId } = emulator.insert('Basic', { Status: 'Training' });
  const token = await provider.token({ exp: Math.floor(Date.now() / 1000) + 60 });
  const following = follow(transport, origin, JobId, { authorization: `Bearer ${token}` });
  await vi.waitFor(() => expect(following.statuses).toEqual(['TRAINING']));
  /** Heartbeats, each with time for a reply. */
  const pass = async (beats: number) => {
    for (let beat = 0; beat < beats; beat++) {
      vi.advanceTimersByTime(12_000);
      await sleep(50);
    }
  };
  await pass(4);
  emulator.change(JobId, { Status: 'PreTraining' });
  await vi.waitFor(() => expect(following.statuses).toHaveLength(2));
  // The gateway accepts a token for five seconds after its expiry.
  await pass(2);
  const end = transport === 'WebSocket' ? { code: 4403 } : { message: 'the connection was lost' };
  await expect(following.ended).rejects.toMatchObject(end);
  expect(following.statuses).toEqual(['TRAINING', 'PRE_TRAINING']);
});

describe('a WebSocket from the page of', () => {
  const origins: [string, (origin: string) => string | undefined, boolean][] = [
    ['no origin, as programs have none,', () => undefined, true],
    ["the gateway's own origin", (origin) => origin, true],
    ["the gateway's own host behind TLS", (origin) => origin.replace('http', 'https'), true],
    ['an origin that was named', () => 'https://app.example.com', true],
    ['another origin', () => 'https://evil.example.com', false],
    ['another port', () => 'http://127.0.0.1:1', false],
    ['a file', () => 'null', false],
  ];
  test.each(origins)('%s is accepted or rejected', async (_, originOf, isAllowed) => {
    const { origin } = await start({ corsOrigins: ['https://app.example.com'] });
    const page = originOf(origin);
    const connected = await connect(origin, page === undefined ? {} : { origin: page });
    if (isAllowed) expect(connected).toHaveProperty('socket');
    else {
      expect(connected).toMatchObject({ status: 403 });
      expect((connected as Refused).text).toContain('"FORBIDDEN"');
    }
    if ('socket' in connected) connected.socket.close();
  });
});
