import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { monotonic } from '../monotonic.ts';
import { fc } from '../runs.ts';
import { exhausted, type LimitedCalls, useFakeClock } from './limited-calls.ts';

beforeEach(useFakeClock);
afterEach(() => {
  vi.useRealTimers();
});

/** A limiter with a history: a full second, a cut, a pause, a queue; and time until the next call. */
const PAST = fc.record({
  max: fc.integer({ min: 1, max: 30 }),
  throttlings: fc.nat(30),
  pauseMs: fc.option(fc.integer({ min: 1, max: 3000 }), { nil: undefined }),
  takesMs: fc.nat(500),
  queue: fc.nat(80),
  leftMs: fc.integer({ min: 1000, max: 5000 }),
  waitMs: fc.nat(1500),
});

function withPast({
  max,
  throttlings,
  pauseMs,
  takesMs,
  queue,
  waitMs,
}: typeof PAST extends fc.Arbitrary<infer T> ? T : never): LimitedCalls {
  const calls = exhausted(max);
  const sentAt = performance.now();
  for (let answer = 0; answer < 50; answer++) calls.limiter.answered(takesMs);
  vi.advanceTimersByTime(takesMs);
  for (let time = 0; time < Math.min(max, throttlings); time++)
    calls.limiter.throttled(monotonic(sentAt), pauseMs);
  vi.advanceTimersByTime(waitMs);
  for (let turn = 0; turn < queue; turn++) calls.start(60_000);
  return calls;
}

test('property: a call that is not rejected at once is sent in time for its deadline', () => {
  fc.assert(
    fc.property(PAST, (past) => {
      const calls = withPast(past);
      const outcome = calls.start(past.leftMs);
      if (outcome.rejectedAt !== undefined) return;
      vi.advanceTimersByTime(past.leftMs);
      expect(outcome.sentAt).toBeDefined();
      expect((outcome.sentAt ?? 0) - outcome.startedAt + past.takesMs).toBeLessThanOrEqual(past.leftMs);
      vi.clearAllTimers();
    }),
  );
});

test('property: a call that is repeated after Retry-After is sent in time, if no other call came', () => {
  fc.assert(
    fc.property(PAST, (past) => {
      const calls = withPast(past);
      const { rejectedAt, retryAfterMs = 0 } = calls.start(past.leftMs);
      if (rejectedAt === undefined) return;
      expect(rejectedAt).toBe(performance.now());
      expect(retryAfterMs).toBeGreaterThan(0);
      vi.advanceTimersByTime(retryAfterMs);
      const again = calls.start(past.leftMs);
      expect(again.rejectedAt).toBeUndefined();
      vi.advanceTimersByTime(past.leftMs);
      expect((again.sentAt ?? Number.NaN) - again.startedAt + past.takesMs).toBeLessThanOrEqual(past.leftMs);
      vi.clearAllTimers();
    }),
  );
});

test('property: no call is rejected that could have been sent in time, apart from the allowance for late timers', () => {
  fc.assert(
    fc.property(PAST, (past) => {
      const calls = withPast(past);
      if (calls.start(past.leftMs).rejectedAt === undefined) return;
      const patient = calls.start(120_000);
      vi.advanceTimersByTime(120_000);
      const answeredAt = (patient.sentAt ?? Number.NaN) + past.takesMs;
      expect(answeredAt - patient.startedAt).toBeGreaterThan(past.leftMs - 25);
      vi.clearAllTimers();
    }),
  );
});
