import { describe, expect, test } from 'vitest';
import { AdaptiveRate } from '../../src/upstream/resilience/adaptive-rate.ts';
import { monotonic } from '../monotonic.ts';
import { fc } from '../runs.ts';

const SECOND = 1000;

test('AdaptiveRate starts at the maximum and stays there without throttling', () => {
  const rate = new AdaptiveRate(50);
  expect([rate.at(monotonic(0)), rate.at(monotonic(3_600_000))]).toEqual([50, 50]);
});

/** [maximum, requests accepted in the last second, rate after one throttling] */
const CUTS: [number, number, number][] = [
  [50, 30, 28.5],
  [50, 40, 38],
  // At most by half: a quiet second proves little.
  [50, 10, 25],
  [50, 0, 25],
  // Always a little, because what was sent was too much.
  [50, 50, 47.5],
  [50, 60, 47.5],
  // Never to zero.
  [2, 1, 1],
  [2, 0, 1],
  [1, 0, 1],
];

test.each(CUTS)(
  'throttling at %i requests per second, %i of them accepted, cuts the rate to %f',
  (max, taken, next) => {
    const rate = new AdaptiveRate(max);
    expect(rate.throttled(monotonic(5000), monotonic(4900), taken)).toBe(true);
    expect(rate.at(monotonic(5000))).toBeCloseTo(next, 9);
  },
);

describe('AdaptiveRate, further throttling', () => {
  test('of requests sent before the cut deepens it, but does not count as another throttling', () => {
    const rate = new AdaptiveRate(50);
    expect(rate.throttled(monotonic(5000), monotonic(4900), 49)).toBe(true);
    expect(rate.at(monotonic(5000))).toBeCloseTo(46.55, 9);
    expect(rate.throttled(monotonic(5001), monotonic(4900), 40)).toBe(false);
    expect(rate.at(monotonic(5001))).toBeCloseTo(38, 9);
    expect(rate.throttled(monotonic(5002), monotonic(4910), 30)).toBe(false);
    expect(rate.at(monotonic(5002))).toBeCloseTo(28.5, 9);
    expect(rate.throttled(monotonic(5003), monotonic(4950), 0)).toBe(false);
    expect(rate.at(monotonic(5003))).toBe(25);
  });

  test('within a second after the cut cuts no further, unless fewer requests were accepted', () => {
    const rate = new AdaptiveRate(50);
    rate.throttled(monotonic(5000), monotonic(4900), 40);
    expect(rate.throttled(monotonic(5900), monotonic(5999), 40)).toBe(false);
    expect(rate.at(monotonic(5900))).toBeCloseTo(38, 9);
    expect(rate.throttled(monotonic(5950), monotonic(5999), 30)).toBe(false);
    expect(rate.at(monotonic(5950))).toBeCloseTo(28.5, 9);
  });

  test('a second after the cut is a new throttling', () => {
    const rate = new AdaptiveRate(80);
    let now = 5000;
    const rates: number[] = [];
    for (const taken of [10, 10, 10, 10]) {
      expect(rate.throttled(monotonic(now), monotonic(now), taken)).toBe(true);
      rates.push(rate.at(monotonic(now)));
      now += SECOND;
    }
    expect(rates).toEqual([40, 20, 10, 9.5].map((next) => expect.closeTo(next, 9)));
  });
});

describe('AdaptiveRate below a known limit', () => {
  /** Cut from 50 to 28.5, because 30 were accepted. */
  function settled(): AdaptiveRate {
    const rate = new AdaptiveRate(50);
    rate.throttled(monotonic(0), monotonic(0), 30);
    return rate;
  }

  test('ignores one throttling, but not a second one soon after it', () => {
    const rate = settled();
    expect(rate.throttled(monotonic(2000), monotonic(2000), 29)).toBe(false);
    expect(rate.at(monotonic(2000))).toBeCloseTo(28.5, 9);
    expect(rate.throttled(monotonic(2000), monotonic(2000), 28)).toBe(true);
    expect(rate.at(monotonic(2000))).toBeCloseTo(26.6, 9);
  });

  test('ignores one throttling every ten seconds', () => {
    const rate = settled();
    for (const now of [2000, 12_000]) expect(rate.throttled(monotonic(now), monotonic(now), 29)).toBe(false);
    expect(rate.throttled(monotonic(21_999), monotonic(21_999), 29)).toBe(true);
  });

  test('ignores none once the rate has grown beyond the limit', () => {
    const rate = settled();
    expect(rate.at(monotonic(25_000))).toBeGreaterThan(28.5);
    expect(rate.throttled(monotonic(25_000), monotonic(25_000), 29)).toBe(true);
  });

  test('ignores none if the limit was only cut to the lower bound', () => {
    const rate = new AdaptiveRate(50);
    rate.throttled(monotonic(0), monotonic(0), 5);
    expect(rate.at(monotonic(0))).toBe(25);
    expect(rate.throttled(monotonic(2000), monotonic(2000), 5)).toBe(true);
  });
});

