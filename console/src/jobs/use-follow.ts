import { useEffect, useSyncExternalStore } from 'react';
import { type JobList, rowAt } from './list/list.ts';
import { follow, type LiveRows, liveRows, subscribeToLiveRows } from './live-rows.ts';

/** How long rows have to stay in view before they are followed: who scrolls past does not read them. */
const REST_MS = 250;

/** Follows the states of the jobs in view, and lets go of those that have left it. */
export function useFollow(list: JobList, first: number, end: number): LiveRows {
  useEffect(() => {
    const timer = setTimeout(() => {
      const indexes = Array.from({ length: Math.max(0, end - first) }, (_, place) => first + place);
      follow(indexes.flatMap((index) => rowAt(list, index)?.id ?? []));
    }, REST_MS);
    return () => clearTimeout(timer);
  }, [list, first, end]);
  useEffect(() => () => follow([]), []);
  return useSyncExternalStore(subscribeToLiveRows, liveRows);
}
