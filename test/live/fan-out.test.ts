import { expect, test } from 'vitest';
import { standstillMs, undisturbed } from '../faults/standstill.ts';
import { startGateway } from '../gateway-under-test.ts';
import { follow, TRANSPORTS } from './subscriber-under-test.ts';

const COURSE = ['AudioDetecting', 'PreTraining', 'Training', 'Success'] as const;
const SHOWN = ['INITIALIZATION', 'AUDIO_DETECTING', 'PRE_TRAINING', 'TRAINING', 'SUCCESS'];

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The value that the given share of values does not exceed. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
}

/** Maximum number of arrivals in any second, from times in milliseconds. */
function mostInASecond(times: readonly number[]): number {
  return Math.max(0, ...times.map((start) => times.filter((at) => at >= start && at < start + 1000).length));
}

test('300 subscribers of 6 jobs receive every state once, in order and in time, with few upstream calls', async ({
  annotate,
}) => {
  const livePollMs = 1000;
  await using gateway = await startGateway({
    gateway: { livePollMs, cache: { ttlMs: 2000, staleIfErrorMs: 60_000 } },
  });
  const { emulator, origin } = gateway;
  const jobs = Array.from({ length: 6 }, () => emulator.insert('Basic', { Status: 'Initialization' }).JobId);
  const followings = jobs.flatMap((jobId) =>
    Array.from({ length: 50 }, () => follow('server-sent events', origin, jobId)),
  );
  const haveSeen = (count: number) => () => followings.every(({ statuses }) => statuses.length >= count);
  await expect.poll(haveSeen(1)).toBe(true);
  emulator.resetCalls();
  const lags: number[] = [];
  for (const [index, Status] of COURSE.entries()) {
    const [changedAt, stoodStillMs] = [performance.now(), standstillMs()];
    for (const jobId of jobs) emulator.change(jobId, { Status });
    await expect.poll(haveSeen(index + 2), { interval: 20 }).toBe(true);
    const sinceMs = changedAt + standstillMs() - stoodStillMs;
    lags.push(...followings.map(({ cameAt }) => Number(cameAt[index + 1]) - sinceMs));
    // Not a multiple of the poll interval.
    await sleep(0.3 * livePollMs);
  }
  await Promise.all(followings.map(({ ended }) => ended));
  expect(followings.map(({ statuses }) => statuses)).toEqual(followings.map(() => SHOWN));
  const lagMs = quantile(lags, 0.95);
  const calls = mostInASecond(emulator.calls.map(({ at }) => at));
  await annotate(
    `95 % within ${lagMs.toFixed(0)} ms at LIVE_POLL_MS=${livePollMs}; at most ${calls} calls in a second`,
  );
  expect(lagMs).toBeLessThan(2 * livePollMs + 200);
  expect(calls).toBeLessThanOrEqual(2 * jobs.length);
});

test.each(TRANSPORTS)('polling stops when the last subscriber leaves, by %s', async (transport) => {
  await using gateway = await startGateway();
  const { emulator, origin } = gateway;
  const { JobId } = emulator.insert('Basic', { Status: 'Training' });
  const [first, second] = [follow(transport, origin, JobId), follow(transport, origin, JobId)];
  await expect
    .poll(() => [first, second].map(({ statuses }) => statuses))
    .toEqual([['TRAINING'], ['TRAINING']]);
  first.leave();
  const calls = emulator.calls.length;
  await expect.poll(() => emulator.calls.length).toBeGreaterThan(calls + 2);
  second.leave();
  const metrics = async () => (await fetch(`${origin}/metrics`)).text();
  await expect.poll(metrics).toMatch(/^voicejobs_graphql_subscriptions 0$/m);
  await sleep(150);
  const left = emulator.calls.length;
  await sleep(500);
  expect(emulator.calls).toHaveLength(left);
});

test('simultaneous subscribers share one upstream call, even without a cache', async () => {
  await using gateway = await startGateway({ gateway: { livePollMs: 60_000 } });
  const { emulator, origin } = gateway;
  const { JobId } = emulator.insert('Basic', { Status: 'Training' });
  emulator.setLatencyMs(300);
  const followings = Array.from({ length: 40 }, () => follow('server-sent events', origin, JobId));
  await expect.poll(() => followings.every(({ statuses }) => statuses.length === 1)).toBe(true);
  expect(emulator.calls).toHaveLength(1);
});

test('jobs on one page are polled by one call, and found again when they move to the next page', () =>
  undisturbed(async () => {
    await using gateway = await startGateway({ emulator: { basicCount: 1000, standardCount: 500 } });
    const { emulator, origin } = gateway;
    const jobs = [
      ...emulator.insertMany('Basic', 30, { Status: 'Training' }),
      ...emulator.insertMany('Standard', 10, { Status: 'Training' }),
    ];
    const followings = jobs.map(({ JobId }) => follow('server-sent events', origin, JobId));
    await expect.poll(() => followings.every(({ statuses }) => statuses.length === 1)).toBe(true);
    const callsOfSecond = async () => {
      await sleep(250);
      emulator.resetCalls();
      await sleep(1000);
      return emulator.calls;
    };
    // Ten polls, which would need 400 calls by id.
    const calls = await callsOfSecond();
    expect(new Set(calls.map(({ action }) => action))).toEqual(new Set(['ListCustomizedVoiceJobs']));
    expect(calls.length).toBeLessThanOrEqual(24);
    emulator.insertMany('Basic', 90, { Status: 'Success' });
    const moved = await callsOfSecond();
    expect(new Set(moved.map(({ params }) => `${params.Type} ${params.PageNo}`))).toEqual(
      new Set(['Basic 1', 'Basic 2', 'Standard 1']),
    );
    expect(moved.length).toBeLessThanOrEqual(36);
    // As many are removed at the end as inserted at the top, so the length of the list does not reveal it.
    emulator.insertMany('Basic', 90, { Status: 'Success' });
    for (const { JobId } of emulator.list('Basic').slice(-90)) emulator.remove(JobId);
    await sleep(300);
    const found = await callsOfSecond();
    expect(new Set(found.map(({ params }) => `${params.Type} ${params.PageNo}`))).toEqual(
      new Set(['Basic 2', 'Basic 3', 'Standard 1']),
    );
    for (const { JobId } of jobs) emulator.change(JobId, { Status: 'Success' });
    await Promise.all(followings.map(({ ended }) => ended));
    expect(followings.map(({ statuses }) => statuses)).toEqual(jobs.map(() => ['TRAINING', 'SUCCESS']));
  }));
