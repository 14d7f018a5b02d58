import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { monotonic } from '../monotonic.ts';
import { fc } from '../runs.ts';
import { stopTheClock, type Turns, usedUp } from './rate-limited.ts';

beforeEach(stopTheClock);
afterEach(() => {
  vi.useRealTimers();
});

/** A governor with a past: a full second, a cut, a pause, a queue; with a time to come. */
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
}: typeof PAST extends fc.Arbitrary<infer T> ? T : never): Turns {
  const turns = usedUp(max);
  const sentAt = performance.now();
  for (let answer = 0; answer < 50; answer++) turns.governor.answered(takesMs);
  vi.advanceTimersByTime(takesMs);
  for (let time = 0; time < Math.min(max, throttlings); time++)
    turns.governor.throttled(monotonic(sentAt), pauseMs);
  vi.advanceTimersByTime(waitMs);
  for (let turn = 0; turn < queue; turn++) turns.ask(60_000);
  return turns;
}

test('nobody who was not refused at once is sent too late', () => {
  fc.assert(
    fc.property(PAST, (past) => {
      const turns = withPast(past);
      const fate = turns.ask(past.leftMs);
      if (fate.refusedAt !== undefined) return;
      vi.advanceTimersByTime(past.leftMs);
      expect(fate.sentAt).toBeDefined();
      expect((fate.sentAt ?? 0) - fate.askedAt + past.takesMs).toBeLessThanOrEqual(past.leftMs);
      vi.clearAllTimers();
    }),
  );
});

test('who asks again as late as told is sent in time, if nobody else came', () => {
  fc.assert(
    fc.property(PAST, (past) => {
      const turns = withPast(past);
      const { refusedAt, retryAfterMs = 0 } = turns.ask(past.leftMs);
      if (refusedAt === undefined) return;
      expect(refusedAt).toBe(performance.now());
      expect(retryAfterMs).toBeGreaterThan(0);
      vi.advanceTimersByTime(retryAfterMs);
      const again = turns.ask(past.leftMs);
      expect(again.refusedAt).toBeUndefined();
      vi.advanceTimersByTime(past.leftMs);
      expect((again.sentAt ?? Number.NaN) - again.askedAt + past.takesMs).toBeLessThanOrEqual(past.leftMs);
      vi.clearAllTimers();
    }),
  );
});

test('nobody is refused who could have been answered in time, but for what timers may be late', () => {
  fc.assert(
    fc.property(PAST, (past) => {
      const turns = withPast(past);
      if (turns.ask(past.leftMs).refusedAt === undefined) return;
      const patient = turns.ask(120_000);
      vi.advanceTimersByTime(120_000);
      const answeredAt = (patient.sentAt ?? Number.NaN) + past.takesMs;
      expect(answeredAt - patient.askedAt).toBeGreaterThan(past.leftMs - 25);
      vi.clearAllTimers();
    }),
  );
});
