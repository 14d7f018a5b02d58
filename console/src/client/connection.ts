import { useSyncExternalStore } from 'react';

/** `idle` where nothing is followed, `on`, or `lost` since a moment. */
export type Connection =
  | { readonly state: 'idle' | 'on' }
  | { readonly state: 'lost'; readonly sinceMs: number };

const listeners = new Set<() => void>();
let now: Connection = { state: 'idle' };

function change(next: Connection): void {
  now = next;
  for (const listener of listeners) listener();
}

/** How the live connection is. */
export const connection = {
  connected: () => change({ state: 'on' }),
  /** @param wanted whether it was closed from here, as nothing was left to follow */
  closed(wanted: boolean): void {
    if (wanted) change({ state: 'idle' });
    else if (now.state !== 'lost') change({ state: 'lost', sinceMs: Date.now() });
  },
};

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** How the live connection is now. */
export const useConnection = (): Connection => useSyncExternalStore(subscribe, () => now);
