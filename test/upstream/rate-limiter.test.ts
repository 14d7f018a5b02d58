import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { UpstreamError } from '../../src/errors.ts';
import { monotonic } from '../monotonic.ts';
import { type CallOutcome, DEADLINE_MS, exhausted, LimitedCalls, useFakeClock } from './limited-calls.ts';

beforeEach(useFakeClock);
afterEach(() => {
  vi.useRealTimers();
});

test('calls within the quota are sent at once', () => {
  const calls = new LimitedCalls(20);
  for (let second = 0; second < 5; second++) {
    for (let turn = 0; turn < 20; turn++) expect(calls.start(DEADLINE_MS).sentAt).toBe(performance.now());
    vi.advanceTimersByTime(1000);
  }
  expect(calls.limiter.queued).toBe(0);
});

test('later calls wait for the next second, in FIFO order', () => {
  const calls = exhausted(5);
  const outcomes = Array.from({ length: 12 }, () => calls.start(DEADLINE_MS));
  expect(calls.limiter.queued).toBe(12);
  vi.advanceTimersByTime(999);
  expect(calls.limiter.queued).toBe(12);
  vi.advanceTimersByTime(2001);
  expect(calls.sent.slice(5)).toEqual(outcomes);
  expect(outcomes.map(({ startedAt, sentAt = 0 }) => Math.floor((sentAt - startedAt) / 1000))).toEqual([
    1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3,
  ]);
});

test('no call overtakes waiting calls', () => {
  const calls = exhausted(2);
  const first = calls.start(DEADLINE_MS);
  vi.advanceTimersByTime(998);
  const second = calls.start(DEADLINE_MS);
  // The slot of the waiting call is due, but its timer has not fired yet.
  calls.lateMs = 5;
  const third = calls.start(DEADLINE_MS);
  expect(third.sentAt).toBeUndefined();
  calls.lateMs = 0;
  vi.advanceTimersByTime(3000);
  expect(calls.sent.slice(2)).toEqual([first, second, third]);
});

test('a call that cannot be sent in time is rejected at once', () => {
  const calls = exhausted(2);
  const outcomes = Array.from({ length: 6 }, () => calls.start(2500));
  expect(outcomes.map(({ rejectedAt }) => rejectedAt !== undefined)).toEqual([
    false,
    false,
    false,
    false,
    true,
    true,
  ]);
  expect(calls.limiter.queued).toBe(4);
  vi.advanceTimersByTime(2500);
  expect(calls.limiter.queued).toBe(0);
  expect(calls.sent).toHaveLength(6);
});

test('the latency of responses counts against the deadline', () => {
  const calls = exhausted(2);
  for (let answer = 0; answer < 100; answer++) calls.limiter.answered(300);
  expect(calls.start(1250).rejectedAt).toBeDefined();
  expect(calls.start(1350).rejectedAt).toBeUndefined();
});

test('waiting calls are rejected as soon as the latency estimate grows too much', () => {
  const calls = exhausted(2);
  calls.limiter.answered(100);
  const outcomes = Array.from({ length: 4 }, () => calls.start(2250));
  expect(calls.limiter.queued).toBe(4);
  calls.limiter.answered(1000);
  expect(outcomes.map(({ rejectedAt }) => rejectedAt !== undefined)).toEqual([false, false, true, true]);
  calls.limiter.unanswered(1000);
  expect(calls.limiter.queued).toBe(0);
});

test('a call that leaves the queue frees its place for the others', () => {
  const calls = exhausted(1);
  const [first, second, third] = [
    calls.start(DEADLINE_MS),
    calls.start(DEADLINE_MS),
    calls.start(DEADLINE_MS),
  ];
  first.leave();
  second.leave();
  second.leave();
  expect(calls.limiter.queued).toBe(1);
  vi.advanceTimersByTime(1000);
  expect(third.sentAt).toBe(performance.now());
  expect(calls.sent).toHaveLength(2);
});

