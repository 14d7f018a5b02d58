import { useEffect, useSyncExternalStore } from 'react';
import { onCredential } from '../client/credentials.ts';
import type { Reader, Reading } from './reader.ts';

/** How often changes are looked for. */
const CHANGES_MS = 5000;

/** What a reader knows now. As long as somebody looks on, it looks out for changes, and asks again after a sign-in. */
export function useReading(reader: Reader): Reading {
  useEffect(() => {
    const look = () => {
      // Behind another tab nobody looks on; after a failure its notice decides when to go on.
      if (document.visibilityState !== 'visible' || reader.now().failure !== undefined) return;
      void reader.lookForChanges();
    };
    const timer = setInterval(look, CHANGES_MS);
    document.addEventListener('visibilitychange', look);
    const forget = onCredential(() => reader.retry());
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
      forget();
    };
  }, [reader]);
  return useSyncExternalStore(reader.subscribe, reader.now);
}
