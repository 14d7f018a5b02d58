import { expect, test } from 'vitest';
import { randomStream } from '../../emulator/random.ts';
import { grows, type Point, trendOf } from '../../tools/soak/measure/trend.ts';

const minutes = Array.from({ length: 480 }, (_, at) => at / 60);
const points = (valueAt: (minutes: number, at: number) => number): Point[] =>
  minutes.map((minute, at) => ({ minutes: minute, value: valueAt(minute, at) }));

/** An autocorrelated series: every value keeps the share `keep` of the previous deviation. */
function wandering(seed: number, keep: number): number[] {
  const random = randomStream(seed);
  let off = 0;
  return minutes.map(() => {
    off = keep * off + (random() - 0.5) * 1000;
    return off;
  });
}

test('trendOf a line is its slope, without a margin', () => {
  const { slope, margin } = trendOf(points((minute) => 100_000 + 250 * minute));
  expect(slope).toBeCloseTo(250, 6);
  expect(margin).toBeCloseTo(0, 6);
});

test("trendOf a worked example: slope, and margin by Student's t distribution", () => {
  // Residuals without autocorrelation: 5 points, 3 degrees of freedom, quantile 3.182.
  const values = [1, 2.6, 3, 3.6, 5];
  const { slope, margin } = trendOf(values.map((value, at) => ({ minutes: at, value })));
  expect(slope).toBeCloseTo(0.9, 10);
  const variance = [-0.24, 0.46, -0.04, -0.34, 0.16].reduce((sum, residual) => sum + residual ** 2, 0) / 3;
  expect(margin / Math.sqrt(variance / 10)).toBeGreaterThan(3.182 * 0.97);
  expect(margin / Math.sqrt(variance / 10)).toBeLessThan(3.182 * 1.03);
});

test('noise without a slope rarely counts as growth, even if it is autocorrelated', () => {
  for (const keep of [0, 0.9]) {
    const trends = Array.from({ length: 200 }, (_, seed) => {
      const noise = wandering(seed, keep);
      return trendOf(points((_minute, at) => noise[at] ?? 0));
    });
    // Both tails of 95 %, so 2.5 % upwards; the autocorrelation itself is estimated.
    expect(trends.filter(grows).length).toBeLessThan(20);
  }
});

test('a slope is detected in the same noise', () => {
  for (let seed = 0; seed < 50; seed++) {
    const noise = wandering(seed, 0.9);
    const trend = trendOf(points((minute, at) => 3000 * minute + (noise[at] ?? 0)));
    expect(grows(trend)).toBe(true);
    expect(trend.slope).toBeGreaterThan(2000);
  }
});

test('a settling heap counts as noise, and a leak is still detected in it', () => {
  const settling = (minute: number) => 10_000 * (1 - Math.exp(-minute / 2));
  expect(grows(trendOf(points(settling)))).toBe(false);
  expect(grows(trendOf(points((minute) => settling(minute) + 5000 * minute)))).toBe(true);
});

test('falling memory does not count as growth', () => {
  expect(grows(trendOf(points((minute) => 1000 - 10 * minute)))).toBe(false);
});

test('too few points give no verdict', () => {
  for (const few of [[], [1], [1, 2], [1, 2, 3]])
    expect(grows(trendOf(few.map((value, at) => ({ minutes: at, value }))))).toBe(false);
  expect(trendOf(Array.from({ length: 9 }, () => ({ minutes: 1, value: 1 }))).margin).toBe(
    Number.POSITIVE_INFINITY,
  );
});
