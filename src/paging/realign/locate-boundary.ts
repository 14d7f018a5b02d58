import { type Anchor, MARK_DIGITS } from '../../paging/cursor.ts';
import type { Extent } from '../../paging/window.ts';
import { endOf, isNewestFirst, type Row, type Span } from '../span.ts';

/** A place between two rows, held by the row beside it: right before that row, or right after. */
export interface Boundary {
  readonly anchor: Anchor;
  readonly side: 'before' | 'after';
  /**
   * When the row had been seen at the latest, in milliseconds of `performance.now()`. A span that was asked for before it
   * may show the list as it was earlier. Unset where no span is that old.
   */
  readonly knownSince?: number;
}

/** Where a boundary lies in the present list, as far as one span shows. Offsets are 0-based and of that span's state. */
export type Gap =
  /** Before the row at this offset, and after all rows above it. Sure unless only times speak for it. */
  | { readonly kind: 'at'; readonly offset: number; readonly isSure: boolean }
  /** Somewhere above the span's first row, or right before it. */
  | { readonly kind: 'above' }
  /** Somewhere below the span's last row, or right after it. */
  | { readonly kind: 'below' }
  /**
   * Before one of these rows, or beyond them where they are at an edge of the span: what could tell is not in sight.
   */
  | { readonly kind: 'between'; readonly from: number; readonly to: number }
  /** Times are of no use here, and neither the row nor one of its marks is in sight. */
  | { readonly kind: 'unknown' };

/** The offset of the first row after the boundary at the time its cursor was made. */
export function placeOf({ anchor, side }: Boundary): number {
  return side === 'after' ? anchor.offset + 1 : anchor.offset;
}

/**
 * Finds a boundary among the rows of a span.
 *
 * The row itself settles it. Else times do, where they are in order: newer rows are above the boundary, older ones below,
 * and those of the same second go by the cursor's marks. A boundary that is not below the span's first row is right above
 * it when that is the highest place it can have: new jobs come in on top, so a list that has grown by `d` (or shrunk, when
 * `d` is negative) since the cursor was made has moved every place down by at least `d`. That alone takes a span which was
 * read later than the cursor was made; all the rest is said of rows that stood then and now, whichever came first.
 */
export function gapIn(span: Span, boundary: Boundary, reading: Extent['from']): Gap {
  const { anchor, side } = boundary;
  const own = span.rows.findIndex((row) => row !== undefined && row.key === anchor.key);
  if (own !== -1) return { kind: 'at', offset: span.start + own + (side === 'after' ? 1 : 0), isSure: true };
  const mayBeOlder = span.sentAt < (boundary.knownSince ?? Number.NEGATIVE_INFINITY);
  if (!anchor.ordered || anchor.createdAt === null || !isNewestFirst(span.rows))
    return mayBeOlder ? { kind: 'unknown' } : gapByMarks(span, anchor);

  const blank = !span.rows.some(Boolean);
  const gap: Gap = blank ? { kind: 'above' } : gapByTime(span, anchor, anchor.createdAt, reading);
  if (mayBeOlder) return gap;
  const highest = Math.max(0, placeOf(boundary) + span.total - anchor.total);
  const isUntold = gap.kind === 'between' && gap.from === span.start && span.total === anchor.total;
  if ((gap.kind === 'above' || isUntold) && span.start === highest)
    return { kind: 'at', offset: span.start, isSure: false };
  if (gap.kind !== 'above' || span.start > highest) return gap;
  // Rows above the highest place the boundary can have, and yet below it: jobs do not only come in on top here.
  return blank ? { kind: 'below' } : { kind: 'unknown' };
}

/** Without times: beside the nearest mark that is still there. */
function gapByMarks(span: Span, { marks }: Anchor): Gap {
  for (const mark of marks.keys) {
    const index = span.rows.findIndex((row) => row !== undefined && isMarked(row, mark));
    if (index !== -1)
      return { kind: 'at', offset: span.start + index + (marks.side === 'above' ? 1 : 0), isSure: true };
  }
  return { kind: 'unknown' };
}

function gapByTime(span: Span, anchor: Anchor, second: number, reading: Extent['from']): Gap {
  const { marks } = anchor;
  let above = -1;
  let below = span.rows.length;
  let seesMark = false;
  for (const [index, row] of span.rows.entries()) {
    const side = sideOf(row, anchor, second);
    if (side === 'above') above = index;
    if (side === 'below') below = Math.min(below, index);
    seesMark ||= row !== undefined && side === marks.side && row.second === second;
  }
  if (above > below) return { kind: 'unknown' };
  const untold = span.rows.slice(above + 1, below).some((row) => row !== undefined);
  if (!untold) return edgeOf(span, above + 1);
  // All neighbours on the marks' side are told, so those of the same second that are not told are on the other one.
  // Without marks it goes by the side that a walk has passed; above the place before the first row there are none.
  const passedSide = reading === 'start' || anchor.offset < 0 ? 'above' : 'below';
  const markedSide = marks.keys.length > 0 ? marks.side : passedSide;
  const isTold = seesMark || (marks.complete && !(markedSide === 'above' && isOfNewestSecond(anchor)));
  if (!isTold) return { kind: 'between', from: span.start + above + 1, to: span.start + below };
  return edgeOf(span, markedSide === 'above' ? above + 1 : below);
}

/**
 * Whether no row above was newer than the anchor's second: then jobs that came in since may be of that second too, which
 * no mark tells from those below.
 */
export function isOfNewestSecond({ offset, marks }: Anchor): boolean {
  return offset >= 0 && marks.keys.length >= offset;
}

/** On which side of the boundary a row is; undefined for a row of the same second that no mark tells. */
function sideOf(row: Row, anchor: Anchor, second: number): 'above' | 'below' | undefined {
  if (row === undefined) return undefined;
  const time = row.second;
  if (time === null) return undefined;
  if (time !== second) return time > second ? 'above' : 'below';
  return anchor.marks.keys.some((mark) => isMarked(row, mark)) ? anchor.marks.side : undefined;
}

function isMarked(row: NonNullable<Row>, mark: string): boolean {
  return row.key.slice(0, MARK_DIGITS) === mark;
}

/** The gap before the row at an index; at the span's edges the list may go on, and the gap with it. */
function edgeOf(span: Span, index: number): Gap {
  if (index === 0 && span.start > 0) return { kind: 'above' };
  if (index === span.rows.length && !span.last && endOf(span) < span.total) return { kind: 'below' };
  return { kind: 'at', offset: span.start + index, isSure: false };
}

/** Whether the boundary has no row of its own: it lies before the first one its list had. */
export function isNowhere({ anchor }: Boundary): boolean {
  return /^0+$/.test(anchor.key);
}
