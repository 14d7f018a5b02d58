import { expect, test } from 'vitest';
import {
  byScenario,
  byState,
  byTime,
  fittingSpan,
  SPANS,
  type Span,
  type TalliedJob,
} from '../../console/src/pictures/tally.ts';
import { fc, runs } from '../runs.ts';

const job = (createTime: string | null, status: TalliedJob['status'] = 'SUCCESS'): TalliedJob => ({
  status,
  scenario: null,
  createTime,
});
/** A moment of the viewer's own calendar, as the API would write it. */
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

test('every job is counted once, by state, by scenario and by time', () => {
  fc.assert(
    fc.property(jobs, fc.constantFrom(...SPANS), (some, span) => {
      const sum = (counts: readonly { readonly count: number }[]) =>
        counts.reduce((total, { count }) => total + count, 0);
      const { periods, undated } = byTime(some, span);
      expect(sum(byState(some))).toBe(some.length);
      expect(sum(byScenario(some))).toBe(some.length);
      expect(periods.reduce((all, { total }) => all + total, undated)).toBe(some.length);
    }),
    { numRuns: runs(200) },
  );
});

test('periods follow each other without a gap, from the first job to the last', () => {
  fc.assert(
    fc.property(jobs, fc.constantFrom(...SPANS), (some, span) => {
      const { periods } = byTime(some, span);
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

test('a day is one of the viewer, not one of UTC', () => {
  const { periods } = byTime([job(local(2024, 5, 1, 0)), job(local(2024, 5, 1, 23))], 'day');
  expect(periods.map(({ startMs, total }) => [startMs, total])).toEqual([
    [new Date(2024, 4, 1).getTime(), 2],
  ]);
});

test('empty days between are days too', () => {
  const { periods } = byTime([job(local(2024, 2, 28)), job(local(2024, 3, 1))], 'day');
  expect(periods.map(({ total }) => total)).toEqual([1, 0, 1]);
});

test('what became of the jobs is told apart, and unknown states are not guessed at', () => {
  const at = local(2024, 5, 1);
  const [period] = byTime([job(at), job(at, 'FAIL'), job(at, 'TRAINING'), job(at, null)], 'day').periods;
  expect(period).toMatchObject({ success: 1, failed: 1, underWay: 1, unsaid: 1, total: 4 });
});

test('states nobody is in are shown with none, and unknown ones only where there are any', () => {
  expect(byState([])).toHaveLength(6);
  expect(byState([job(null, null)]).at(-1)).toEqual({ key: null, count: 1 });
  expect(byScenario([])).toHaveLength(3);
});

test('no jobs make no calendar', () => {
  expect(byTime([], 'day')).toEqual({ periods: [], undated: 0 });
  expect(byTime([job(null)], 'day')).toEqual({ periods: [], undated: 1 });
});

test.each<[string, Span]>([
  [local(2024, 2, 1), 'day'],
  [local(2024, 6, 1), 'week'],
  [local(2025, 12, 1), 'month'],
])('up to %s the fitting span is a %s', (last, span) => {
  expect(fittingSpan([job(local(2024, 1, 1)), job(last)])).toBe(span);
});
