import { expect, test } from 'vitest';
import type { RetryKind } from '../../src/errors.ts';
import { MAX_ATTEMPTS, retryDelayMs } from '../../src/upstream/resilience/retry-rules.ts';
import { fc } from '../runs.ts';

const HALF = () => 0.5;
const LONG = 60_000;

/** [kind, attempts so far, time left, requested pause, wait if random is one half] */
const TABLE: [RetryKind, number, number, number | undefined, number | undefined][] = [
  ['never', 1, LONG, undefined, undefined],
  ['never', 1, LONG, 10, undefined],
  ['never', 2, LONG, undefined, undefined],

  ['once', 1, LONG, undefined, 0],
  ['once', 1, LONG, 500, 0],
  ['once', 1, 1, undefined, 0],
  ['once', 1, 0, undefined, undefined],
  ['once', 1, -1, undefined, undefined],
  ['once', 2, LONG, undefined, undefined],
  ['once', 3, LONG, undefined, undefined],

  ['later', 1, LONG, undefined, 50],
  ['later', 2, LONG, undefined, 100],
  ['later', 3, LONG, undefined, undefined],
  ['later', 4, LONG, undefined, undefined],
  ['later', 1, 51, undefined, 50],
  ['later', 1, 50, undefined, undefined],
  ['later', 2, 100, undefined, undefined],
  ['later', 1, 0, undefined, undefined],
  ['later', 1, LONG, 700, 700],

  ['throttled', 1, LONG, undefined, 50],
  ['throttled', 2, LONG, undefined, 100],
  ['throttled', 3, LONG, undefined, undefined],
  ['throttled', 1, LONG, 1, 1],
  ['throttled', 1, LONG, 5000, 5000],
  ['throttled', 2, LONG, 5000, 5000],
  ['throttled', 3, LONG, 1, undefined],
  ['throttled', 1, 5001, 5000, 5000],
  ['throttled', 1, 5000, 5000, undefined],
  ['throttled', 1, 400, 1500, undefined],
];

test.each(TABLE)(
  'retry kind %s after %i attempts with %i ms left and a requested pause of %s ms waits: %s',
  (...row) => {
    const [kind, tries, leftMs, retryAfterMs, waitMs] = row;
    expect(retryDelayMs({ kind, attempts: tries, leftMs, retryAfterMs }, HALF)).toBe(waitMs);
  },
);

const failedTry = fc.record({
  kind: fc.constantFrom<RetryKind>('never', 'once', 'later', 'throttled'),
  attempts: fc.integer({ min: 1, max: 10 }),
  leftMs: fc.integer({ min: -10, max: 10_000 }),
  retryAfterMs: fc.option(fc.integer({ min: 1, max: 10_000 }), { nil: undefined }),
});
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('property: no wait reaches the deadline, and no call exceeds the maximum number of attempts', () => {
  fc.assert(
    fc.property(failedTry, random, (failed, dice) => {
      const waitMs = retryDelayMs(failed, () => dice);
      if (waitMs === undefined) return;
      expect(waitMs).toBeGreaterThanOrEqual(0);
      expect(waitMs).toBeLessThan(failed.leftMs);
      expect(failed.attempts).toBeLessThan(failed.kind === 'once' ? 2 : MAX_ATTEMPTS);
    }),
  );
});

test('property: no retry is sent before the requested pause has passed', () => {
  fc.assert(
    fc.property(failedTry, random, (failed, dice) => {
      if (failed.kind === 'once' || failed.retryAfterMs === undefined) return;
      expect([failed.retryAfterMs, undefined]).toContain(retryDelayMs(failed, () => dice));
    }),
  );
});
