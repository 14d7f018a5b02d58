import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CallScope } from '../../src/upstream/call-scope.ts';
import { useFakeClock } from './limited-calls.ts';

beforeEach(useFakeClock);
afterEach(() => {
  vi.useRealTimers();
});

const REASON = new Error('the caller has left');

/** A step that ends only when it is cancelled. */
function hangingStep(scope: CallScope) {
  const breakOff = vi.fn();
  const step = scope.step<never>(() => breakOff);
  step.catch(() => {});
  return { step, breakOff };
}

describe('a step of a CallScope', () => {
  test('settles on its own, and is not cancelled afterwards', async () => {
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

  test('is cancelled at the deadline with UPSTREAM_TIMEOUT', async () => {
    const scope = new CallScope(1000, undefined);
    const { step, breakOff } = hangingStep(scope);
    vi.advanceTimersByTime(999);
    expect(breakOff).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(breakOff).toHaveBeenCalledTimes(1);
    await expect(step).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT', retry: 'never' });
  });

  test('is cancelled when the caller leaves, with the reason of its signal', async () => {
    const leaving = new AbortController();
    const scope = new CallScope(1000, leaving.signal);
    const { step, breakOff } = hangingStep(scope);
    leaving.abort(REASON);
    expect(breakOff).toHaveBeenCalledTimes(1);
    await expect(step).rejects.toBe(REASON);
  });

  test('does not start after the end of the call', async () => {
    const leaving = new AbortController();
    const scope = new CallScope(1000, leaving.signal);
    leaving.abort(REASON);
    const start = vi.fn(() => () => {});
    await expect(scope.step(start)).rejects.toBe(REASON);
    expect(start).not.toHaveBeenCalled();
  });
});

test('a CallScope for an aborted signal throws its reason', () => {
  expect(() => new CallScope(1000, AbortSignal.abort(REASON))).toThrow(REASON);
  expect(vi.getTimerCount()).toBe(0);
});

test("a finished CallScope no longer listens to the caller's signal", () => {
  const leaving = new AbortController();
  const scope = new CallScope(1000, leaving.signal);
  const { breakOff } = hangingStep(scope);
  scope.end();
  leaving.abort(REASON);
  expect(breakOff).not.toHaveBeenCalled();
});
