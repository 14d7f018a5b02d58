import { useSyncExternalStore } from 'react';

/** State of the live connection: `idle` without subscriptions, `on`, or `lost` since a time. */
export type Connection =
  | { readonly state: 'idle' | 'on' }
  | { readonly state: 'lost'; readonly sinceMs: number };

const listeners = new Set<() => void>();
let now: Connection = { state: 'idle' };

function change(next: Connection): void {
  now = next;
  for (const listener of listeners) listener();
}

/** Store of the state of the live connection. */
export const connection = {
  connected: () => change({ state: 'on' }),
  /** @param wanted whether this page closed it because no subscription was left */
  closed(nextRequest: boolean): void {
    if (nextRequest) change({ state: 'idle' });
    else if (now.state !== 'lost') change({ state: 'lost', sinceMs: Date.now() });
  },
};

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** State of the live connection. */
export const useConnection = (): Connection => useSyncExternalStore(subscribe, () => now);