test('after rejectAll the queue is empty, and the next call is served normally', () => {
  const calls = exhausted(2);
  const outcomes = Array.from({ length: 7 }, () => calls.start(DEADLINE_MS));
  calls.limiter.rejectAll(new UpstreamError('UPSTREAM_UNAVAILABLE', { detail: 'open', retryAfterMs: 700 }));
  expect(outcomes.map(({ rejectedAt, retryAfterMs }) => [rejectedAt, retryAfterMs])).toEqual(
    outcomes.map(({ startedAt }) => [startedAt, 700]),
  );
  expect(calls.limiter.queued).toBe(0);
  vi.advanceTimersByTime(1000);
  expect(calls.start(DEADLINE_MS).sentAt).toBe(performance.now());
  expect(vi.getTimerCount()).toBe(0);
});

describe('a pause requested by the upstream', () => {
  test('delays all calls for exactly that time', () => {
    const calls = new LimitedCalls(20);
    calls.start(DEADLINE_MS);
    calls.limiter.throttled(monotonic(performance.now()), 1500);
    const outcomes = Array.from({ length: 3 }, () => calls.start(DEADLINE_MS));
    vi.advanceTimersByTime(1499);
    expect(calls.sent).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(outcomes[0]?.sentAt).toBe(performance.now());
  });

  test('beyond their deadlines rejects waiting and new calls', () => {
    const calls = exhausted(2);
    const waiting = calls.start(DEADLINE_MS);
    calls.limiter.throttled(monotonic(performance.now()), 9000);
    expect(waiting).toMatchObject({ rejectedAt: performance.now(), retryAfterMs: 4040 });
    expect(calls.start(DEADLINE_MS).rejectedAt).toBe(performance.now());
  });

  test('is capped at a minute', () => {
    const calls = new LimitedCalls(20);
    calls.limiter.throttled(monotonic(performance.now()), 86_400_000);
    vi.advanceTimersByTime(60_000);
    expect(calls.start(DEADLINE_MS).sentAt).toBeDefined();
  });

  test('is the longest of several', () => {
    const calls = new LimitedCalls(20);
    calls.limiter.throttled(monotonic(performance.now()), 2000);
    calls.limiter.throttled(monotonic(performance.now()), 10);
    vi.advanceTimersByTime(1999);
    expect(calls.start(DEADLINE_MS).sentAt).toBeUndefined();
  });
});

test('calls rejected together are all served when each retries after its Retry-After', () => {
  const calls = exhausted(5);
  const outcomes = Array.from({ length: 50 }, () => calls.start(2500));
  const refused = outcomes.filter(({ rejectedAt }) => rejectedAt !== undefined);
  expect(refused).toHaveLength(40);
  const again: CallOutcome[] = [];
  for (const { retryAfterMs } of refused) setTimeout(() => again.push(calls.start(2500)), retryAfterMs);
  vi.advanceTimersByTime(12_500);
  expect(again.map(({ rejectedAt }) => rejectedAt)).toEqual(refused.map(() => undefined));
  expect(calls.sent).toHaveLength(55);
});

test('Retry-After is spread over at most about ten seconds', () => {
  const calls = exhausted(1);
  const told = Array.from({ length: 100 }, () => calls.start(500).retryAfterMs);
  expect(told.slice(0, 3)).toEqual([540, 1540, 2540]);
  expect(told.at(-1)).toBe(10_000);
});

test('onSlowdown is called once per cut', () => {
  const told: number[] = [];
  const calls = new LimitedCalls(50, (requestsPerSecond) => told.push(requestsPerSecond));
  for (let turn = 0; turn < 50; turn++) calls.start(DEADLINE_MS);
  const sentAt = performance.now();
  vi.advanceTimersByTime(100);
  for (let turn = 0; turn < 20; turn++) calls.limiter.throttled(monotonic(sentAt), undefined);
  expect(told).toHaveLength(1);
  expect(calls.limiter.requestsPerSecond).toBeCloseTo(0.95 * 30, 9);
});
