import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Emulator } from '../../emulator/emulator.ts';
import { jobTypes } from '../../emulator/job.ts';
import { unfinishedStatuses } from '../../emulator/lifecycle.ts';
import { startGateway } from '../gateway-under-test.ts';
import { runGateway } from '../process/gateway-process.ts';
import { emulators } from './running.ts';
import { listPage } from './signed-request.ts';

const start = emulators();

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const TOTALS = { Basic: 271, Standard: 42 };
const SAMPLE = '2245ab99a7fd4116a4fd3f499b7a56c5';

// Timers run normally; only the clock is fake.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);

const underWay = (emulator: Emulator, type: 'Basic' | 'Standard') =>
  emulator.list(type).filter(({ Status }) => (unfinishedStatuses as readonly string[]).includes(Status));

function expectSound(emulator: Emulator): void {
  for (const type of jobTypes) {
    const rows = emulator.list(type);
    expect(rows).toHaveLength(TOTALS[type]);
    expect(new Set(rows.map(({ JobId }) => JobId)).size).toBe(TOTALS[type]);
    expect(underWay(emulator, type).length).toBeGreaterThan(0);
    const times = rows.map(({ CreateTime }) => CreateTime);
    expect(times).toEqual(times.toSorted().reverse());
  }
  expect(emulator.list('Standard').some(({ JobId }) => JobId === SAMPLE)).toBe(true);
}

describe("the emulator's demo", () => {
  test('has an unfinished job of each type, constant totals and the sample job at every time of a day', async () => {
    const emulator = await start({ demo: true });
    const jobIds = new Set<string>();
    const statuses = new Set<string>();
    // Not a multiple of the arrival interval, so that jobs of every age occur.
    for (let ms = 0; ms < DAY_MS; ms += 25_000) {
      pass(25_000);
      expectSound(emulator);
      for (const { JobId, Status } of emulator.list('Basic')) {
        jobIds.add(JobId);
        statuses.add(Status);
      }
    }
    // One every 30 s, in addition to the initial ones.
    expect(jobIds.size).toBeGreaterThan(2880);
    expect(statuses.size).toBe(6);
  });

  test('has unfinished jobs when it is read again after a day or a year', async () => {
    const emulator = await start({ demo: true });
    for (const ms of [DAY_MS, 365 * DAY_MS, 1000]) {
      pass(ms);
      expectSound(emulator);
    }
  });

  test('moves rows between pages, and inserts and deletes in one version', async () => {
    const emulator = await start({ demo: true });
    const pageAt = async (pageNo: number) => listPage(emulator, 'Basic', pageNo, 100);
    const before = await pageAt(2);
    pass(5 * MINUTE_MS);
    const after = await pageAt(2);
    expect([before.TotalCount, after.TotalCount]).toEqual([271, 271]);
    const [moved, stood] = [after, before].map(({ CustomizedVoiceJobList }) =>
      CustomizedVoiceJobList.map((row) => row.JobId),
    );
    expect(moved).not.toEqual(stood);
    expect(stood?.filter((jobId) => moved?.includes(jobId)).length).toBeGreaterThan(50);
  });

  test('advances a job through every state to a final one; some fail', async () => {
    const emulator = await start({ demo: true });
    const courses = new Map<string, string[]>();
    for (let second = 0; second < 60 * 60; second += 5) {
      pass(5000);
      for (const { JobId, Status } of emulator.list('Basic')) {
        const course = courses.get(JobId) ?? [];
        courses.set(JobId, course);
        if (course.at(-1) !== Status) course.push(Status);
      }
    }
    const whole = [...courses.values()].filter(
      (course) => course[0] === 'Initialization' && course.length > 4,
    );
    expect(whole.length).toBeGreaterThan(100);
    for (const course of whole) expect(course.slice(0, 4)).toEqual(unfinishedStatuses);
    expect(new Set(whole.map((course) => course[4]))).toEqual(new Set(['Success', 'Fail']));
  });

  test('keeps no old versions of its lists, so memory does not grow', async () => {
    const emulator = await start({ demo: true });
    for (let hour = 0; hour < 24; hour++) {
      pass(60 * MINUTE_MS);
      expectSound(emulator);
    }
    for (const type of jobTypes) expect(emulator.history(type)).toHaveLength(1);
  });

  test('shows no job twice in a walk by cursor while it inserts and deletes jobs', async () => {
    await using gateway = await startGateway({
      emulator: { demo: true, stepMs: 20_000 },
      gateway: { cache: { ttlMs: 0, staleIfErrorMs: 0 } },
    });
    const standing = new Set(gateway.emulator.list('Basic').map(({ JobId }) => JobId));
    const walked: string[] = [];
    for (let after: string | null = null; ; ) {
      const { data } = await gateway.ask(
        'query ($after: String) { customizedVoiceJobs(first: 20, after: $after) { nodes { jobId } pageInfo { endCursor hasNextPage } } }',
        { after },
      );
      const { nodes, pageInfo } = data.customizedVoiceJobs;
      walked.push(...nodes.map(({ jobId }: { jobId: string }) => jobId));
      if (!pageInfo.hasNextPage) break;
      after = pageInfo.endCursor;
      pass(MINUTE_MS);
    }
    expect(new Set(walked).size).toBe(walked.length);
    for (const { JobId } of gateway.emulator.list('Basic'))
      if (standing.has(JobId)) expect(walked).toContain(JobId);
  });
});

test('without the demo, lists never change on their own', async () => {
  const emulator = await start({ stepMs: 0 });
  const before = jobTypes.map((type) => emulator.list(type));
  pass(DAY_MS);
  expect(jobTypes.map((type) => emulator.list(type))).toEqual(before);
});

test('`npm start` without credentials shows recent jobs in every state', async () => {
  await using gateway = runGateway({});
  const response = await fetch(`${await gateway.origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"query":"{ customizedVoiceJobs(type: ALL, first: 100) { totalCount nodes { status createTime } } standard: customizedVoiceJobs(type: STANDARD) { totalCount } }"}',
  });
  const { data } = (await response.json()) as {
    data: {
      customizedVoiceJobs: { totalCount: number; nodes: { status: string; createTime: string }[] };
      standard: { totalCount: number };
    };
  };
  expect(data.customizedVoiceJobs.totalCount).toBe(271 + 42);
  expect(data.standard.totalCount).toBe(42);
  const recent = data.customizedVoiceJobs.nodes.filter(
    ({ createTime }) => Date.now() - Date.parse(createTime) < 12 * MINUTE_MS,
  );
  expect(recent.length).toBeGreaterThan(20);
  const statuses = new Set(recent.map(({ status }) => status));
  expect(statuses).toContain('SUCCESS');
  expect([...statuses].filter((status) => !['SUCCESS', 'FAIL'].includes(status)).length).toBeGreaterThan(1);
});
