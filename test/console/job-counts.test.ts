import { expect, test } from 'vitest';
import {
  type CountedJob,
  countByPeriod,
  countByScenario,
  countByStatus,
  fittingPeriodLength,
  PERIOD_LENGTHS,
  type PeriodLength,
} from '../../console/src/charts/job-counts.ts';
import { fc, runs } from '../runs.ts';

const job = (createTime: string | null, status: CountedJob['status'] = 'SUCCESS'): CountedJob => ({
  status,
  scenario: null,
  createTime,
});
/** A time in the user's time zone, as the API writes it. */
const local = (year: number, month: number, day: number, hour = 12) =>
  new Date(year, month - 1, day, hour).toISOString();

const jobs = fc.array(
  fc.record({
    status: fc.constantFrom('INITIALIZATION', 'TRAINING', 'SUCCESS', 'FAIL', null),
    scenario: fc.constantFrom('STORY', 'NAVIGATION', null),
    createTime: fc.oneof(
      fc
        .date({ min: new Date('2023-01-01'), max: new Date('2026-01-01'), noInvalidDate: true })
        .map((date) => date.toISOString()),
      fc.constant(null),
    ),
  }),
  { maxLength: 60 },
);

test('counts every job once by status, by scenario and by period', () => {
  fc.assert(
    fc.property(jobs, fc.constantFrom(...PERIOD_LENGTHS), (some, span) => {
      const sum = (counts: readonly { readonly count: number }[]) =>
        counts.reduce((total, { count }) => total + count, 0);
      const { periods, undated } = countByPeriod(some, span);
      expect(sum(countByStatus(some))).toBe(some.length);
      expect(sum(countByScenario(some))).toBe(some.length);
      expect(periods.reduce((all, { total }) => all + total, undated)).toBe(some.length);
    }),
    { numRuns: runs(200) },
  );
});

test('periods are contiguous from the first job to the last', () => {
  fc.assert(
    fc.property(jobs, fc.constantFrom(...PERIOD_LENGTHS), (some, span) => {
      const { periods } = countByPeriod(some, span);
      const starts = periods.map(({ startMs }) => new Date(startMs));
      for (const start of starts) {
        expect(start.getHours()).toBe(0);
        if (span === 'week') expect(start.getDay()).toBe(1);
        if (span === 'month') expect(start.getDate()).toBe(1);
      }
      if (periods.length > 0) {
        expect(periods[0]?.total).toBeGreaterThan(0);
        expect(periods.at(-1)?.total).toBeGreaterThan(0);
      }
      const days = { day: [1, 1], week: [7, 7], month: [28, 31] }[span];
      for (const [index, start] of starts.slice(1).entries()) {
        const before = starts[index]?.getTime() ?? 0;
        const apart = Math.round((start.getTime() - before) / 86_400_000);
        expect(apart).toBeGreaterThanOrEqual(days[0] ?? 0);
        expect(apart).toBeLessThanOrEqual(days[1] ?? 0);
      }
    }),
    { numRuns: runs(200) },
  );
});

test("a day is one of the user's time zone, not of UTC", () => {
  const { periods } = countByPeriod([job(local(2024, 5, 1, 0)), job(local(2024, 5, 1, 23))], 'day');
  expect(periods.map(({ startMs, total }) => [startMs, total])).toEqual([
    [new Date(2024, 4, 1).getTime(), 2],
  ]);
});

test('includes empty days between others', () => {
  const { periods } = countByPeriod([job(local(2024, 2, 28)), job(local(2024, 3, 1))], 'day');
  expect(periods.map(({ total }) => total)).toEqual([1, 0, 1]);
});

test('separates outcomes and counts unknown statuses as unknown', () => {
  const at = local(2024, 5, 1);
  const [period] = countByPeriod(
    [job(at), job(at, 'FAIL'), job(at, 'TRAINING'), job(at, null)],
    'day',
  ).periods;
  expect(period).toMatchObject({ success: 1, failed: 1, inProgress: 1, unknown: 1, total: 4 });
});

test('lists statuses without jobs as zero, and unknown ones only when there are any', () => {
  expect(countByStatus([])).toHaveLength(6);
  expect(countByStatus([job(null, null)]).at(-1)).toEqual({ key: null, count: 1 });
  expect(countByScenario([])).toHaveLength(3);
});

test('returns no periods without jobs', () => {
  expect(countByPeriod([], 'day')).toEqual({ periods: [], undated: 0 });
  expect(countByPeriod([job(null)], 'day')).toEqual({ periods: [], undated: 1 });
});

test.each<[string, PeriodLength]>([
  [local(2024, 2, 1), 'day'],
  [local(2024, 6, 1), 'week'],
  [local(2025, 12, 1), 'month'],
])('for jobs up to %s the fitting period is a %s', (last, span) => {
  expect(fittingPeriodLength([job(local(2024, 1, 1)), job(last)])).toBe(span);
});
