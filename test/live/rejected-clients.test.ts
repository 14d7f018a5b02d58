import { randomBytes } from 'node:crypto';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { JobStatusDocument } from '../../examples/operations/generated/graphql.ts';
import { hashApiKey } from '../../src/auth/api-key.ts';
import { startIdentityProvider } from '../auth/identity-provider.ts';
import { type Answer, type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { createApollo } from './apollo-live.ts';
import { RejectedError, subscribeAgain } from './read-events.ts';
import { STATUS_QUERY } from './subscriber-under-test.ts';

const KEY = randomBytes(18).toString('base64url');
const auth = { apiKeys: [hashApiKey('web', KEY)], jwt: undefined };

async function start(gateway = {}) {
  const started = await startGateway({ gateway: { auth, ...gateway } });
  onTestFinished(() => started[Symbol.asyncDispose]());
  return started;
}

/** Number of requests to the gateway so far. */
const requestsOf = ({ logged }: GatewayUnderTest) => logged.filter(({ msg }) => msg === 'request').length;

/** The error with which a subscription of Apollo Client ends. */
function errorOf(client: ReturnType<typeof createApollo>, jobId = 'any'): Promise<unknown> {
  onTestFinished(() => client.stop());
  return new Promise((resolve, reject) => {
    client.subscribe({ query: JobStatusDocument, variables: { jobId } }).subscribe({
      next: ({ error }) => error && resolve(error),
      error: resolve,
      complete: () => reject(new Error('the subscription completed')),
    });
  });
}

describe('a client with a wrong key connects once, and gets an error with the reason', () => {
  test.each([
    ['a wrong key', { 'x-api-key': randomBytes(18).toString('base64url') }, /4401.*invalid credential/],
    ['no key', undefined, /4401.*missing credential/],
  ])('Apollo Client over WebSocket, with %s', async (_, credentials, reason) => {
    const gateway = await start();
    const error = await errorOf(createApollo(`${gateway.origin}/graphql`, credentials));
    expect(String(error)).toMatch(reason);
    await expect.poll(() => requestsOf(gateway)).toBe(1);
  });

  test.each([
    ['a wrong key', { 'x-api-key': randomBytes(18).toString('base64url') }],
    ['no key', {}],
  ])('fetch over server-sent events, with %s', async (_, headers) => {
    const gateway = await start();
    const results = subscribeAgain<Answer>(
      `${gateway.origin}/graphql`,
      { query: STATUS_QUERY, variables: { jobId: 'any' } },
      { headers: headers as Record<string, string> },
    );
    const error = await results.next().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RejectedError);
    expect(String(error)).toMatch(/HTTP 401: .*x-api-key/);
    await expect.poll(() => requestsOf(gateway)).toBe(1);
  });
});

test('Apollo Client over WebSocket with an expired token does not reconnect, and gets an error with the reason', async () => {
  vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  await using provider = await startIdentityProvider();
  const gateway = await start({ auth: { apiKeys: [hashApiKey('web', KEY)], jwt: provider.options } });
  const { JobId } = gateway.emulator.insert('Basic', { Status: 'Training' });
  const token = await provider.token({ exp: Math.floor(Date.now() / 1000) + 10 });
  const client = createApollo(`${gateway.origin}/graphql`, { authorization: `Bearer ${token}` });
  const ended = errorOf(client, JobId);
  let error: unknown;
  void ended.then((reason) => {
    error = reason;
  });
  // Earlier, the token would have expired while it was checked.
  await expect.poll(() => gateway.emulator.calls.length).toBeGreaterThan(0);
  await vi.waitFor(
    () => {
      vi.advanceTimersByTime(12_000);
      expect(error).toBeDefined();
    },
    { timeout: 15_000 },
  );
  expect(String(error)).toMatch(/4403.*has expired/);
  await expect.poll(() => requestsOf(gateway)).toBe(1);
});

test('a lost stream over server-sent events is resumed with the current state', async () => {
  const gateway = await start();
  const { JobId: jobId } = gateway.emulator.insert('Basic', { Status: 'Training' });
  // A connection to the gateway that can be cut.
  const sockets = new Set<Socket>();
  const relay = createServer((socket) => {
    const upstream = connect(Number(new URL(gateway.origin).port), '127.0.0.1');
    socket.on('error', () => upstream.destroy()).pipe(upstream);
    upstream.on('error', () => socket.destroy()).pipe(socket);
    sockets.add(socket);
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    relay.close();
  });
  const url = `http://127.0.0.1:${(relay.address() as AddressInfo).port}/graphql`;
  const operation = { query: STATUS_QUERY, variables: { jobId } };
  const statuses: string[] = [];
  const read = (async () => {
    for await (const { data } of subscribeAgain<Answer>(url, operation, { headers: { 'x-api-key': KEY } }))
      statuses.push(data.customizedVoiceJobStatusChanged.status);
  })();
  await expect.poll(() => statuses).toEqual(['TRAINING']);
  gateway.emulator.change(jobId, { Status: 'Success' });
  for (const socket of sockets) socket.destroy();
  await read;
  expect(statuses.at(-1)).toBe('SUCCESS');
});
