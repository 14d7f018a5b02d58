import { type MonotonicMs, monotonicNow } from '../clock.ts';
import { type Extent, type Window, windowOf } from './window.ts';

/** The properties of a row that paging depends on. */
export interface ListRow {
  /** Unique within its family of lists. */
  readonly id: string;
  /** Creation time in whole seconds since 1970; null if it is unknown or earlier. */
  readonly createdSecond: number | null;
}

/** Consecutive rows of one state of a list. */
export interface RowRange<Row extends ListRow = ListRow> {
  /** 0-based offset of the first row. */
  readonly start: number;
  /** Undefined is an unusable row, which keeps the offsets of the others. */
  readonly rows: readonly (Row | undefined)[];
  /** Number of rows of the list, according to the upstream. */
  readonly total: number;
  /** Whether the list ends after the last row: the upstream returned fewer rows than requested. */
  readonly last: boolean;
  /** When the request was sent: the rows are no older. */
  readonly sentAt: MonotonicMs;
  /** When the response was complete: the rows are no newer. */
  readonly answeredAt: MonotonicMs;
}

/** A range without rows at an offset of a list of this length. */
export function emptyRange(start: number, total: number): RowRange<never> {
  const now = monotonicNow();
  return { start, rows: [], total, last: false, sentAt: now, answeredAt: now };
}

/** The offset past the last row. */
export function endOf({ start, rows }: RowRange): number {
  return start + rows.length;
}

/** Whether a range has every row of a window, up to the end of the list. */
export function holdsWindow(range: RowRange, window: Window): boolean {
  return range.start <= window.start && (endOf(range) >= window.end || range.last);
}

/**
 * End of the list, as far as a range shows it. A page with fewer rows than requested is the last one, whatever total the upstream
 * returned. A full page beyond the total means that there is at least one more row.
 */
export function knownListEnd(range: RowRange): number {
  const end = endOf(range);
  if (range.last) return range.rows.length > 0 ? end : Math.min(end, range.total);
  return end > range.total ? end + 1 : range.total;
}

/** Whether a row of an earlier list comes before one of a later list in a merge: unless the other row is known to be newer. */
export function precedes({ createdSecond: one }: ListRow, { createdSecond: other }: ListRow): boolean {
  return one === null || other === null || one >= other;
}

/** Whether every usable row has a time, in descending order. */
export function isNewestFirst(rows: RowRange['rows']): boolean {
  let previous = Number.POSITIVE_INFINITY;
  for (const row of rows) {
    if (row === undefined) continue;
    const { createdSecond } = row;
    if (createdSecond === null || createdSecond > previous) return false;
    previous = createdSecond;
  }
  return true;
}

/**
 * Joins two overlapping or adjacent ranges to one; undefined if they are not of one state of the list. The lower range must have been
 * read after the upper one.
 *
 * - Overlapping ranges are of one state if their shared rows are equal.
 * - Adjacent ranges with equal totals are of one state unless the list has moved down: rows inserted on top made up for rows deleted
 *   below. Then the lower range starts with rows of the upper one, or with newer rows.
 */
export function joinRanges<Row extends ListRow>(
  upper: RowRange<Row>,
  lower: RowRange<Row>,
): RowRange<Row> | undefined {
  if (upper.total !== lower.total || upper.last) return undefined;
  const shared = endOf(upper) - lower.start;
  const seen = new Map<string, number>();
  for (const [index, row] of upper.rows.entries()) if (row) seen.set(row.id, upper.start + index);
  for (const [index, row] of lower.rows.entries()) {
    const before = row === undefined ? undefined : seen.get(row.id);
    if (before !== undefined && before !== lower.start + index) return undefined;
    const isShared = index < shared && lower.start + index >= upper.start;
    if (before === undefined && isShared && row !== undefined) return undefined;
  }
  const added = lower.rows.slice(shared);
  const [above, below] = [upper.rows.findLast(Boolean), added.find(Boolean)];
  const ordered = isNewestFirst(upper.rows) && isNewestFirst(lower.rows);
  if (shared <= 0 && ordered && above && below && !isNewestFirst([above, below])) return undefined;
  return {
    start: upper.start,
    rows: [...upper.rows, ...added],
    total: lower.total,
    last: lower.last,
    sentAt: Math.min(upper.sentAt, lower.sentAt) as MonotonicMs,
    answeredAt: Math.max(upper.answeredAt, lower.answeredAt) as MonotonicMs,
  };
}

/** The requested rows, all of one state of the list. */
export interface Slice<Row extends ListRow = ListRow> extends RowRange<Row> {
  /** The offset past the last known row of the list; at least the end of the slice. */
  readonly listEnd: number;
  /** Whether requested rows are missing, because the list kept changing while it was read. */
  readonly partial: boolean;
  /** Whether the slice ends at the boundary at which the reader wants to stop, as far as its rows tell. @default false */
  readonly endsAtStop?: boolean;
}

/** The window of an extent that starts at an offset; with `from: 'end'`, that ends there. */
export function windowAt(extent: Extent, offset: number, listEnd: number): Window {
  return windowOf(extent, extent.from === 'start' ? { after: offset - 1 } : { before: offset }, listEnd);
}

/** Whether a range has the first row of the window in reading direction. */
export function startsWindow(range: RowRange, window: Window, { from }: Extent): boolean {
  const row = from === 'start' ? window.start : window.end - 1;
  return row >= range.start && row < endOf(range) && window.start < window.end;
}

/** The part of a range within a window. */
export function clip<Row extends ListRow>(range: RowRange<Row>, window: Window): Slice<Row> {
  const start = Math.max(window.start, Math.min(range.start, window.end));
  const rows = range.rows.slice(Math.max(0, start - range.start), Math.max(0, window.end - range.start));
  const listEnd = Math.max(knownListEnd(range), start);
  const last = range.last && start + rows.length === endOf(range);
  return { ...range, start, rows, last, listEnd, partial: !holdsWindow(range, window) };
}
