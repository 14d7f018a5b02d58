import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startGateway } from '../gateway-under-test.ts';
import { readinessOf } from './readiness.ts';
import { GRACE_MS, timed } from './run-case.ts';

const ASK = '{ customizedVoiceJobs(first: 3) { nodes { jobId } } }';

test('of many at once those are served who can be in time, and the others are refused at once', async () => {
  const deadlineMs = 2500;
  await using gateway = await startGateway({ gateway: { deadlineMs, maxRequestsPerSecond: 4 } });
  const asked = await Promise.all(Array.from({ length: 30 }, () => timed(() => gateway.ask(ASK))));
  for (const { tookMs } of asked) expect(tookMs).toBeLessThanOrEqual(deadlineMs + GRACE_MS);

  const served = asked.filter(({ answer }) => answer.errors === undefined);
  const refused = asked.filter(({ answer }) => answer.errors !== undefined);
  // At once, after a second and after two.
  expect(served).toHaveLength(12);
  expect(gateway.emulator.calls).toHaveLength(12);
  for (const { answer, tookMs } of refused) {
    expect(answer.errors?.map(({ extensions }) => extensions.code)).toEqual(['UPSTREAM_THROTTLED']);
    // Before even the next turn came.
    expect(tookMs).toBeLessThan(1000);
  }
});

test('who is refused is served when asking again as late as told', async () => {
  await using gateway = await startGateway({ gateway: { deadlineMs: 1500, maxRequestsPerSecond: 4 } });
  const crowd = Array.from({ length: 8 }, () => gateway.ask(ASK));
  await expect.poll(() => gateway.emulator.calls).toHaveLength(4);
  const { errors } = await gateway.ask(ASK);
  const retryAfterMs = Number(errors?.[0]?.extensions.retryAfterMs);
  expect(retryAfterMs).toBeGreaterThan(0);
  expect(retryAfterMs).toBeLessThan(1000);
  await sleep(retryAfterMs);
  expect((await gateway.ask(ASK)).errors).toBeUndefined();
  for (const answer of await Promise.all(crowd)) expect(answer.errors).toBeUndefined();
});

test('calls that wait for the quota are sent in the order in which they came', async () => {
  await using gateway = await startGateway({ gateway: { deadlineMs: 30_000, maxRequestsPerSecond: 2 } });
  const jobIds = Array.from({ length: 8 }, (_, index) => `job-${index}`);
  const asked: Promise<unknown>[] = [];
  for (const [index, jobId] of jobIds.entries()) {
    asked.push(gateway.ask('query ($jobId: ID!) { customizedVoiceJob(jobId: $jobId) { jobId } }', { jobId }));
    // The next one comes when this one has been sent or stands in the queue.
    await expect
      .poll(async () => gateway.emulator.calls.length + (await readinessOf(gateway)).upstream.queued, {
        interval: 5,
      })
      .toBe(index + 1);
  }
  await Promise.all(asked);
  expect(gateway.emulator.calls.map(({ params }) => params.JobId)).toEqual(jobIds);
});

test('once went wrong: an upstream that became slower lost all who had waited for their turn, and the circuit opened', async () => {
  await using gateway = await startGateway({ gateway: { deadlineMs: 1500, maxRequestsPerSecond: 30 } });
  const { emulator } = gateway;
  const codes: unknown[] = [];
  let isOver = false;
  const client = async () => {
    while (!isOver) {
      const { errors } = await gateway.ask(ASK);
      const extensions = errors?.[0]?.extensions;
      codes.push(extensions?.code);
      if (extensions !== undefined) await sleep(Math.min(500, Number(extensions.retryAfterMs ?? 500)));
    }
  };
  const clients = Array.from({ length: 80 }, client);
  await sleep(2000);
  emulator.setLatencyMs(400);
  await sleep(3000);
  codes.splice(0);
  await sleep(2000);
  isOver = true;
  const { upstream } = await readinessOf(gateway);
  await Promise.all(clients);
  expect(upstream.circuit).toBe('closed');
  const served = codes.filter((code) => code === undefined);
  const timedOut = codes.filter((code) => code === 'UPSTREAM_TIMEOUT');
  expect(codes).not.toContain('UPSTREAM_UNAVAILABLE');
  expect(served.length).toBeGreaterThan(30);
  expect(timedOut.length).toBeLessThan(served.length / 10);
});
