import { useEffect, useEffectEvent, useState } from 'react';
import type { Failure } from '../client/failure.ts';
import { planFor } from './retry-plan.ts';

/**
 * Retries a failure automatically, while the component is mounted and the page is visible; a hidden page retries when
 * it becomes visible again. Delays grow with consecutive failures, so the component must stay mounted during a retry.
 *
 * @param busy whether a retry is in progress
 * @returns time of the next retry in epoch milliseconds; undefined when there is none
 */
export function useRetries(
  failure: Failure,
  onRetry: (() => void) | undefined,
  busy: boolean,
): number | undefined {
  const [plan, setPlan] = useState(() => planFor(failure, 1, Date.now()));
  if (plan.failure !== failure) setPlan(planFor(failure, plan.attempts + 1, Date.now()));
  const dueMs = onRetry === undefined ? undefined : plan.dueMs;
  const isUnreachable = failure.kind === 'unreachable';
  const retry = useEffectEvent(() => onRetry?.());

  useEffect(() => {
    if (dueMs === undefined || busy) return;
    let done = false;
    const retryWhenVisible = () => {
      if (done || document.visibilityState !== 'visible' || Date.now() < dueMs) return;
      done = true;
      retry();
    };
    const retryNow = () => {
      if (!done) retry();
      done = true;
    };
    // A timer can fire a millisecond early, before the retry is due.
    const timer = setTimeout(retryWhenVisible, Math.max(0, dueMs - Date.now()) + 10);
    document.addEventListener('visibilitychange', retryWhenVisible);
    if (isUnreachable) window.addEventListener('online', retryNow);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', retryWhenVisible);
      window.removeEventListener('online', retryNow);
    };
  }, [dueMs, busy, isUnreachable]);

  return dueMs;
}
