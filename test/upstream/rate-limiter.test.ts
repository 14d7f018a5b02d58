import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { UpstreamError } from '../../src/errors.ts';
import { monotonic } from '../monotonic.ts';
import { DEADLINE_MS, type Fate, stopTheClock, Turns, usedUp } from './rate-limited.ts';

beforeEach(stopTheClock);
afterEach(() => {
  vi.useRealTimers();
});

test('within the quota everybody is sent at once', () => {
  const turns = new Turns(20);
  for (let second = 0; second < 5; second++) {
    for (let turn = 0; turn < 20; turn++) expect(turns.ask(DEADLINE_MS).sentAt).toBe(performance.now());
    vi.advanceTimersByTime(1000);
  }
  expect(turns.governor.queued).toBe(0);
});

test('who comes later waits for the next second, in the order of coming', () => {
  const turns = usedUp(5);
  const fates = Array.from({ length: 12 }, () => turns.ask(DEADLINE_MS));
  expect(turns.governor.queued).toBe(12);
  vi.advanceTimersByTime(999);
  expect(turns.governor.queued).toBe(12);
  vi.advanceTimersByTime(2001);
  expect(turns.sent.slice(5)).toEqual(fates);
  expect(fates.map(({ askedAt, sentAt = 0 }) => Math.floor((sentAt - askedAt) / 1000))).toEqual([
    1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3,
  ]);
});

test('nobody overtakes those who wait', () => {
  const turns = usedUp(2);
  const first = turns.ask(DEADLINE_MS);
  vi.advanceTimersByTime(998);
  const second = turns.ask(DEADLINE_MS);
  // The turn of the one who waits has come, but the timer has not fired yet.
  turns.lateMs = 5;
  const third = turns.ask(DEADLINE_MS);
  expect(third.sentAt).toBeUndefined();
  turns.lateMs = 0;
  vi.advanceTimersByTime(3000);
  expect(turns.sent.slice(2)).toEqual([first, second, third]);
});

test('who cannot be sent in time is refused at once', () => {
  const turns = usedUp(2);
  const fates = Array.from({ length: 6 }, () => turns.ask(2500));
  expect(fates.map(({ refusedAt }) => refusedAt !== undefined)).toEqual([
    false,
    false,
    false,
    false,
    true,
    true,
  ]);
  expect(turns.governor.queued).toBe(4);
  vi.advanceTimersByTime(2500);
  expect(turns.governor.queued).toBe(0);
  expect(turns.sent).toHaveLength(6);
});

test('the time that an answer takes counts', () => {
  const turns = usedUp(2);
  for (let answer = 0; answer < 100; answer++) turns.governor.answered(300);
  expect(turns.ask(1250).refusedAt).toBeDefined();
  expect(turns.ask(1350).refusedAt).toBeUndefined();
});

test('those who wait are refused as soon as it is known that answers take longer', () => {
  const turns = usedUp(2);
  turns.governor.answered(100);
  const fates = Array.from({ length: 4 }, () => turns.ask(2250));
  expect(turns.governor.queued).toBe(4);
  turns.governor.answered(1000);
  expect(fates.map(({ refusedAt }) => refusedAt !== undefined)).toEqual([false, false, true, true]);
  turns.governor.unanswered(1000);
  expect(turns.governor.queued).toBe(0);
});

test('who leaves gives the place up, and the others move up', () => {
  const turns = usedUp(1);
  const [first, second, third] = [turns.ask(DEADLINE_MS), turns.ask(DEADLINE_MS), turns.ask(DEADLINE_MS)];
  first.leave();
  second.leave();
  second.leave();
  expect(turns.governor.queued).toBe(1);
  vi.advanceTimersByTime(1000);
  expect(third.sentAt).toBe(performance.now());
  expect(turns.sent).toHaveLength(2);
});

test('when all are refused the queue is empty, and who comes next is served as usual', () => {
  const turns = usedUp(2);
  const fates = Array.from({ length: 7 }, () => turns.ask(DEADLINE_MS));
  turns.governor.rejectAll(new UpstreamError('UPSTREAM_UNAVAILABLE', { detail: 'open', retryAfterMs: 700 }));
  expect(fates.map(({ refusedAt, retryAfterMs }) => [refusedAt, retryAfterMs])).toEqual(
    fates.map(({ askedAt }) => [askedAt, 700]),
  );
  expect(turns.governor.queued).toBe(0);
  vi.advanceTimersByTime(1000);
  expect(turns.ask(DEADLINE_MS).sentAt).toBe(performance.now());
  expect(vi.getTimerCount()).toBe(0);
});

describe('a pause that the upstream asked for', () => {
  test('holds everybody up for that long, and no longer', () => {
    const turns = new Turns(20);
    turns.ask(DEADLINE_MS);
    turns.governor.throttled(monotonic(performance.now()), 1500);
    const fates = Array.from({ length: 3 }, () => turns.ask(DEADLINE_MS));
    vi.advanceTimersByTime(1499);
    expect(turns.sent).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(fates[0]?.sentAt).toBe(performance.now());
  });

  test('past the deadline refuses those who wait already and those who come', () => {
    const turns = usedUp(2);
    const waiting = turns.ask(DEADLINE_MS);
    turns.governor.throttled(monotonic(performance.now()), 9000);
    expect(waiting).toMatchObject({ refusedAt: performance.now(), retryAfterMs: 4040 });
    expect(turns.ask(DEADLINE_MS).refusedAt).toBe(performance.now());
  });

  test('is believed for a minute at most', () => {
    const turns = new Turns(20);
    turns.governor.throttled(monotonic(performance.now()), 86_400_000);
    vi.advanceTimersByTime(60_000);
    expect(turns.ask(DEADLINE_MS).sentAt).toBeDefined();
  });

  test('of several the longest counts', () => {
    const turns = new Turns(20);
    turns.governor.throttled(monotonic(performance.now()), 2000);
    turns.governor.throttled(monotonic(performance.now()), 10);
    vi.advanceTimersByTime(1999);
    expect(turns.ask(DEADLINE_MS).sentAt).toBeUndefined();
  });
});

test('a crowd that is refused together is served when each comes back as told', () => {
  const turns = usedUp(5);
  const fates = Array.from({ length: 50 }, () => turns.ask(2500));
  const refused = fates.filter(({ refusedAt }) => refusedAt !== undefined);
  expect(refused).toHaveLength(40);
  const again: Fate[] = [];
  for (const { retryAfterMs } of refused) setTimeout(() => again.push(turns.ask(2500)), retryAfterMs);
  vi.advanceTimersByTime(12_500);
  expect(again.map(({ refusedAt }) => refusedAt)).toEqual(refused.map(() => undefined));
  expect(turns.sent).toHaveLength(55);
});

test('nobody is told to come back much later than in ten seconds for the sake of others', () => {
  const turns = usedUp(1);
  const told = Array.from({ length: 100 }, () => turns.ask(500).retryAfterMs);
  expect(told.slice(0, 3)).toEqual([540, 1540, 2540]);
  expect(told.at(-1)).toBe(10_000);
});

test('the one who is told is told once for each cut', () => {
  const told: number[] = [];
  const turns = new Turns(50, (requestsPerSecond) => told.push(requestsPerSecond));
  for (let turn = 0; turn < 50; turn++) turns.ask(DEADLINE_MS);
  const sentAt = performance.now();
  vi.advanceTimersByTime(100);
  for (let turn = 0; turn < 20; turn++) turns.governor.throttled(monotonic(sentAt), undefined);
  expect(told).toHaveLength(1);
  expect(turns.governor.requestsPerSecond).toBeCloseTo(0.95 * 30, 9);
});
