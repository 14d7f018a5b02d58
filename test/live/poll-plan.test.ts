import { expect, test } from 'vitest';
import { type GridPage, planReads, type Wanted } from '../../src/voice-jobs/watch/poll-plan.ts';
import { fc } from '../runs.ts';

const TOTALS = { Basic: 1000, Standard: 250 };
const lastTotal = (type: 'Basic' | 'Standard') => TOTALS[type];
const unknownTotal = () => undefined;

const types = fc.constantFrom('Basic' as const, 'Standard' as const);
const places = types.chain((type) =>
  fc.record({
    type: fc.constant(type),
    offset: fc.nat(TOTALS[type] - 1),
    total: fc.integer({ min: TOTALS[type] - 5, max: TOTALS[type] }),
  }),
);
const wanted = fc.uniqueArray(
  fc.record({
    jobId: fc.uuid(),
    type: fc.option(types, { nil: undefined }),
    place: fc.option(places, { nil: undefined }),
    sought: fc.constantFrom('nowhere' as const, 'on a page' as const, 'everywhere' as const),
  }),
  { selector: ({ jobId }) => jobId, maxLength: 60 },
);
const totals = fc.constantFrom(lastTotal, unknownTotal);

const costOf = ({ pages }: { pages: readonly GridPage[] }) => Math.max(1, pages.length);

test('property: each job is read by one call, with at most as many calls as jobs', () => {
  fc.assert(
    fc.property(wanted, totals, fc.nat(50), (jobs, lastTotal, most) => {
      const calls = planReads(jobs, lastTotal, most);
      expect(
        calls
          .flatMap(({ jobs }) => jobs)
          .map(({ jobId }) => jobId)
          .sort(),
      ).toEqual(jobs.map(({ jobId }) => jobId).sort());
      expect(calls.reduce((sum, call) => sum + costOf(call), 0)).toBeLessThanOrEqual(jobs.length);
    }),
  );
});

test('property: no page is read twice, and all pages only if they fit into one poll', () => {
  fc.assert(
    fc.property(wanted, totals, fc.nat(50), (jobs, lastTotal, most) => {
      const calls = planReads(jobs, lastTotal, most);
      const pages = calls.flatMap(({ pages }) => pages.map(({ type, pageNo }) => `${type} ${pageNo}`));
      expect(new Set(pages).size).toBe(pages.length);
      if (calls.some(({ isSearch }) => isSearch)) expect(pages.length).toBeLessThanOrEqual(most);
    }),
  );
});

test('property: the job that has waited longest is served first', () => {
  fc.assert(
    fc.property(wanted, totals, (jobs, lastTotal) => {
      fc.pre(jobs.length > 0);
      const [first] = planReads(jobs, lastTotal, 100);
      expect(first?.jobs).toContain(jobs[0]);
    }),
  );
});

const job = (jobId: string, wanted: Partial<Wanted> = {}): Wanted => ({
  jobId,
  type: 'Basic',
  place: undefined,
  sought: 'nowhere',
  ...wanted,
});
const at = (offset: number, total = TOTALS.Basic) => ({ type: 'Basic' as const, offset, total });

test.each<[string, Wanted[], [pages: string[], jobs: number][]]>([
  ['one job by its id', [job('a')], [[[], 1]]],
  ['two new ones by the first page', [job('a'), job('b')], [[['Basic 1'], 2]]],
  ['two of one page by it', [job('a', { place: at(210) }), job('b', { place: at(290) })], [[['Basic 3'], 2]]],
  [
    'two of two pages by their ids',
    [job('a', { place: at(210) }), job('b', { place: at(310) })],
    [
      [[], 1],
      [[], 1],
    ],
  ],
  [
    'one where it must have moved to by now',
    [job('a', { place: at(95, TOTALS.Basic - 10) }), job('b', { place: at(110) })],
    [[['Basic 2'], 2]],
  ],
  [
    'those not on top by their ids',
    [job('a', { sought: 'on a page' }), job('b', { sought: 'on a page' })],
    [
      [[], 1],
      [[], 1],
    ],
  ],
])('the poll plan for %s', (_, jobs, expected) => {
  const calls = planReads(jobs, lastTotal, 100);
  expect(
    calls.map(({ pages, jobs }) => [pages.map(({ type, pageNo }) => `${type} ${pageNo}`), jobs.length]),
  ).toEqual(expected);
});

test('many jobs at unknown positions are searched on all pages once', () => {
  const jobs = (sought: Wanted['sought']) => Array.from({ length: 14 }, (_, n) => job(`${n}`, { sought }));
  expect(planReads(jobs('on a page'), lastTotal, 100).map(costOf)).toEqual([13]);
  expect(planReads(jobs('on a page'), lastTotal, 12)).toHaveLength(14);
  expect(planReads(jobs('everywhere'), lastTotal, 100)).toHaveLength(14);
});
