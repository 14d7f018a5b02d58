import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fc, runs } from '../runs.ts';
import { refill, steps, type Times } from './moving-list.ts';
import { Tally } from './tally.ts';
import { startWalker, typesOf, type Walker } from './walker.ts';

/** Number of walks of each list, in each direction, with each layout of creation times. */
const WALKS = runs(120);

let walker: Walker;
beforeAll(async () => {
  // A TTL longer than any walk: a page is read once unless the walk needs a newer one.
  walker = await startWalker({ ttlMs: 3_600_000, staleIfErrorMs: 0 });
});
afterAll(() => walker[Symbol.asyncDispose]());

const tally = new Tally();

describe.each(['Basic', 'Standard', 'All'] as const)(
  'a walk of %s over cached pages of different ages',
  (list) => {
    describe.each(['forwards', 'backwards'] as const)('%s', (direction) => {
      test.each(['apart', 'in runs', 'equal'] as const)(
        'with creation times %s returns each row that stood throughout exactly once',
        { timeout: 600_000 },
        async (times: Times) => {
          await fc.assert(
            fc.asyncProperty(
              fc.integer({ min: 0, max: 480 }),
              fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 4, max: 30 })),
              steps(typesOf(list), 40),
              fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 30 }),
              async (length, rows, plan, others) => {
                for (const type of typesOf(list)) {
                  refill(walker.emulator, type, type === 'Basic' ? length : length >> 1, times);
                }
                const walk = await walker.walk(list, direction, rows, plan, undefined, others);
                tally.judge(walker, list, times, plan, walk);
              },
            ),
            { numRuns: WALKS },
          );
        },
      );
    });
  },
);

test('walks that fall outside the guarantee are as rare as their causes', () => {
  tally.expectRareExceptions(18 * WALKS);
});

describe('a list at rest with a cache', () => {
  test.each([1, 7, 10, 33, 99, 100])(
    'costs one call per hundred rows forwards, %i rows per page',
    async (rows) => {
      for (const times of ['apart', 'in runs', 'equal'] as const) {
        refill(walker.emulator, 'Basic', 1000, times);
        const walk = await walker.walk('Basic', 'forwards', rows, []);
        expect([walk.calls, walk.jobIds.length]).toEqual([10, 1000]);
      }
    },
  );

  test.each([1, 7, 10, 33])('costs few more calls backwards, %i rows per page', async (rows) => {
    refill(walker.emulator, 'Basic', 1000, 'apart');
    const walk = await walker.walk('Basic', 'backwards', rows, []);
    expect(walk.jobIds).toHaveLength(1000);
    // One call for the end of the list, and pages off the grid, which contain the cursor's row.
    expect(walk.calls).toBeLessThanOrEqual(16);
  });
});
