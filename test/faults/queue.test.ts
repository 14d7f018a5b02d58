import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startGateway } from '../gateway-under-test.ts';
import { readinessOf } from './readiness.ts';
import { GRACE_MS, timed } from './run-case.ts';

const ASK = '{ customizedVoiceJobs(first: 3) { nodes { jobId } } }';

test('of many at once those are served who can be in time, and the others are refused at once', async () => {
  // Turns come at 0, 1 and 2 s; 900 ms are left for the last answers.
  const deadlineMs = 2900;
  await using gateway = await startGateway({ gateway: { deadlineMs, maxRequestsPerSecond: 4 } });
  const ask = async () => {
    const result = await timed(() => gateway.ask(ASK));
    return { ...result, callsByThen: gateway.emulator.calls.length };
  };
  const asked = await Promise.all(Array.from({ length: 30 }, ask));
  for (const { tookMs } of asked) expect(tookMs).toBeLessThanOrEqual(deadlineMs + GRACE_MS);

  const served = asked.filter(({ answer }) => answer.errors === undefined);
  const refused = asked.filter(({ answer }) => answer.errors !== undefined);
  // At once, after a second and after two.
  expect(served).toHaveLength(12);
  expect(gateway.emulator.calls).toHaveLength(12);
  for (const { answer, callsByThen } of refused) {
    expect(answer.errors?.map(({ extensions }) => extensions.code)).toEqual(['UPSTREAM_THROTTLED']);
    // Before even the next turn came.
    expect(callsByThen).toBeLessThanOrEqual(4);
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
  // The slot that it was told of is kept for a while; a machine that stood still for longer is told of the next one.
  const again = await gateway.ask(ASK);
  if (again.errors !== undefined) {
    await sleep(Number(again.errors[0]?.extensions.retryAfterMs));
    expect((await gateway.ask(ASK)).errors).toBeUndefined();
  }
  for (const answer of await Promise.all(crowd)) expect(answer.errors).toBeUndefined();
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
