import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ListName } from '../../src/voice-jobs/places.ts';
import { refill, steps, type Times } from './moving-list.ts';
import { standing, startWalker, typesOf, type Walk, type Walker } from './walker.ts';

/** Walks for each list, each direction and each lay of times: 18 × 120 = 2,160. */
const WALKS = Number(process.env.WALKS ?? 120);

let walker: Walker;
beforeAll(async () => {
  walker = await startWalker();
});
afterAll(() => walker[Symbol.asyncDispose]());

/** What is wrong with a walk; an empty list when it kept the promise. */
function faults(list: ListName, { jobIds, endless }: Walk): string[] {
  const seen = new Set(jobIds);
  const twice = jobIds.filter((jobId, index) => jobIds.indexOf(jobId) !== index);
  const missed = [...standing(walker.emulator, list)].filter((jobId) => !seen.has(jobId));
  return [
    ...(endless ? ['never ended'] : []),
    ...(twice.length > 0 ? [`${twice.length} seen twice`] : []),
    ...(missed.length > 0 ? [`${missed.length} of those that stood never seen`] : []),
  ];
}

const cost = { moving: { pages: 0, calls: 0 }, resting: { pages: 0, calls: 0 } };
const uncertain = { guessed: 0, offset: 0 };

describe.each(['Basic', 'Standard', 'All'] as const)('%s', (list) => {
  describe.each(['forwards', 'backwards'] as const)('%s', (direction) => {
    test.each(['apart', 'in runs', 'equal'] as const)(
      'with times %s',
      { timeout: 600_000 },
      async (times: Times) => {
        await fc.assert(
          fc.asyncProperty(
            fc.integer({ min: 0, max: 180 }),
            fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 12 })),
            steps(typesOf(list), 30),
            async (length, rows, plan) => {
              for (const type of typesOf(list))
                refill(walker.emulator, type, type === 'Basic' ? length : length >> 1, times);
              const walk = await walker.walk(list, direction, rows, plan);
              const kind = plan.length > 0 ? cost.moving : cost.resting;
              kind.pages += walk.pages;
              kind.calls += walk.calls;
              for (const { outcome } of walker.realignments) if (outcome !== 'found') uncertain[outcome]++;
              expect(faults(list, walk)).toEqual([]);
            },
          ),
          { numRuns: WALKS, ...(process.env.SEED ? { seed: Number(process.env.SEED) } : {}) },
        );
      },
    );
  });
});

afterAll(() => {
  process.stdout.write(`${JSON.stringify({ cost, uncertain })}\n`);
});
