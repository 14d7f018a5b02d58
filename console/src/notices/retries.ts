import { useEffect, useEffectEvent, useState } from 'react';
import type { Failure } from '../client/failure.ts';
import { planFor } from './retry-plan.ts';

/**
 * Tries again by itself what failed for a while, as long as its caller is on the page and the page is looked at: one that
 * is hidden tries when it is seen again. Pauses grow over the failures in a row that it is told, so it has to stay on
 * the page while one of its tries is under way.
 *
 * @param busy whether a try is under way
 * @returns when the next try is due, in epoch milliseconds; undefined where it is not tried by itself
 */
export function useRetries(
  failure: Failure,
  onRetry: (() => void) | undefined,
  busy: boolean,
): number | undefined {
  const [plan, setPlan] = useState(() => planFor(failure, 1, Date.now()));
  if (plan.failure !== failure) setPlan(planFor(failure, plan.tries + 1, Date.now()));
  const dueMs = onRetry === undefined ? undefined : plan.dueMs;
  const isUnreachable = failure.kind === 'unreachable';
  const retry = useEffectEvent(() => onRetry?.());

  useEffect(() => {
    if (dueMs === undefined || busy) return;
    let done = false;
    const tryWhenSeen = () => {
      if (done || document.visibilityState !== 'visible' || Date.now() < dueMs) return;
      done = true;
      retry();
    };
    const tryAtOnce = () => {
      if (!done) retry();
      done = true;
    };
    // A timer may be early by a millisecond, and would find that it is not time yet.
    const timer = setTimeout(tryWhenSeen, Math.max(0, dueMs - Date.now()) + 10);
    document.addEventListener('visibilitychange', tryWhenSeen);
    if (isUnreachable) window.addEventListener('online', tryAtOnce);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', tryWhenSeen);
      window.removeEventListener('online', tryAtOnce);
    };
  }, [dueMs, busy, isUnreachable]);

  return dueMs;
}
