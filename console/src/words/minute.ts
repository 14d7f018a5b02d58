import { useSyncExternalStore } from 'react';

/**
 * One clock for every relative time on the page: it ticks once a minute, and when the page is looked at again. Nobody looks
 * on, nothing ticks.
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
    // It stood still while nobody looked on.
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

/** The time of the last tick, in epoch milliseconds: at most a minute old. */
export function useMinute(): number {
  return useSyncExternalStore(subscribe, () => nowMs);
}
