import { describe, expect, test } from 'vitest';
import { SlidingWindow } from '../../src/upstream/resilience/sliding-window.ts';
import { monotonic } from '../monotonic.ts';
import { fc } from '../runs.ts';

/** A request: time since the previous one, and spacing of requests from then on. */
interface PlannedRequest {
  readonly afterMs: number;
  readonly spacingMs: number;
}

/** Milliseconds whose sums have no rounding error. */
const durationMs = (mostMs: number) => fc.nat(Math.floor(mostMs * 8)).map((eighths) => eighths / 8);

/** Requests with even spacing or in bursts; the spacing changes occasionally, as an adaptive rate does. */
const plannedRequests = (max: number, spread: boolean) =>
  fc
    .array(
      fc.record({
        // Spacings of rates below the maximum.
        spacingMs: spread
          ? durationMs(2000 / max).map((more) => Math.ceil(1000 / max) + more)
          : fc.constant(0),
        afterMs: fc.array(fc.oneof(fc.constant(0), durationMs(1500)), {
          minLength: 1,
          maxLength: 20,
        }),
      }),
      { maxLength: 8 },
    )
    .map((stretches): PlannedRequest[] =>
      stretches.flatMap(({ spacingMs, afterMs }) => afterMs.map((wait) => ({ afterMs: wait, spacingMs }))),
    );

const MAX = fc.integer({ min: 1, max: 30 });
const HISTORY = MAX.chain((max) =>
  fc.tuple(
    fc.constant(max),
    fc.oneof(
      plannedRequests(max, false),
      plannedRequests(max, true),
      fc
        .tuple(plannedRequests(max, false), plannedRequests(max, true))
        .map(([burst, spread]) => [...burst, ...spread]),
    ),
  ),
);

/** Sends each request as early as planned and allowed; returns the times. */
function play(times: SlidingWindow, history: readonly PlannedRequest[]): number[] {
  let now = 5000;
  return history.map(({ afterMs, spacingMs }) => {
    now = times.freeAt(monotonic(now + afterMs), 0, spacingMs);
    times.sent(monotonic(now), spacingMs);
    return now;
  });
}

describe('SlidingWindow, sent requests', () => {
  test('property: never exceed the maximum in any window of one second', () => {
    fc.assert(
      fc.property(HISTORY, ([max, history]) => {
        const sent = play(new SlidingWindow(max), history);
        for (const [index, time] of sent.entries()) {
          const next = sent[index + max];
          if (next !== undefined) expect(next - time).toBeGreaterThanOrEqual(1000);
        }
      }),
    );
  });

  test('property: are allowed at the times that freeAt predicted', () => {
    const queue = fc.record({
      waitMs: durationMs(1500),
      length: fc.integer({ min: 1, max: 100 }),
    });
    fc.assert(
      fc.property(HISTORY, queue, fc.boolean(), ([max, history], { waitMs, length }, bursts) => {
        const times = new SlidingWindow(max);
        const from = (play(times, history).at(-1) ?? 5000) + waitMs;
        // Slightly slower than the maximum, so that the spacing alone enforces it in the long run.
        const spacingMs = bursts ? 0 : 1030 / max;
        const foretold = Array.from({ length }, (_, ahead) =>
          times.freeAt(monotonic(from), ahead, spacingMs),
        );
        for (const time of foretold) {
          expect(times.freeAt(monotonic(from), 0, spacingMs)).toBeCloseTo(time, 6);
          times.sent(monotonic(time), spacingMs);
        }
      }),
    );
  });

  test('property: freeTimes yields the same times as single calls of freeAt', () => {
    const queue = fc.record({ waitMs: durationMs(1500), length: fc.integer({ min: 1, max: 100 }) });
    fc.assert(
      fc.property(HISTORY, queue, fc.boolean(), ([max, history], { waitMs, length }, bursts) => {
        const times = new SlidingWindow(max);
        const from = (play(times, history).at(-1) ?? 5000) + waitMs;
        const spacingMs = bursts ? 0 : 1030 / max;
        const all = times.freeTimes(monotonic(from), spacingMs);
        for (let ahead = 0; ahead < length; ahead++)
          expect(all.next().value).toBeCloseTo(times.freeAt(monotonic(from), ahead, spacingMs), 6);
      }),
    );
  });

  test('are spread evenly if a spacing is given', () => {
    const times = new SlidingWindow(50);
    const sent = play(times, Array(11).fill({ afterMs: 0, spacingMs: 100 }));
    expect(sent.at(-1)).toBe(5000 + 10 * 100 - 20);
  });

  test('make up for late timers', () => {
    const times = new SlidingWindow(50);
    let now = 5000;
    for (let sent = 0; sent < 100; sent++) {
      now = times.freeAt(monotonic(now), 0, 100) + (sent % 7) + 3;
      times.sent(monotonic(now), 100);
    }
    expect(now).toBeLessThan(5000 + 99 * 100);
  });
});

describe('SlidingWindow, accepted requests of a second', () => {
  test('property: are those sent in it and not rejected', () => {
    const sends = fc.array(fc.record({ afterMs: fc.nat(300), isTaken: fc.boolean() }), { maxLength: 50 });
    fc.assert(
      fc.property(sends, fc.nat(4000), (sends, at) => {
        const times = new SlidingWindow(100);
        let now = 0;
        const taken: number[] = [];
        const back: number[] = [];
        for (const { afterMs, isTaken } of sends) {
          now += afterMs;
          times.sent(monotonic(now), 0);
          (isTaken ? taken : back).push(now);
        }
        for (const time of back) times.rejected(monotonic(time));
        const within = (from: number, to: number) => taken.filter((time) => time > from && time <= to).length;
        // To a hundredth of a second.
        expect(times.acceptedInSecondTo(monotonic(at))).toBeGreaterThanOrEqual(within(at - 1000, at));
        expect(times.acceptedInSecondTo(monotonic(at))).toBeLessThanOrEqual(within(at - 1010, at + 10));
      }),
    );
  });

  test('are remembered as long as a response may take', () => {
    const times = new SlidingWindow(100);
    times.sent(monotonic(20_000), 0);
    times.sent(monotonic(20_100), 0);
    times.sent(monotonic(28_000), 0);
    times.rejected(monotonic(20_100));
    expect(times.acceptedInSecondTo(monotonic(20_100))).toBe(1);
  });

  test('are not reduced by a rejection that arrives too late', () => {
    const times = new SlidingWindow(100);
    times.sent(monotonic(20_000), 0);
    times.sent(monotonic(60_000), 0);
    times.rejected(monotonic(20_000));
    expect(times.acceptedInSecondTo(monotonic(60_000))).toBe(1);
    expect(times.acceptedInSecondTo(monotonic(20_000))).toBe(0);
  });
});
