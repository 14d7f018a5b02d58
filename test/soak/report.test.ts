import { expect, test } from 'vitest';
import type { Reply } from '../../tools/soak/client.ts';
import { Judge } from '../../tools/soak/judge/judge.ts';
import { OK_OR_UPSTREAM_ERROR } from '../../tools/soak/judge/verdict.ts';
import { cast, ROLES } from '../../tools/soak/load/index.ts';
import type { Figures } from '../../tools/soak/measure/figures.ts';
import { eventLoopP99Ms } from '../../tools/soak/measure/metrics.ts';
import { growth, handlesOf, rssOf } from '../../tools/soak/measure/vitals.ts';
import { progressLine } from '../../tools/soak/report/line.ts';
import { memoryTrend, problems } from '../../tools/soak/report/problems.ts';
import { report } from '../../tools/soak/report/report.ts';
import { FailureLog } from '../../tools/soak/upstream/failure-log.ts';
import { upstreamFaults } from '../../tools/soak/upstream/upstream-faults.ts';

const CLEAN: Figures = {
  minutes: 10,
  samples: Array.from({ length: 600 }, (_, at) => ({ minutes: at / 60, rssKb: 90_000 + (at % 7) * 500 })),
  recoveries: [{ fault: 'hang', tookMs: 700, lastCode: 'UPSTREAM_TIMEOUT' }],
  upstreamCalls: new Map([['OK', 12]]),
  handlesLeft: {},
  healthMs: [1, 2, 3],
  eventLoopP99Ms: [4, 12.5],
  death: undefined,
  exitCode: 0,
};
const nothing = { unexpectedCount: 0 };

test('a soak run without anything unexpected passes', () => {
  expect(problems(nothing, CLEAN)).toEqual([]);
});

const growing = CLEAN.samples.map(({ minutes, rssKb }) => ({ minutes, rssKb: rssKb + 2000 * minutes }));

test.each<[string, Partial<Figures>, string]>([
  [
    'the process died',
    { death: 'exit code 134: out of memory' },
    'the gateway ended before SIGTERM: exit code 134',
  ],
  ['it had to be killed', { exitCode: undefined }, 'exit code none after SIGTERM instead of 0'],
  ['its exit code is not 0', { exitCode: 1 }, 'exit code 1 after SIGTERM instead of 0'],
  ['descriptors are still open', { handlesLeft: { socket: 3 } }, '3 × socket'],
  ['memory grows', { samples: growing }, 'memory grew significantly'],
])('a soak run fails if %s', (_, figures, message) => {
  expect(problems(nothing, { ...CLEAN, ...figures })).toEqual([expect.stringContaining(message)]);
});

test('a soak run fails if anything was unexpected', () => {
  expect(problems({ unexpectedCount: 2 }, CLEAN)).toEqual(['unexpected events: 2']);
});

test('memory growth while caches fill does not fail a soak run', () => {
  const samples = CLEAN.samples.map((sample) =>
    sample.minutes < 2 ? { ...sample, rssKb: 50_000 + 20_000 * sample.minutes } : sample,
  );
  expect(Math.abs(memoryTrend({ samples, minutes: 10 }).slope)).toBeLessThan(50);
  expect(problems(nothing, { ...CLEAN, samples })).toEqual([]);
});

test('memory growth of a short soak run is reported, but does not fail it', () => {
  const figures = { ...CLEAN, minutes: 9.9, samples: growing };
  expect(problems(nothing, figures)).toEqual([]);
  expect(report(new Judge(new FailureLog(), []), figures)).toContain(
    'Not judged: in runs shorter than 10 minutes',
  );
});

const reply = (requestId: string, body: unknown): Reply => ({
  requestId,
  status: 200,
  headers: {},
  text: JSON.stringify(body),
  startedAtMs: performance.now(),
  tookMs: 4,
});

