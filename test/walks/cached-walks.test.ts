import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fc, runs } from '../runs.ts';
import { refill, steps, type Times } from './moving-list.ts';
import { Tally } from './tally.ts';
import { startWalker, typesOf, type Walker } from './walker.ts';

/** Walks of each list, in each direction, with each lay of times. */
const WALKS = runs(120);

let walker: Walker;
beforeAll(async () => {
  // Longer than any walk: a page that was read once is never read again unless it has to be.
  walker = await startWalker({ ttlMs: 3_600_000, staleIfErrorMs: 0 });
});
afterAll(() => walker[Symbol.asyncDispose]());

const tally = new Tally();

describe.each(['Basic', 'Standard', 'All'] as const)('%s over cached pages of different age', (list) => {
  describe.each(['forwards', 'backwards'] as const)('%s', (direction) => {
    test.each(['apart', 'in runs', 'equal'] as const)(
      'with times %s',
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
});

test('walks beyond the promise stay as rare as what it takes', () => {
  tally.expectRareExceptions(18 * WALKS);
});

describe('a list at rest', () => {
  test.each([1, 7, 10, 33, 99, 100])('costs one call a hundred forwards, %i rows a page', async (rows) => {
    for (const times of ['apart', 'in runs', 'equal'] as const) {
      refill(walker.emulator, 'Basic', 1000, times);
      const walk = await walker.walk('Basic', 'forwards', rows, []);
      expect([walk.calls, walk.jobIds.length]).toEqual([10, 1000]);
    }
  });

  test.each([1, 7, 10, 33])('costs few more backwards, %i rows a page', async (rows) => {
    refill(walker.emulator, 'Basic', 1000, 'apart');
    const walk = await walker.walk('Basic', 'backwards', rows, []);
    expect(walk.jobIds).toHaveLength(1000);
    // One to learn where the end is, and pages off the grid, which show the row that they begin behind.
    expect(walk.calls).toBeLessThanOrEqual(16);
  });
});
