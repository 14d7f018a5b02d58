import { expect, test } from 'vitest';
import { AnswerTime } from '../../src/upstream/resilience/latency-estimate.ts';

/** What timers may be late. */
const LATE_MS = 20;

function after(...durationsMs: number[]): AnswerTime {
  const time = new AnswerTime();
  for (const durationMs of durationsMs) time.took(durationMs);
  return time;
}

test('before the first answer next to nothing is left for it', () => {
  expect(new AnswerTime().atMostMs).toBe(LATE_MS);
});

test('the longest of the last answers counts', () => {
  expect(after(100, 300, 200).atMostMs).toBeGreaterThan(290 + LATE_MS);
  expect(after(100, 300, 200).atMostMs).toBeLessThan(300 + LATE_MS);
});

test('one that was long is forgotten by and by', () => {
  expect(after(2000, ...Array(50).fill(100)).atMostMs).toBeGreaterThan(900);
  expect(after(2000, ...Array(500).fill(100)).atMostMs).toBeLessThan(125);
});