test('a soak report counts by role and code, and names the first request of anything unexpected', () => {
  const judge = new Judge(new FailureLog(), []);
  const internal = { errors: [{ message: 'masked', extensions: { code: 'INTERNAL_SERVER_ERROR' } }] };
  expect(judge.judge('walk', reply('a-1', { data: { x: 1 } }), OK_OR_UPSTREAM_ERROR)).toEqual({ x: 1 });
  expect(judge.judge('walk', reply('a-2', internal), OK_OR_UPSTREAM_ERROR)).toBeUndefined();
  expect(judge.judge('walk', reply('a-3', internal), OK_OR_UPSTREAM_ERROR)).toBeUndefined();
  const text = report(judge, CLEAN);
  expect(text).toMatch(/^complete +1 +1$/m);
  expect(text).toMatch(/^INTERNAL_SERVER_ERROR +2 +2$/m);
  expect(text).toMatch(/2 × walk: INTERNAL_SERVER_ERROR\n {4}first: a-2 .*masked/);
  expect(text).toContain('p99 by its metrics 12.5 ms in the worst ten seconds');
  expect(text).toContain('700 ms after hang, with UPSTREAM_TIMEOUT until then');
  expect(text).toMatch(/FAILED:\n {2}unexpected events: 2$/);
});

test('a progress line describes the time since the previous one', () => {
  const progress = {
    seconds: 10,
    responses: 100,
    unexpected: 1,
    byCode: new Map([['BAD_USER_INPUT', 5]]),
    calls: 20,
    rssKb: 102_400,
    handles: 30,
    healthMs: [],
    fault: undefined,
  };
  const now = {
    ...progress,
    seconds: 20,
    responses: 600,
    byCode: new Map([
      ['BAD_USER_INPUT', 5],
      ['UPSTREAM_TIMEOUT', 2],
    ]),
    healthMs: [3],
    fault: 'hang',
  };
  expect(progressLine(progress, now)).toBe(
    '   20 s | 50 responses/s | 0 calls/s | 100 MB | 30 handles | /health p99 3.0 ms | unexpected 0 | hang | UPSTREAM_TIMEOUT 2',
  );
});

test('a crowd contains every role, in proportion to its weight', () => {
  expect(cast(ROLES.length).map(({ name }) => name)).toEqual(ROLES.map(({ name }) => name));
  const crowd = cast(60);
  const playing = (name: string) => crowd.filter((role) => role.name === name).length;
  expect(crowd).toHaveLength(60);
  expect(playing('walk')).toBe(16);
  expect(playing('dashboard')).toBe(10);
  expect(playing('unauthenticated')).toBe(2);
});

test('an upstream error is excused while the upstream fails, and for five seconds after', () => {
  const failures = new FailureLog();
  const now = performance.now();
  expect(failures.excuses(now)).toBe(false);
  failures.begin('hang');
  expect(failures.fault).toBe('hang');
  expect(failures.excuses(performance.now())).toBe(true);
  failures.end();
  expect(failures.fault).toBeUndefined();
  expect(failures.excuses(performance.now() + 4900)).toBe(true);
  expect(failures.excuses(performance.now() + 5100)).toBe(false);
});

test('every upstream failure has a unique name', () => {
  const names = upstreamFaults(2000).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toContain('quota of 5/s');
  expect(names).toContain('latency of 4000 ms');
});

test('memory and descriptors of a process are read from outside; a process that has ended has none', () => {
  expect(rssOf(process.pid)).toBeGreaterThan(10_000);
  expect(Object.values(handlesOf(process.pid)).length).toBeGreaterThan(0);
  expect([rssOf(2 ** 30), handlesOf(2 ** 30)]).toEqual([undefined, {}]);
  expect(growth({ socket: 2, pipe: 3 }, { socket: 5, pipe: 1, file: 1 })).toEqual({ socket: 3, file: 1 });
});

test('the event loop delay is read from the metrics, if they contain it', () => {
  expect(eventLoopP99Ms('x 1\nnodejs_eventloop_lag_p99_seconds 0.0125\n')).toEqual([12.5]);
  expect(eventLoopP99Ms('nodejs_eventloop_lag_p50_seconds 1\n')).toEqual([]);
  expect(eventLoopP99Ms('nodejs_eventloop_lag_p99_seconds 0\n')).toEqual([]);
});
