import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fc, runs } from '../runs.ts';
import { refill, type Step, steps } from './moving-list.ts';
import { faults, Tally } from './tally.ts';
import { startWalker, typesOf, type Walker } from './walker.ts';

/** Number of walks of each list, in each direction, with each layout of creation times: 18 × 120 = 2,160 in a full run. */
const WALKS = runs(120);

let walker: Walker;
beforeAll(async () => {
  walker = await startWalker();
});
afterAll(() => walker[Symbol.asyncDispose]());

const tally = new Tally();

describe.each(['Basic', 'Standard', 'All'] as const)('a walk of %s', (list) => {
  describe.each(['forwards', 'backwards'] as const)('%s', (direction) => {
    test.each(['apart', 'in runs', 'equal'] as const)(
      'with creation times %s returns each row that stood throughout exactly once',
      { timeout: 600_000 },
      async (times) => {
        await fc.assert(
          fc.asyncProperty(
            fc.integer({ min: 0, max: 180 }),
            fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 12 })),
            steps(typesOf(list), 30),
            async (length, rows, plan) => {
              for (const type of typesOf(list)) {
                refill(walker.emulator, type, type === 'Basic' ? length : length >> 1, times);
              }
              const walk = await walker.walk(list, direction, rows, plan);
              tally.judge(walker, list, times, plan, walk);
            },
          ),
          { numRuns: WALKS },
        );
      },
    );
  });
});

test('walks that fall outside the guarantee are as rare as their causes', () => {
  tally.expectRareExceptions(18 * WALKS);
});

test.each([
  ['two jobs are inserted before each page', 'insert'],
  ['two jobs are inserted and one deleted, alternately', 'both'],
])('a walk costs at most three calls per page while %s', async (_name, kind) => {
  const { emulator } = walker;
  refill(emulator, 'Basic', 271, 'apart');
  const step = (change: Step['change']): Step => ({ type: 'Basic', when: 'between', change });
  const moves = Array.from({ length: 40 }, (_, index) =>
    kind === 'both' && index % 2 === 1
      ? step({ kind: 'remove', at: [index * 7] })
      : step({ kind: 'insert', jobs: 2 }),
  );
  const walk = await walker.walk('Basic', 'forwards', 10, moves);
  expect(faults(walker, 'Basic', walk)).toEqual([]);
  expect(walk.calls / walk.pages).toBeLessThanOrEqual(3);
});

test('a walk through a list at rest costs one call per page, in either direction', async () => {
  for (const times of ['apart', 'in runs', 'equal'] as const) {
    refill(walker.emulator, 'Basic', 271, times);
    for (const rows of [1, 7, 10, 33, 49]) {
      const forwards = await walker.walk('Basic', 'forwards', rows, []);
      expect([forwards.calls, forwards.pages, forwards.jobIds.length]).toEqual([
        forwards.pages,
        Math.ceil(271 / rows),
        271,
      ]);
      const backwards = await walker.walk('Basic', 'backwards', rows, []);
      // One more call for the end of the list.
      expect([backwards.calls, backwards.jobIds.length]).toEqual([backwards.pages + 1, 271]);
      expect(walker.realignments).toEqual([]);
    }
  }
});
