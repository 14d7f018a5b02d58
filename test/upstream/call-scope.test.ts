import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CallScope } from '../../src/upstream/call-scope.ts';
import { stopTheClock } from './rate-limited.ts';

beforeEach(stopTheClock);
afterEach(() => {
  vi.useRealTimers();
});

const REASON = new Error('the caller has left');

/** A step that ends only when it is broken off. */
function hangingStep(scope: CallScope) {
  const breakOff = vi.fn();
  const step = scope.step<never>(() => breakOff);
  step.catch(() => {});
  return { step, breakOff };
}

describe('a step', () => {
  test('ends as it ends, and is not broken off after that', async () => {
    const scope = new CallScope(1000, undefined);
    const breakOff = vi.fn();
    const step = scope.step<string>((resolve) => {
      setTimeout(() => resolve('value'), 500);
      return breakOff;
    });
    vi.advanceTimersByTime(500);
    expect(await step).toBe('value');
    expect(scope.leftMs).toBe(500);
    scope.end();
    vi.advanceTimersByTime(5000);
    expect(breakOff).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is broken off at the deadline, and ends then', async () => {
    const scope = new CallScope(1000, undefined);
    const { step, breakOff } = hangingStep(scope);
    vi.advanceTimersByTime(999);
    expect(breakOff).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(breakOff).toHaveBeenCalledTimes(1);
    await expect(step).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT', retry: 'never' });
  });

  test('is broken off when the caller leaves, and ends with the reason', async () => {
    const leaving = new AbortController();
    const scope = new CallScope(1000, leaving.signal);
    const { step, breakOff } = hangingStep(scope);
    leaving.abort(REASON);
    expect(breakOff).toHaveBeenCalledTimes(1);
    await expect(step).rejects.toBe(REASON);
  });

  test('that would begin after the end does not begin', async () => {
    const leaving = new AbortController();
    const scope = new CallScope(1000, leaving.signal);
    leaving.abort(REASON);
    const start = vi.fn(() => () => {});
    await expect(scope.step(start)).rejects.toBe(REASON);
    expect(start).not.toHaveBeenCalled();
  });
});

test('a call of somebody who has left already does not begin', () => {
  expect(() => new CallScope(1000, AbortSignal.abort(REASON))).toThrow(REASON);
  expect(vi.getTimerCount()).toBe(0);
});

test('a call that is over no longer listens to its caller', () => {
  const leaving = new AbortController();
  const scope = new CallScope(1000, leaving.signal);
  const { breakOff } = hangingStep(scope);
  scope.end();
  leaving.abort(REASON);
  expect(breakOff).not.toHaveBeenCalled();
});
