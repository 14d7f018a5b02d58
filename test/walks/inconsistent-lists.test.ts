import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { JobRow } from '../../emulator/job.ts';
import { BadInputError } from '../../src/errors.ts';
import { fc, runs } from '../runs.ts';
import { refill, steps } from './moving-list.ts';
import { standing, startWalker, type Walker } from './walker.ts';

let walker: Walker;
beforeAll(async () => {
  walker = await startWalker();
});
afterAll(() => walker[Symbol.asyncDispose]());
afterEach(() => walker.emulator.rewritePage(null));

describe('an inconsistent upstream page does not make a walk endless:', () => {
  const LIES: [string, Parameters<Walker['emulator']['rewritePage']>[0]][] = [
    ['a total far too large', ({ totalCount, rows }) => ({ totalCount: totalCount + 500, rows })],
    ['a total a little too large', ({ totalCount, rows }) => ({ totalCount: totalCount + 3, rows })],
    ['a total far too small', ({ rows }) => ({ totalCount: 5, rows })],
    ['a total of none', ({ rows }) => ({ totalCount: 0, rows })],
    [
      'an empty page in the middle',
      (page, { params }) => (params.PageNo === '3' ? { ...page, rows: [] } : page),
    ],
    ['only empty pages', ({ totalCount }) => ({ totalCount, rows: [] })],
    [
      'the same first job on every page',
      ({ totalCount, rows }) => ({ totalCount, rows: [FIXED, ...rows.slice(1)] }),
    ],
    [
      'each job twice',
      ({ totalCount, rows }) => ({ totalCount, rows: rows.map((_, index) => rows[index >> 1]) }),
    ],
    [
      'the first page whatever is asked for',
      (_page, { params }) => ({
        totalCount: 60,
        rows: walker.emulator.list('Basic').slice(0, Number(params.PageSize)),
      }),
    ],
    [
      'no row with an id',
      ({ totalCount, rows }) => ({ totalCount, rows: rows.map(({ JobId: _, ...row }) => row) }),
    ],
    [
      'every other row without an id',
      ({ totalCount, rows }) => ({
        totalCount,
        rows: rows.map((row, at) => (at % 2 ? row : { ...row, JobId: '' })),
      }),
    ],
    [
      'no creation times',
      ({ totalCount, rows }) => ({ totalCount, rows: rows.map(({ CreateTime: _, ...row }) => row) }),
    ],
  ];
  const FIXED = { JobId: 'f'.repeat(32), CreateTime: '2020-01-01T00:00:00Z' };

  describe.each(LIES)('%s', (_name, lie) => {
    test.each([1, 7, 10, 60, 100])('by %i', async (rows) => {
      for (const direction of ['forwards', 'backwards'] as const) {
        refill(walker.emulator, 'Basic', 60, 'apart');
        walker.emulator.rewritePage(lie);
        const walk = await walker.walk('Basic', direction, rows, []);
        expect(walk.endless, direction).toBe(false);
        const listed = direction === 'forwards' ? 60 : 60 + 500;
        expect(walk.pages, direction).toBeLessThanOrEqual(Math.ceil(listed / rows) + 2);
      }
    });
  });
});

