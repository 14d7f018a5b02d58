import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Call } from '../../emulator/calls.ts';
import { startGateway } from '../gateway-under-test.ts';
import { runningMs, standstillMs, undisturbed } from './standstill.ts';

const CLIENTS = 200;
const QUOTA = 10;
/** Time in which the rate limiter finds the quota, in milliseconds. */
const LEARNING_MS = 5000;
const MEASURED_MS = 6000;

/** Maximum number of upstream calls that begin during a rejected request; waiting for a slot would take hundreds. */
const MAX_CALLS_DURING_REQUEST = 3;

/** Distinct windows per client; without a cache, each costs an upstream call. */
const queryOf = (client: number) =>
  `{ customizedVoiceJobs(type: ${client < 100 ? 'BASIC' : 'STANDARD'}, first: ${(client % 100) + 1}) { nodes { jobId } } }`;

test('200 clients use an unknown quota fully, rarely exceed it, and get rejections without waiting', async () => {
  await using gateway = await startGateway({
    gateway: { deadlineMs: 5000, maxRequestsPerSecond: 50 },
  });
  gateway.emulator.setQuota(QUOTA);

  /** For each rejected request, the number of upstream calls between its start and its rejection. */
  let callsMeanwhile: number[] = [];
  const codes: unknown[] = [];
  // Aborts the requests that still wait at the end.
  const over = new AbortController();
  const client = async (index: number) => {
    while (!over.signal.aborted) {
      const callsBefore = gateway.emulator.calls.length;
      const stoodStillMs = standstillMs();
      const { errors } = await gateway.ask(queryOf(index), {}, { signal: over.signal });
      const extensions = errors?.[0]?.extensions;
      if (extensions === undefined) continue;
      // Calls that waited while the machine stalled prove nothing.
      if (standstillMs() === stoodStillMs) codes.push(extensions.code);
      if (extensions.code === 'UPSTREAM_THROTTLED')
        callsMeanwhile.push(gateway.emulator.calls.length - callsBefore);
      await sleep(Number(extensions.retryAfterMs ?? 1000), undefined, over);
    }
  };
  const clients = Array.from({ length: CLIENTS }, (_, index) =>
    client(index).catch((error) => over.signal.aborted || Promise.reject(error)),
  );
  await sleep(LEARNING_MS);
  const { answers, ranMs } = await undisturbed(async () => {
    callsMeanwhile = [];
    const [beganAt, began] = [Date.now(), runningMs()];
    await sleep(MEASURED_MS);
    const ranMs = runningMs() - began;
    const endedAt = Date.now();
    return { answers: gateway.emulator.calls.filter(({ at }) => at >= beganAt && at < endedAt), ranMs };
  }, 300);
  over.abort();
  await Promise.all(clients);
  const throttled = answers.filter(isThrottled).length;
  // test/upstream/hidden-quota.test.ts proves one in a hundred, and nine tenths of the quota, with a fake clock; here a slow
  // machine sends calls in bursts, and some of them late.
  expect(throttled).toBeLessThanOrEqual(0.05 * answers.length);
  expect(answers.length - throttled).toBeGreaterThanOrEqual((0.75 * QUOTA * ranMs) / 1000);
  // On a slow machine, a response may occasionally come too late.
  const others = codes.filter((code) => code !== 'UPSTREAM_THROTTLED');
  expect(new Set([...others, 'UPSTREAM_TIMEOUT'])).toEqual(new Set(['UPSTREAM_TIMEOUT']));
  expect(others.length).toBeLessThan(0.05 * gateway.emulator.calls.length);
  callsMeanwhile.sort((one, other) => one - other);
  expect(callsMeanwhile.length).toBeGreaterThan(30);
  // Few calls are queued and then rejected because latency grew.
  expect(callsMeanwhile[Math.floor(0.9 * callsMeanwhile.length)]).toBeLessThanOrEqual(
    MAX_CALLS_DURING_REQUEST,
  );
});

function isThrottled({ outcome }: Call): boolean {
  return outcome.startsWith('Throttling');
}
