import { expect, test } from 'vitest';
import { type GridPage, type PolledJob, planReads } from '../../src/voice-jobs/watch/poll-plan.ts';
import { fc } from '../runs.ts';

const TOTALS = { Basic: 1000, Standard: 250 };
const lastTotal = (type: 'Basic' | 'Standard') => TOTALS[type];
const unknownTotal = () => undefined;

const types = fc.constantFrom('Basic' as const, 'Standard' as const);
const positions = types.chain((type) =>
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
    position: fc.option(positions, { nil: undefined }),
    missingFrom: fc.constantFrom('nowhere' as const, 'its page' as const, 'every page' as const),
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
      if (calls.some(({ isFullScan }) => isFullScan)) expect(pages.length).toBeLessThanOrEqual(most);
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

const job = (jobId: string, wanted: Partial<PolledJob> = {}): PolledJob => ({
  jobId,
  type: 'Basic',
  position: undefined,
  missingFrom: 'nowhere',
  ...wanted,
});
const at = (offset: number, total = TOTALS.Basic) => ({ type: 'Basic' as const, offset, total });

test.each<[string, PolledJob[], [pages: string[], jobs: number][]]>([
  ['one job by its id', [job('a')], [[[], 1]]],
  ['two new ones by the first page', [job('a'), job('b')], [[['Basic 1'], 2]]],
  [
    'two of one page by it',
    [job('a', { position: at(210) }), job('b', { position: at(290) })],
    [[['Basic 3'], 2]],
  ],
  [
    'two of two pages by their ids',
    [job('a', { position: at(210) }), job('b', { position: at(310) })],
    [
      [[], 1],
      [[], 1],
    ],
  ],
  [
    'one where it must have moved to by now',
    [job('a', { position: at(95, TOTALS.Basic - 10) }), job('b', { position: at(110) })],
    [[['Basic 2'], 2]],
  ],
  [
    'those not on top by their ids',
    [job('a', { missingFrom: 'its page' }), job('b', { missingFrom: 'its page' })],
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
  const jobs = (missingFrom: PolledJob['missingFrom']) =>
    Array.from({ length: 14 }, (_, n) => job(`${n}`, { missingFrom }));
  expect(planReads(jobs('its page'), lastTotal, 100).map(costOf)).toEqual([13]);
  expect(planReads(jobs('its page'), lastTotal, 12)).toHaveLength(14);
  expect(planReads(jobs('every page'), lastTotal, 100)).toHaveLength(14);
});
