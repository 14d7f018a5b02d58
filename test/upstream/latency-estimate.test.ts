import { expect, test } from 'vitest';
import { PeakLatency } from '../../src/upstream/resilience/rate-limiter.ts';

/** What timers may be late. */
const LATE_MS = 20;

function after(...durationsMs: number[]): PeakLatency {
  const time = new PeakLatency();
  for (const durationMs of durationsMs) time.add(durationMs);
  return time;
}

test('before the first answer next to nothing is left for it', () => {
  expect(new PeakLatency().atMostMs).toBe(LATE_MS);
});

test('the longest of the last answers counts', () => {
  expect(after(100, 300, 200).atMostMs).toBeGreaterThan(290 + LATE_MS);
  expect(after(100, 300, 200).atMostMs).toBeLessThan(300 + LATE_MS);
});

test('one that was long is forgotten by and by', () => {
  expect(after(2000, ...Array(50).fill(100)).atMostMs).toBeGreaterThan(900);
  expect(after(2000, ...Array(500).fill(100)).atMostMs).toBeLessThan(125);
});
