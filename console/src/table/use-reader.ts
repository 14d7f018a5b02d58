import { useEffect, useSyncExternalStore } from 'react';
import { onCredential } from '../client/credentials.ts';
import type { Reader, ReaderState } from './list-reader.ts';

/** Interval of the checks for changes, in milliseconds. */
const CHECK_INTERVAL_MS = 5000;

/** State of a reader. Checks for changes while the page is visible, and retries after a sign-in. */
export function useReader(reader: Reader): ReaderState {
  useEffect(() => {
    const look = () => {
      // A hidden page does not check; after a failure its notice decides when to retry.
      if (document.visibilityState !== 'visible' || reader.snapshot().failure !== undefined) return;
      void reader.checkForChanges();
    };
    const timer = setInterval(look, CHECK_INTERVAL_MS);
    document.addEventListener('visibilitychange', look);
    const forget = onCredential(() => reader.retry());
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
      forget();
    };
  }, [reader]);
  return useSyncExternalStore(reader.subscribe, reader.snapshot);
}
