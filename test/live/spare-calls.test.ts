import { expect, test } from 'vitest';
import { AdaptiveRateLimiter } from '../../src/upstream/resilience/rate-limiter.ts';
import { monotonic } from '../monotonic.ts';

/** A rate limiter of ten requests per second with a fake clock. */
function govern(max = 10) {
  let now = 1_000_000;
  const governor = new AdaptiveRateLimiter(
    max,
    () => {},
    () => monotonic(now),
  );
  const take = (count: number) => {
    for (let taken = 0; taken < count; taken++) expect(governor.take()).toBe(true);
  };
  return { governor, take, now: () => now, pass: (ms: number) => (now += ms) };
}

test('background calls leave a fifth of each second to requests', () => {
  const { governor, take, pass } = govern();
  expect(governor.spare).toBe(8);
  take(3);
  expect(governor.spare).toBe(5);
  take(5);
  expect(governor.spare).toBe(0);
  take(2);
  expect(governor.spare).toBe(0);
  pass(1100);
  expect(governor.spare).toBe(8);
});

test('a quota of one request per second can be used by background calls', () => {
  const { governor, take, pass } = govern(1);
  expect(governor.spare).toBe(1);
  take(1);
  expect(governor.spare).toBe(0);
  pass(1100);
  expect(governor.spare).toBe(1);
});

test('no calls are spare while a call waits', () => {
  const { governor, take, pass } = govern();
  take(10);
  const leave = governor.wait(
    5000,
    () => {},
    () => {},
  );
  pass(1100);
  expect(governor.spare).toBe(0);
  leave();
  expect(governor.spare).toBe(8);
});

test('no calls are spare during a pause requested by the upstream', () => {
  const { governor, now, pass } = govern();
  governor.throttled(monotonic(now()), 3000);
  expect(governor.spare).toBe(0);
  pass(3100);
  expect(governor.spare).toBeGreaterThan(0);
});

test('of an adaptive rate, a fifth is reserved too, and the rest is evenly spaced', () => {
  const { governor, take, now, pass } = govern(100);
  take(50);
  // The upstream accepts half of the configured rate.
  governor.throttled(monotonic(now()), undefined);
  expect(governor.requestsPerSecond).toBeLessThan(60);
  pass(1100);
  expect(governor.spare).toBeGreaterThan(0);
  expect(governor.spare).toBeLessThanOrEqual(2);
});
