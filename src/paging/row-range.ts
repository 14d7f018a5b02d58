import { type MonotonicMs, monotonicNow } from '../clock.ts';
import { type Extent, type Window, windowOf } from './window.ts';

/** A row of a list, as far as paging needs to know it. */
export interface ListRow {
  /** Unique among the lists of its family. */
  readonly id: string;
  /** Creation time in whole seconds since 1970; null where it is unknown or before that. */
  readonly createdSecond: number | null;
}

/** Consecutive rows of one list, all of one state of it. */
export interface RowRange<Row extends ListRow = ListRow> {
  /** 0-based offset of the first row. */
  readonly start: number;
  /** Undefined stands for a row that cannot be used, so that the others keep their places. */
  readonly rows: readonly (Row | undefined)[];
  /** Number of rows of the list, as the upstream says. */
  readonly total: number;
  /** Whether the upstream had nothing after the last row: it returned fewer rows than the page has room for. */
  readonly last: boolean;
  /** When the request was sent: the rows are no older than this. */
  readonly sentAt: MonotonicMs;
  /** When the response was complete: the rows are no younger than this. */
  readonly answeredAt: MonotonicMs;
}

/** No rows, at a place of a list of this length. */
export function emptyRange(start: number, total: number): RowRange<never> {
  const now = monotonicNow();
  return { start, rows: [], total, last: false, sentAt: now, answeredAt: now };
}

/** The offset past the last row. */
export function endOf({ start, rows }: RowRange): number {
  return start + rows.length;
}

/** Whether a range has every row of a window that the list has. */
export function holdsWindow(range: RowRange, window: Window): boolean {
  return range.start <= window.start && (endOf(range) >= window.end || range.last);
}

/** The end of the list as far as is known: a page that is not full ends it, and a full one past the total denies that total. */
export function knownListEnd(range: RowRange): number {
  const end = endOf(range);
  if (range.last) return range.rows.length > 0 ? end : Math.min(end, range.total);
  return end > range.total ? end + 1 : range.total;
}

/** Whether every row has a time and none is newer than the one before it. */
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
 * Joins two ranges, where the second begins before the end of the first or right there, and was read after it; undefined when
 * they are not of one state.
 *
 * Rows that both have must agree, which proves it. Where they share none: with an equal total the list can only have moved
 * down, by rows on top that made up for deleted ones below, and then the second range begins with rows that the first has
 * shown or with newer ones.
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

/** The rows that were asked for, all of one state of the list, and how far that goes on. */
export interface Slice<Row extends ListRow = ListRow> extends RowRange<Row> {
  /** The offset past the last row of the list, as far as is known; not below the end of the slice. */
  readonly listEnd: number;
  /** Whether rows that were asked for are missing, because the list never stood still to be read. */
  readonly partial: boolean;
}

/** The rows that an extent means on from (or up to) an offset. */
export function windowAt(extent: Extent, offset: number, listEnd: number): Window {
  return windowOf(extent, extent.from === 'start' ? { after: offset - 1 } : { before: offset }, listEnd);
}

/** Whether a range has at least the row of the window that lies at the extent's own end. */
export function begins(range: RowRange, window: Window, { from }: Extent): boolean {
  const row = from === 'start' ? window.start : window.end - 1;
  return row >= range.start && row < endOf(range) && window.start < window.end;
}

/** The part of a range that lies in a window. */
export function take<Row extends ListRow>(range: RowRange<Row>, window: Window): Slice<Row> {
  const start = Math.max(window.start, Math.min(range.start, window.end));
  const rows = range.rows.slice(Math.max(0, start - range.start), Math.max(0, window.end - range.start));
  const listEnd = Math.max(knownListEnd(range), start);
  const last = range.last && start + rows.length === endOf(range);
  return { ...range, start, rows, last, listEnd, partial: !holdsWindow(range, window) };
}