describe('a list that is not newest first', () => {
  const ORDERS: Record<string, (rows: JobRow[]) => JobRow[]> = {
    'oldest first': (rows) => rows.toReversed(),
    shuffled: (rows) => rows.toSorted((a, b) => (a.JobId < b.JobId ? -1 : 1)),
    'without times': (rows) => rows.map((row) => ({ ...row, CreateTime: '' })),
    'with one row out of place': (rows) => [...rows.slice(0, 40), ...rows.slice(-1), ...rows.slice(40, -1)],
  };

  test.each(Object.entries(ORDERS))(
    '%s: at rest a walk returns every row once, with one call per page after the first few',
    async (_name, order) => {
      refill(walker.emulator, 'Basic', 137, 'apart');
      walker.emulator.replace('Basic', order(walker.emulator.list('Basic')));
      const truth = walker.emulator.list('Basic').map(({ JobId }) => JobId);
      for (const rows of [1, 7, 10, 49]) {
        for (const direction of ['forwards', 'backwards'] as const) {
          const walk = await walker.walk('Basic', direction, rows, []);
          expect(walk.jobIds).toEqual(truth);
          // One call for the end of the list, and one for a first page too short to show the order.
          expect(walk.calls).toBeLessThanOrEqual(walk.pages + 2);
        }
      }
    },
  );

  test.each(Object.entries(ORDERS))(
    '%s: a cursor’s row is found again by its id while rows come and go',
    async (_name, order) => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 5, max: 150 }),
          fc.integer({ min: 2, max: 30 }),
          steps(['Basic'], 12),
          async (length, rows, plan) => {
            refill(walker.emulator, 'Basic', length, 'apart');
            walker.emulator.replace('Basic', order(walker.emulator.list('Basic')));
            const few = plan.filter(({ change, when }) => change.kind === 'insert' && when === 'between');
            const { jobIds, endless } = await walker.walk('Basic', 'forwards', rows, few);
            expect(endless).toBe(false);
            expect(new Set(jobIds).size).toBe(jobIds.length);
            expect(
              [...standing(walker.emulator, 'Basic')].filter((jobId) => !jobIds.includes(jobId)),
            ).toEqual([]);
          },
        ),
        { numRuns: runs(40) },
      );
    },
  );

  test('a cursor whose budget is spent falls back to its offset, and that is counted', async () => {
    refill(walker.emulator, 'Basic', 2000, 'apart');
    walker.emulator.replace('Basic', walker.emulator.list('Basic').toReversed());
    const page = walker.connection('Basic', { first: 3, after: null });
    const { endCursor } = await page.pageInfo;
    walker.emulator.replace('Basic', walker.emulator.list('Basic').slice(10).toReversed());
    walker.realignments.length = 0;
    walker.emulator.resetCalls();
    const next = await walker.connection('Basic', { first: 3, after: endCursor }).edges;
    expect(next).toHaveLength(3);
    expect(walker.realignments.map(({ outcome }) => outcome)).toEqual(['offset']);
    expect(walker.emulator.calls.length).toBeLessThanOrEqual(15);
  });
});

test('any string as a cursor yields a page or BAD_USER_INPUT', async () => {
  refill(walker.emulator, 'Basic', 50, 'apart');
  refill(walker.emulator, 'Standard', 20, 'apart');
  const cursors: string[] = [];
  for (const list of ['Basic', 'Standard', 'All'] as const) {
    cursors.push(...(await walker.connection(list, { first: 40 }).edges).map(({ cursor }) => cursor));
  }
  const mutated = fc
    .tuple(fc.constantFrom(...cursors), fc.nat(95), fc.constantFrom(...'Aa0_-='), fc.boolean())
    .map(([text, at, char, cut]) =>
      cut ? text.slice(0, at) : text.slice(0, at) + char + text.slice(at + 1),
    );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('Basic' as const, 'Standard' as const, 'All' as const),
      fc.constantFrom('after' as const, 'before' as const),
      fc.oneof(
        fc.constantFrom(...cursors),
        mutated,
        fc.string(),
        fc.base64String(),
        fc.string({ unit: 'binary' }),
      ),
      async (list, argument, text) => {
        const args = argument === 'after' ? { first: 5, after: text } : { last: 5, before: text };
        try {
          expect((await walker.connection(list, args).edges).length).toBeLessThanOrEqual(5);
        } catch (error) {
          expect(error).toBeInstanceOf(BadInputError);
          expect(error).toMatchObject({ code: 'BAD_USER_INPUT', extensions: { argument } });
        }
      },
    ),
    { numRuns: runs(1500) },
  );
});
