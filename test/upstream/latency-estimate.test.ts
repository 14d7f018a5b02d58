import { expect, test } from 'vitest';
import { PeakLatency } from '../../src/upstream/resilience/rate-limiter.ts';

/** Allowance for late timers, in milliseconds. */
const LATE_MS = 20;

function after(...durationsMs: number[]): PeakLatency {
  const time = new PeakLatency();
  for (const durationMs of durationsMs) time.add(durationMs);
  return time;
}

test('PeakLatency is next to nothing before the first response', () => {
  expect(new PeakLatency().atMostMs).toBe(LATE_MS);
});

test('PeakLatency is the longest of the recent responses', () => {
  expect(after(100, 300, 200).atMostMs).toBeGreaterThan(290 + LATE_MS);
  expect(after(100, 300, 200).atMostMs).toBeLessThan(300 + LATE_MS);
});

test('PeakLatency decays after a slow response', () => {
  expect(after(2000, ...Array(50).fill(100)).atMostMs).toBeGreaterThan(900);
  expect(after(2000, ...Array(500).fill(100)).atMostMs).toBeLessThan(125);
});
