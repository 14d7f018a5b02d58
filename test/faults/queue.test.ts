import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startGateway } from '../gateway-under-test.ts';
import { readinessOf } from './readiness.ts';
import { GRACE_MS } from './run-case.ts';
import { standstillMs, timed } from './standstill.ts';

const ASK = '{ customizedVoiceJobs(first: 3) { nodes { jobId } } }';

test('of many concurrent calls, those that can be in time are served, and the others are rejected at once', async () => {
  // Slots are at 0, 1 and 2 s; 900 ms remain for the last responses.
  const deadlineMs = 2900;
  await using gateway = await startGateway({ gateway: { deadlineMs, maxRequestsPerSecond: 4 } });
  // Loading and compiling for the first request is not measured.
  await gateway.ask('{ __typename }');
  const beganAt = performance.now();
  const stoodStillMs = standstillMs();
  const ask = async () => {
    const { value: answer, runningMs: tookMs } = await timed(() => gateway.ask(ASK));
    const turns = 1 + Math.floor((performance.now() - beganAt) / 1000);
    return { answer, tookMs, turns, callsByThen: gateway.emulator.calls.length };
  };
  const asked = await Promise.all(Array.from({ length: 30 }, ask));
  for (const { tookMs } of asked) expect(tookMs).toBeLessThanOrEqual(deadlineMs + GRACE_MS);

  const codeOf = ({ answer }: (typeof asked)[number]) => answer.errors?.[0]?.extensions.code;
  // A call with a slot may still miss its deadline, but only if the machine stalled.
  const late = asked.filter((one) => codeOf(one) === 'UPSTREAM_TIMEOUT');
  if (standstillMs() === stoodStillMs) expect(late).toEqual([]);
  const served = asked.filter((one) => codeOf(one) === undefined);
  const refused = asked.filter((one) => codeOf(one) !== undefined && !late.includes(one));
  const { length: calls } = gateway.emulator.calls;
  expect(calls).toBeGreaterThanOrEqual(served.length);
  expect(calls).toBeLessThanOrEqual(served.length + late.length);
  // At once, after one second and after two; more only if a slow machine delayed requests.
  expect(served.length + late.length).toBeGreaterThanOrEqual(12);
  expect(calls).toBeLessThanOrEqual(4 * Math.max(...asked.map(({ turns }) => turns)));
  expect(refused.length).toBeGreaterThan(0);
  for (const { answer, callsByThen, turns } of refused) {
    expect(answer.errors?.map(({ extensions }) => extensions.code)).toEqual(['UPSTREAM_THROTTLED']);
    // Before the next slot.
    expect(callsByThen).toBeLessThanOrEqual(4 * turns);
  }
});

// This test and the next one mostly wait, so they run concurrently.
test.concurrent('a rejected call is served when it is repeated after its Retry-After', async () => {
  await using gateway = await startGateway({ gateway: { deadlineMs: 1500, maxRequestsPerSecond: 4 } });
  let stoodStillMs = standstillMs();
  let answer = await Promise.any(
    Array.from({ length: 30 }, async () => {
      const answer = await gateway.ask(ASK);
      if (answer.errors === undefined) throw new Error('served');
      return answer;
    }),
  );
  // test/upstream/rate-limiter-properties.test.ts proves it at a given time. Here latency may grow after the rejection, and callers
  // with earlier times come first.
  for (let asked = 0; answer.errors !== undefined; asked++) {
    expect(asked).toBeLessThan(5);
    const { code, retryAfterMs } = answer.errors[0]?.extensions ?? {};
    if (code === 'UPSTREAM_TIMEOUT' && standstillMs() > stoodStillMs) {
      // The call got a slot, but the machine stalled. A timeout has no retryAfterMs.
      [asked, stoodStillMs] = [-1, standstillMs()];
      answer = await gateway.ask(ASK);
      continue;
    }
    expect(code).toBe('UPSTREAM_THROTTLED');
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(retryAfterMs).toBeLessThan(10_000);
    await sleep(Number(retryAfterMs));
    answer = await gateway.ask(ASK);
  }
});

test.concurrent('calls that wait for the quota are sent in FIFO order', async ({ expect }) => {
  await using gateway = await startGateway({ gateway: { deadlineMs: 30_000, maxRequestsPerSecond: 2 } });
  const jobIds = Array.from({ length: 6 }, (_, index) => `job-${index}`);
  const asked: Promise<unknown>[] = [];
  for (const [index, jobId] of jobIds.entries()) {
    asked.push(gateway.ask('query ($jobId: ID!) { customizedVoiceJob(jobId: $jobId) { jobId } }', { jobId }));
    // The next call starts when this one has been sent or queued.
    await expect
      .poll(async () => gateway.emulator.calls.length + (await readinessOf(gateway)).upstream.queued, {
        interval: 5,
      })
      .toBe(index + 1);
  }
  await Promise.all(asked);
  expect(gateway.emulator.calls.map(({ params }) => params.JobId)).toEqual(jobIds);
});

test('regression: an upstream that became slower made all queued calls time out, and the circuit opened', async () => {
  await using gateway = await startGateway({ gateway: { deadlineMs: 1500, maxRequestsPerSecond: 30 } });
  const { emulator } = gateway;
  const codes: unknown[] = [];
  let isOver = false;
  const client = async () => {
    while (!isOver) {
      const stoodStillMs = standstillMs();
      const { errors } = await gateway.ask(ASK);
      const extensions = errors?.[0]?.extensions;
      // Calls that waited while the machine stalled prove nothing.
      if (standstillMs() === stoodStillMs) codes.push(extensions?.code);
      else if (extensions?.code === 'UPSTREAM_UNAVAILABLE') codes.push(extensions.code);
      if (extensions !== undefined) await sleep(Math.min(500, Number(extensions.retryAfterMs ?? 500)));
    }
  };
  const clients = Array.from({ length: 80 }, client);
  await sleep(1500);
  emulator.setLatencyMs(400);
  await sleep(2500);
  codes.splice(0);
  const served = () => codes.filter((code) => code === undefined).length;
  await expect.poll(served, { timeout: 30_000 }).toBeGreaterThan(30);
  isOver = true;
  const { upstream } = await readinessOf(gateway);
  await Promise.all(clients);
  expect(upstream.circuit).toBe('closed');
  const timedOut = codes.filter((code) => code === 'UPSTREAM_TIMEOUT');
  expect(codes).not.toContain('UPSTREAM_UNAVAILABLE');
  // Calls that cannot be in time are rejected instead of timing out: test/upstream/rate-limiter.test.ts with a fake clock.
  expect(timedOut.length).toBeLessThan(served());
});
