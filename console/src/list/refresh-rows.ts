import { positionSegments, type RowList, rowAt, startAt } from './list.ts';
import type { Page, Row } from './segment.ts';

/** Number of known rows that were deleted between two counts. */
export function deletedBetween(before: RowList, after: RowList): number {
  if (before.shownTotal === undefined || after.shownTotal === undefined) return 0;
  return Math.max(0, before.shownTotal - after.shownTotal);
}

/** The row after which to read the list again from an index; null for the start, undefined when it is not loaded. */
export function rowAbove(list: RowList, index: number): Row | null | undefined {
  return index <= 0 ? (list.newer.at(-1) ?? null) : rowAt(list, index - 1);
}

/** Replaces all loaded rows by one page, read again from `index` on. Newer rows stay pending. */
export function refreshRows(list: RowList, page: Page, index: number): RowList {
  const { segments, ...fresh } = startAt(page, Math.max(0, index));
  const isStart = index <= 0;
  const { newer, hasMoreNewer } = list;
  return positionSegments({
    ...fresh,
    segments: segments.map((segment) => ({ ...segment, atStart: isStart || segment.atStart })),
    newer,
    hasMoreNewer,
  });
}

/** Whether a page, read again from `index` on, equals the loaded list where the two overlap. */
export function isUnchanged(list: RowList, page: Page, index: number): boolean {
  const from = Math.max(0, index);
  return (
    list.total === page.total &&
    page.rows.every(({ id }, place) => (rowAt(list, from + place)?.id ?? id) === id)
  );
}
