import { useSyncExternalStore } from 'react';

/**
 * One clock for all relative times on the page. It ticks once a minute and when the page becomes visible, and only
 * while there are subscribers.
 */
const listeners = new Set<() => void>();
let nowMs = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function tick(): void {
  nowMs = Date.now();
  for (const listener of listeners) listener();
}

function onVisible(): void {
  if (document.visibilityState === 'visible') tick();
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    // The clock did not tick without subscribers.
    nowMs = Date.now();
    timer = setInterval(tick, 60_000);
    document.addEventListener('visibilitychange', onVisible);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    document.removeEventListener('visibilitychange', onVisible);
  };
}

/** Time of the last tick in epoch milliseconds, at most a minute ago. */
export function useMinute(): number {
  return useSyncExternalStore(subscribe, () => nowMs);
}
