import { beginAt, type RowList, rowAt, settle } from './list.ts';
import type { Page, Row } from './segment.ts';

/** Number of known rows that were deleted between two counts. */
export function goneBetween(before: RowList, after: RowList): number {
  if (before.standing === undefined || after.standing === undefined) return 0;
  return Math.max(0, before.standing - after.standing);
}

/** The row after which to read the list again from an index; null for the start, undefined when it is not loaded. */
export function rowAbove(list: RowList, index: number): Row | null | undefined {
  return index <= 0 ? (list.newer.at(-1) ?? null) : rowAt(list, index - 1);
}

/** Replaces all loaded rows by one page, read again from `index` on. Newer rows stay pending. */
export function renew(list: RowList, page: Page, index: number): RowList {
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

/** Whether a page, read again from `index` on, equals the loaded list where the two overlap. */
export function isSame(list: RowList, page: Page, index: number): boolean {
  const from = Math.max(0, index);
  return (
    list.total === page.total &&
    page.rows.every(({ id }, place) => (rowAt(list, from + place)?.id ?? id) === id)
  );
}
