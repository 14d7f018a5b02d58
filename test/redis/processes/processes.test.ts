import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { undisturbed } from '../../faults/standstill.ts';
import { needs } from '../../parts/needs.ts';
import { metricsOf } from '../../telemetry/metrics-of.ts';
import { mostAtOnce } from '../most-at-once.ts';
import { callsIn, fiveWindows, type ProcessFleet, startProcessFleet } from './fleet.ts';
import { type Demand, Load, type Outcome } from './load.ts';

needs('redis');

const TTL_MS = 400;

/** The account's quota, in requests per second. */
const QUOTA = 30;

const ENV = { CACHE_TTL_MS: String(TTL_MS), IMS_MAX_REQUESTS_PER_SECOND: String(QUOTA), LOG_LEVEL: 'info' };

/** How long calls are counted, in milliseconds: seven TTLs. */
const LOOK_MS = 2800;

/** How long this process may stand still while calls are counted, in milliseconds; the replicas are other processes. */
const NEGLIGIBLE_MS = 300;

/** Time in which replicas must share again after Redis is back, in milliseconds. */
const BACK_MS = 2000;

let fleet: ProcessFleet;
/** 60 clients on 5 windows. */
let windows: Demand;
/** Maximum number of calls of a single replica: each of the three pages once per TTL. */
const callsOfOne = (ms: number): number => (3 * ms) / TTL_MS;

beforeAll(async () => {
  fleet = await startProcessFleet(3, ENV);
  await fleet.emulator.tell({ latencyMs: 30 });
  const question = await fiveWindows(String(fleet.origins[0]));
  windows = { origins: fleet.origins, clients: 60, question, pauseMs: 50 };
});

afterAll(() => fleet[Symbol.asyncDispose]());

/** Number of Redis commands so far that missed their deadline or were skipped. */
async function missedCommands(): Promise<number> {
  const metrics = await Promise.all(fleet.origins.map((origin) => metricsOf(origin)));
  const missed = metrics.flatMap((one) =>
    ['lost', 'skipped'].map((outcome) => one.sum('voicejobs_redis_commands_total', { outcome })),
  );
  return missed.reduce((sum, count) => sum + count, 0);
}

/**
 * Upstream calls of the next `ms` milliseconds, as a multiple of those of a single replica. Each missed Redis command may cause
 * an extra call, because the replica reads by itself: `missed` is their number in the same unit.
 */
async function callsBesideOne(ms: number): Promise<{ times: number; missed: number }> {
  const ofOne = callsOfOne(ms);
  const before = await missedCommands();
  const { length } = await callsIn(ms, fleet);
  return { times: length / ofOne, missed: ((await missedCommands()) - before) / ofOne };
}

const inWords = ({ answers, slowestMs, failures }: Outcome): string =>
  `${answers} answers, the slowest in ${slowestMs.toFixed(0)} ms, ${failures.length} failures`;

test('three replicas make at most 1.2 times the calls of one, plus one for each command that Redis missed', async ({
  annotate,
}) => {
  const load = new Load(windows);
  await sleep(1000);
  const { times, missed } = await undisturbed(() => callsBesideOne(LOOK_MS), NEGLIGIBLE_MS);
  const outcome = await load.stop();
  await annotate(
    `${times.toFixed(2)} times the calls of one, ${missed.toFixed(2)} times as many commands missed; ${inWords(outcome)}`,
  );
  expect(outcome.failures).toEqual([]);
  expect(times).toBeGreaterThan(0.5);
  expect(times).toBeLessThanOrEqual(1.2 + missed);
});

test('three replicas keep the shared quota together, and use all of it', async ({ annotate }) => {
  // Unknown, unused ids: each is a call, or is rejected.
  let ids = 0;
  const query = 'query ($jobId: ID!) { customizedVoiceJob(jobId: $jobId) { jobId } }';
  const question = () => ({ query, variables: { jobId: `unknown-${ids++}` } });
  const seconds = 4;
  const { calls, failures } = await undisturbed(async () => {
    await fleet.emulator.tell('reset');
    const load = new Load({ ...windows, question });
    await sleep(seconds * 1000);
    // Does not wait for queued requests.
    const { failures } = load.abort();
    return { failures, calls: await fleet.emulator.tell('calls') };
  }, NEGLIGIBLE_MS);
  const times = calls.map(({ at }) => at);
  await annotate(`${calls.length} calls in ${seconds} s, at most ${mostAtOnce(times, 1000)} in one`);
  for (let length = 1; length <= seconds; length++)
    expect(mostAtOnce(times, length * 1000)).toBeLessThanOrEqual(QUOTA * (length + 1));
  expect(calls.length).toBeGreaterThanOrEqual(0.9 * QUOTA * seconds);
  for (const failure of failures) expect(failure).toContain('UPSTREAM_THROTTLED');
});

describe('no read fails, and replicas share again within 2 s,', () => {
  const troubles: [name: string, trouble: () => Promise<void>][] = [
    [
      'when Redis is killed and started again',
      async () => {
        await fleet.redis.kill();
        await sleep(1000);
        await fleet.redis.start();
      },
    ],
    [
      'when Redis stands still for a while',
      async () => {
        fleet.redis.pause();
        await sleep(1500);
        fleet.redis.resume();
      },
    ],
    [
      'when Redis forgets everything over and over, then is full, then takes no writes',
      async () => {
        const { client } = fleet.redis;
        for (let times = 0; times < 10; times++) {
          await client.flushall();
          await sleep(50);
        }
        await client.config('SET', 'maxmemory', '1mb');
        await sleep(700);
        await expect(client.set('more', 'x')).rejects.toThrow('OOM');
        await client.config('SET', 'maxmemory', '0');
        await client.replicaof('127.0.0.1', 1);
        await sleep(700);
        await expect(client.set('more', 'x')).rejects.toThrow('READONLY');
        await client.replicaof('NO', 'ONE');
      },
    ],
  ];

  test.for(troubles)('%s', async ([, trouble], { annotate }) => {
    const load = new Load(windows);
    await sleep(300);
    await trouble();
    await sleep(BACK_MS);
    const { times, missed } = await undisturbed(() => callsBesideOne(3 * TTL_MS), NEGLIGIBLE_MS);
    const outcome = await load.stop();
    await annotate(
      `${times.toFixed(2)} times the calls of one afterwards, ${missed.toFixed(2)} times as many commands missed; ${inWords(outcome)}`,
    );
    expect(outcome.failures).toEqual([]);
    // Separate replicas would make three times the calls.
    expect(times).toBeLessThan(1.5 + missed);
  });

  test('when a replica is killed while it reads for all', async ({ annotate }) => {
    const [doomed, ...others] = fleet.replicas;
    await fleet.emulator.tell({ latencyMs: 300 });
    const load = new Load({ ...windows, origins: others.map(({ origin }) => origin) });
    const beside = new Load({ ...windows, origins: [String(doomed?.origin)] });
    await sleep(700);
    await doomed?.kill();
    // Each page is read again after a TTL; stop() waits for requests that wait for the dead replica's lease.
    await sleep(2 * TTL_MS);
    await beside.stop();
    const outcome = await load.stop();
    await annotate(inWords(outcome));
    expect(outcome.failures).toEqual([]);
  });
});
