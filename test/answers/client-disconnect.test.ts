import { request } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { post } from './asking.ts';

const BODY = { query: '{ customizedVoiceJobs(first: 3) { nodes { jobId } } }' };

let gateway: GatewayUnderTest;
beforeEach(async () => {
  gateway = await startGateway({ gateway: { deadlineMs: 60_000 } });
});
afterEach(() => gateway[Symbol.asyncDispose]());

/** Sends a request, waits until the upstream gets its call, and disconnects. */
async function askAndLeave(method: string, body = BODY, calls = 1): Promise<void> {
  const isGet = method === 'GET';
  const path = isGet ? `/graphql?${new URLSearchParams(body)}` : '/graphql';
  const sent = request(gateway.origin + path, { method, headers: { 'content-type': 'application/json' } });
  sent.on('error', () => {});
  sent.end(isGet ? undefined : JSON.stringify(body));
  await expect.poll(() => gateway.emulator.inFlight).toBe(calls);
  sent.destroy();
  await expect.poll(() => gateway.emulator.inFlight).toBe(0);
}

const aborted = () => gateway.emulator.calls.map((call) => call.aborted);

test.each(['POST', 'GET'])(
  'a client that disconnects from a %s on the fast path aborts its upstream read',
  async (method) => {
    gateway.emulator.fault({ kind: 'hang' });
    await askAndLeave(method);
    expect(aborted()).toEqual([true]);
    await expect
      .poll(() => gateway.logged)
      .toContainEqual(expect.objectContaining({ msg: 'request', method, path: '/graphql', finished: false }));
  },
);

test('a client that disconnects from a compiled query aborts its upstream read', async () => {
  for (let asked = 0; asked < 4; asked++) await post(gateway, BODY);
  gateway.emulator.resetCalls();
  gateway.emulator.fault({ kind: 'hang' });
  await askAndLeave('POST');
  expect(aborted()).toEqual([true]);
});

test('a client that disconnects aborts every upstream read of its request', async () => {
  gateway.emulator.fault({ kind: 'hang' });
  const query =
    '{ a: customizedVoiceJobs { nodes { id } } b: customizedVoiceJobs(type: STANDARD) { nodes { id } } customizedVoiceJob(jobId: "x") { id } }';
  await askAndLeave('POST', { query }, 3);
  expect(aborted()).toEqual([true, true, true]);
});

test('a client is answered after another one disconnected from the same query', async () => {
  gateway.emulator.fault({ kind: 'hang' }, { times: 1 });
  await askAndLeave('POST');
  const { status, text } = await post(gateway, BODY);
  expect([status, JSON.parse(text).data.customizedVoiceJobs.nodes.length]).toEqual([200, 3]);
  expect(aborted()).toEqual([true, false]);
});

test('a client that stays connected aborts nothing', async () => {
  gateway.emulator.setLatencyMs(100);
  await Promise.all([post(gateway, BODY), post(gateway, { query: `${BODY.query} ` })]);
  expect(aborted()).toEqual([false, false]);
});
