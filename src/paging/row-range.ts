import type { Window } from '../paging/window.ts';
import type { VoiceJob } from './job.ts';

/** A row of a list; undefined where the upstream gave one that cannot be used, so that the others keep their places. */
export type Row = VoiceJob | undefined;

/** Consecutive rows of one list, all of one state of it. */
export interface Span {
  /** 0-based offset of the first row. */
  readonly start: number;
  readonly rows: readonly Row[];
  /** Number of rows the list had, as the upstream says. */
  readonly total: number;
  /** Whether the upstream had nothing after the last row: it gave fewer rows than a page was to have. */
  readonly last: boolean;
  /** When the upstream was asked, in milliseconds of `performance.now()`: the rows are no older than this. */
  readonly sentAt: number;
  /** When all of it was there; the rows are no younger than this. */
  readonly answeredAt: number;
}

/** No rows, at a place of a list of this length. */
export function emptySpan(start: number, total: number): Span {
  const now = performance.now();
  return { start, rows: [], total, last: false, sentAt: now, answeredAt: now };
}

/** Past the last row. */
export function endOf({ start, rows }: Span): number {
  return start + rows.length;
}

/** Whether a span holds every row of a window that the list has. */
export function holdsWindow(span: Span, window: Window): boolean {
  return span.start <= window.start && (endOf(span) >= window.end || span.last);
}

/**
 * Where the list ends, as far as the span shows: a page that is not full ends it whatever the total says, and a full
 * page past the total says that the total is wrong and there may be more.
 */
export function listEndOf(span: Span): number {
  const end = endOf(span);
  if (span.last) return span.rows.length > 0 ? end : Math.min(end, span.total);
  return end > span.total ? end + 1 : span.total;
}

/** Whether every row has a time and none is newer than the one before it. */
export function isNewestFirst(rows: readonly Row[]): boolean {
  let previous = Number.POSITIVE_INFINITY;
  for (const row of rows) {
    if (row === undefined) continue;
    const { second } = row;
    if (second === null || second > previous) return false;
    previous = second;
  }
  return true;
}

/**
 * Two spans as one, where the second begins inside or right after the first and was read after it; undefined when they
 * are not of one state.
 *
 * Rows that both hold must agree, which proves it. Where none do: with an equal total the list can only have moved down,
 * by jobs on top that made up for deleted ones below, and then the second span begins with rows that the first has shown
 * or with newer ones.
 */
export function join(upper: Span, lower: Span): Span | undefined {
  if (upper.total !== lower.total || upper.last) return undefined;
  const shared = endOf(upper) - lower.start;
  const seen = new Map<string, number>();
  for (const [index, row] of upper.rows.entries()) if (row) seen.set(row.jobId, upper.start + index);
  for (const [index, row] of lower.rows.entries()) {
    const before = row === undefined ? undefined : seen.get(row.jobId);
    if (before !== undefined && before !== lower.start + index) return undefined;
    if (before === undefined && index < shared && row !== undefined) return undefined;
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
    sentAt: Math.min(upper.sentAt, lower.sentAt),
    answeredAt: Math.max(upper.answeredAt, lower.answeredAt),
  };
}