describe('AdaptiveRate, growth', () => {
  /** When the rate reaches a value, in seconds after a time, to a tenth. */
  function secondsUntil(rate: AdaptiveRate, value: number, from: number): number {
    for (let now = from; now < from + 3_600_000; now += 100)
      if (rate.at(monotonic(now)) >= value) return (now - from) / 1000;
    return Number.POSITIVE_INFINITY;
  }

  test('first holds, then is slow up to the old limit, then fast', () => {
    const rate = new AdaptiveRate(100);
    rate.throttled(monotonic(0), monotonic(0), 60);
    expect(rate.at(monotonic(20_000))).toBeCloseTo(57, 9);
    expect(rate.at(monotonic(30_000))).toBeCloseTo(57 * 1.0025 ** 10, 6);
    const careful = secondsUntil(rate, 63, 20_000);
    expect(careful).toBeGreaterThan(39);
    expect(careful).toBeLessThan(41);
    expect(rate.at(monotonic(20_000 + careful * 1000 + 1000))).toBeCloseTo(
      rate.at(monotonic(20_000 + careful * 1000)) * 1.5,
      9,
    );
    expect(rate.at(monotonic(3_600_000))).toBe(100);
  });

  test('is fast at once if next to nothing was accepted, which is no limit', () => {
    const rate = new AdaptiveRate(100);
    for (const now of [0, 1000, 2000, 3000]) rate.throttled(monotonic(now), monotonic(now), 0);
    expect(rate.at(monotonic(5000))).toBeCloseTo(6.25, 9);
    expect(rate.at(monotonic(7000))).toBeCloseTo(25, 9);
    expect(rate.at(monotonic(9000))).toBe(100);
  });

  test('does not depend on how often the rate is read', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20_000 }), { maxLength: 30 }), (steps) => {
        const [often, seldom] = [new AdaptiveRate(100), new AdaptiveRate(100)];
        for (const rate of [often, seldom]) rate.throttled(monotonic(0), monotonic(0), 60);
        let now = 0;
        for (const step of steps) {
          now += step;
          often.at(monotonic(now));
        }
        expect(often.at(monotonic(now))).toBeCloseTo(seldom.at(monotonic(now)), 6);
      }),
    );
  });

  test('holds twice as long after each throttling at about the same rate, and normally at another', () => {
    const rate = new AdaptiveRate(100);
    const holdMs = (now: number, taken: number) => {
      rate.throttled(monotonic(now), monotonic(now), taken);
      const cut = rate.at(monotonic(now));
      for (let later = now; ; later += 1000) if (rate.at(monotonic(later)) > cut) return later - now - 1000;
    };
    const holds = [60, 60, 60, 60, 60, 60].map((taken, index) => holdMs(index * 1_000_000, taken));
    expect(holds).toEqual([20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
    expect(holdMs(7_000_000, 80)).toBe(20_000);
  });
});

test('AdaptiveRate never exceeds the maximum, and never falls below one request per second', () => {
  const throttlings = fc.array(
    fc.record({ afterMs: fc.nat(30_000), flightMs: fc.nat(2000), taken: fc.nat(300) }),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), throttlings, (max, throttlings) => {
      const rate = new AdaptiveRate(max);
      let now = 10_000;
      for (const { afterMs, flightMs, taken } of throttlings) {
        now += afterMs;
        const before = rate.at(monotonic(now));
        rate.throttled(monotonic(now), monotonic(now - flightMs), taken);
        const after = rate.at(monotonic(now));
        expect(after).toBeLessThanOrEqual(before);
        expect(after).toBeGreaterThanOrEqual(1);
        expect(rate.at(monotonic(now + 500))).toBeLessThanOrEqual(max);
      }
    }),
  );
});
