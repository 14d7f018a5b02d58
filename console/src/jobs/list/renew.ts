import { beginAt, type JobList, rowAt, settle } from './list.ts';
import type { Page, Row } from './segment.ts';

/** How many jobs have gone from the list between two times at which they were counted, beyond those that were not. */
export function goneBetween(before: JobList, after: JobList): number {
  if (before.standing === undefined || after.standing === undefined) return 0;
  return Math.max(0, before.standing - after.standing);
}

/** The row below which to read a list anew from an index on; null at its start, undefined where that is not known. */
export function rowAbove(list: JobList, index: number): Row | null | undefined {
  return index <= 0 ? (list.newer.at(-1) ?? null) : rowAt(list, index - 1);
}

/** The list with nothing but a page that was read anew from `index` on. Newer jobs wait as before. */
export function renew(list: JobList, page: Page, index: number): JobList {
  const { segments, ...fresh } = beginAt(page, Math.max(0, index));
  const isStart = index <= 0;
  const { newer, evenNewer } = list;
  return settle({
    ...fresh,
    segments: segments.map((segment) => ({ ...segment, atStart: isStart || segment.atStart })),
    newer,
    evenNewer,
  });
}
