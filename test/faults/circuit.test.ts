import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { CAPACITY, MAX_ATTEMPTS, RETRY_COST } from '../../src/upstream/resilience/retry-rules.ts';
import { type Answer, type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { metricsOf } from '../telemetry/metrics-of.ts';
import { ASK, AWAY, atOnce, codesOf, MIN_OUTCOMES, open, PROBE_EVERY_MS } from './open-circuit.ts';
import { readinessOf } from './readiness.ts';
import { startFronted } from './run-case.ts';

// outage.test.ts measures the rate of probes. No test here depends on elapsed time.

const LOOK_UP = 'query ($jobId: ID!) { customizedVoiceJob(jobId: $jobId) { jobId } }';
const FAILING = 'failing';

/** Number of attempts sent upstream. The emulator does not see one whose connection ended before. */
const attemptsOf = async ({ origin }: GatewayUnderTest): Promise<number> =>
  (await metricsOf(origin)).sum('voicejobs_upstream_attempts_total');

/**
 * Number of calls that use up the retry budget; few enough to end before the rate is low, which throttling halves every
 * second.
 */
const THROTTLED_CALLS = 60;

const lookUp = (gateway: GatewayUnderTest, jobId: string): Promise<Answer> => gateway.ask(LOOK_UP, { jobId });

test('an open circuit rejects calls at once without an upstream call, and /ready reports it with status 200', async () => {
  await using gateway = await startGateway();
  expect((await readinessOf(gateway)).upstream).toMatchObject({
    circuit: 'closed',
    requestsPerSecond: 100_000,
    queued: 0,
  });
  const beganAt = performance.now();
  await open(gateway);
  const requests = gateway.emulator.calls.length;
  let refused = 0;
  for (let ask = 0; ask < 20; ask++) {
    const answer = await gateway.ask(ASK);
    expect(codesOf(answer)).toEqual([AWAY]);
    const retryAfterMs = answer.errors?.[0]?.extensions.retryAfterMs;
    if (retryAfterMs === undefined) continue;
    expect(retryAfterMs).toBeLessThanOrEqual(PROBE_EVERY_MS);
    refused++;
  }
  // None, unless a slow machine has reached the time of a probe.
  const probes = Math.floor((performance.now() - beganAt) / PROBE_EVERY_MS);
  expect(gateway.emulator.calls.length - requests).toBeLessThanOrEqual(probes);
  expect(refused).toBeGreaterThanOrEqual(20 - probes);
  const { status, upstream } = await readinessOf(gateway);
  expect(status).toBe(200);
  expect(upstream).toMatchObject({ circuit: 'open', lastOutcome: AWAY, queued: 0 });
});

test('denials, bad input and throttling do not open the circuit', async () => {
  await using gateway = await startGateway();
  for (const [code, status] of [
    ['Forbidden.RAM', 403],
    ['InvalidParameter', 400],
    ['Throttling.User', 400],
  ] as const) {
    const lift = gateway.emulator.fault({ kind: 'error', code, status });
    await atOnce(gateway, 2 * MIN_OUTCOMES);
    expect((await readinessOf(gateway)).upstream.circuit).toBe('closed');
    lift();
  }
});

test('truncated responses open the circuit like broken connections', async () => {
  await using gateway = await startGateway();
  gateway.emulator.fault({ kind: 'resetMidBody' });
  const codes = (await atOnce(gateway, MIN_OUTCOMES)).map(codesOf);
  expect(codes).toContainEqual(['UPSTREAM_BAD_RESPONSE']);
  expect((await readinessOf(gateway)).upstream.circuit).toBe('open');
});

test('timeouts open the circuit', async () => {
  await using gateway = await startGateway({ gateway: { deadlineMs: 900 } });
  gateway.emulator.fault({ kind: 'hang' });
  const answers = await atOnce(gateway, MIN_OUTCOMES);
  expect(answers.map(codesOf)).toEqual(answers.map(() => ['UPSTREAM_TIMEOUT']));
  expect((await readinessOf(gateway)).upstream.circuit).toBe('open');
});

test('queued calls are rejected at once when the circuit opens', async () => {
  await using gateway = await startFronted({ deadlineMs: 60_000 });
  const { emulator, front } = gateway;
  const lift = emulator.fault({ kind: 'hang' });
  const hanging = atOnce(gateway, MIN_OUTCOMES);
  await expect.poll(() => emulator.inFlight).toBe(MIN_OUTCOMES);
  lift();
  // A Retry-After of 50 s, so that no queued call gets a slot before the circuit opens.
  const headers = { 'x-acs-retry-after': '50000' };
  emulator.fault({ kind: 'error', code: 'Throttling.User', status: 400, headers }, { times: 1 });
  const throttled = gateway.ask(ASK);
  const queued = async () => (await readinessOf(gateway)).upstream.queued;
  await expect.poll(queued, { interval: 10 }).toBe(1);
  const waiting = atOnce(gateway, 5);
  await expect.poll(queued, { interval: 10 }).toBe(6);
  await front.refuse();
  for (const answer of [...(await hanging), await throttled, ...(await waiting)])
    expect(codesOf(answer)).toEqual([AWAY]);
  // No queued call was sent: the circuit breaker rejected them.
  expect(emulator.calls).toHaveLength(MIN_OUTCOMES + 1);
  expect((await readinessOf(gateway)).upstream).toMatchObject({ circuit: 'open', queued: 0 });
});

test('two hundred concurrent calls to a failing upstream cost few more attempts than calls', async () => {
  await using gateway = await startGateway({ gateway: { deadlineMs: 60_000 } });
  gateway.emulator.fault({ kind: 'error', code: 'ServiceUnavailable', status: 503 });
  const startedAt = performance.now();
  await atOnce(gateway, 200);
  const probes = Math.floor((performance.now() - startedAt) / PROBE_EVERY_MS);
  // Calls that failed before it opened may have reached their further attempts by then.
  const retries = (MIN_OUTCOMES - 1) * (MAX_ATTEMPTS - 1);
  expect(gateway.emulator.calls.length).toBeLessThanOrEqual(200 + retries + probes);
});

test('two hundred calls of ten callers to a failing upstream cost thirty attempts', async () => {
  await using gateway = await startGateway({ gateway: { deadlineMs: 60_000 } });
  gateway.emulator.fault({ kind: 'reset' });
  const startedAt = performance.now();
  let left = 200;
  const caller = async () => {
    while (left-- > 0) await gateway.ask(ASK);
  };
  await Promise.all(Array.from({ length: 10 }, caller));
  const probes = Math.floor((performance.now() - startedAt) / PROBE_EVERY_MS);
  expect(gateway.emulator.calls.length).toBeLessThanOrEqual(MIN_OUTCOMES + 10 + probes);
});

test('throttled calls are retried only while the retry budget lasts', async () => {
  await using gateway = await startGateway({ gateway: { deadlineMs: 60_000 } });
  gateway.emulator.fault({ kind: 'error', code: 'Throttling.User', status: 400 });
  await atOnce(gateway, THROTTLED_CALLS);
  expect(await attemptsOf(gateway)).toBe(THROTTLED_CALLS + CAPACITY / RETRY_COST);
  await atOnce(gateway, 40);
  expect(await attemptsOf(gateway)).toBe(THROTTLED_CALLS + 40 + CAPACITY / RETRY_COST);
});

describe('a "not found" response of the upstream counts as a success', () => {
  test('and seven failed look-ups among sixty of them leave the circuit closed', async () => {
    await using gateway = await startGateway();
    gateway.emulator.fault(
      { kind: 'error', code: 'InternalError', status: 500 },
      { when: ({ params }) => params.JobId?.startsWith(FAILING) === true },
    );
    const found = Array.from({ length: 60 }, (_, index) => lookUp(gateway, `made-up-${index}`));
    const failed = Array.from({ length: 7 }, (_, index) => lookUp(gateway, `${FAILING}-${index}`));
    for (const answer of await Promise.all(found)) expect(codesOf(answer)).toBeUndefined();
    for (const answer of await Promise.all(failed)) expect(codesOf(answer)).toEqual([AWAY]);
    // Each was attempted three times, so there were enough failures to open a circuit that counts nothing else.
    expect(gateway.emulator.calls.filter(({ params }) => params.JobId?.startsWith(FAILING))).toHaveLength(
      7 * MAX_ATTEMPTS,
    );
    expect((await readinessOf(gateway)).upstream.circuit).toBe('closed');
  });

  test('and refills the retry budget', async () => {
    await using gateway = await startGateway({ gateway: { deadlineMs: 60_000 } });
    const lift = gateway.emulator.fault({ kind: 'error', code: 'Throttling.User', status: 400 });
    await atOnce(gateway, THROTTLED_CALLS);
    expect(await attemptsOf(gateway)).toBe(THROTTLED_CALLS + CAPACITY / RETRY_COST);
    lift();
    for (let index = 0; index < 10 * RETRY_COST; index++) await lookUp(gateway, `made-up-${index}`);
    const before = await attemptsOf(gateway);
    gateway.emulator.fault({ kind: 'error', code: 'Throttling.User', status: 400 });
    await atOnce(gateway, 50);
    expect((await attemptsOf(gateway)) - before).toBe(50 + 10);
  });
});

// These tests mostly wait for probes, so they run concurrently.
describe.concurrent('a half-open probe', () => {
  test('that hangs does not delay the next one', async ({ expect }) => {
    // If it did, the circuit would stay open until the test times out.
    await using gateway = await startGateway({ gateway: { deadlineMs: 600_000 } });
    await open(gateway);
    gateway.emulator.clearFaults();
    gateway.emulator.fault({ kind: 'hang' }, { times: 2 });
    while ((await readinessOf(gateway)).upstream.circuit !== 'closed') {
      gateway.ask(ASK).catch(() => {});
      await sleep(50);
    }
    await expect.poll(() => gateway.emulator.inFlight).toBe(2);
    for (const answer of await atOnce(gateway, 10)) expect(codesOf(answer)).toBeUndefined();
  });

  test('whose response is "not found" closes the circuit', async ({ expect }) => {
    await using gateway = await startGateway();
    await open(gateway);
    gateway.emulator.clearFaults();
    // All requests are for unknown ids.
    await expect
      .poll(async () => codesOf(await lookUp(gateway, 'made-up')), { timeout: 20_000 })
      .toBe(undefined);
    expect((await readinessOf(gateway)).upstream.circuit).toBe('closed');
    for (const answer of await atOnce(gateway, 30)) expect(codesOf(answer)).toBeUndefined();
  });

  test('whose parameter the upstream rejects closes the circuit', async ({ expect }) => {
    await using gateway = await startGateway();
    await open(gateway);
    gateway.emulator.clearFaults();
    gateway.emulator.fault({ kind: 'error', code: 'InvalidParameter', status: 400 });
    await expect
      .poll(async () => codesOf(await lookUp(gateway, 'made-up')), { timeout: 20_000 })
      .toBe(undefined);
    expect((await readinessOf(gateway)).upstream.circuit).toBe('closed');
  });

  test('that fails does not count: an outage is counted and logged as one opening', async ({ expect }) => {
    await using gateway = await startGateway();
    await open(gateway);
    gateway.emulator.resetCalls();
    while (gateway.emulator.calls.length < 2) {
      await gateway.ask(ASK);
      await sleep(20);
    }
    const turns = () =>
      gateway.logged
        .filter(({ msg, level }) => msg === 'upstream circuit breaker' && Number(level) >= 30)
        .map(({ state }) => state);
    expect((await metricsOf(gateway.origin)).sum('voicejobs_upstream_circuit_breaker_trips_total')).toBe(1);
    expect(turns()).toEqual(['open']);
    gateway.emulator.clearFaults();
    await expect.poll(async () => codesOf(await gateway.ask(ASK)), { timeout: 20_000 }).toBe(undefined);
    expect(turns()).toEqual(['open', 'closed']);
    await open(gateway);
    expect((await metricsOf(gateway.origin)).sum('voicejobs_upstream_circuit_breaker_trips_total')).toBe(2);
  });
});
