import { type Anchor, MARK_DIGITS } from '../paging/cursor.ts';
import { endOf, isNewestFirst, keyOfJob, type Row, type Span, secondOf } from './span.ts';

/** A place between two rows, held by the row beside it: right before that row, or right after. */
export interface Boundary {
  readonly anchor: Anchor;
  readonly side: 'before' | 'after';
}

/** Where a boundary lies in the present list, as far as one span shows. Offsets are 0-based and of that span's state. */
export type Gap =
  /** Before the row at this offset, and after all rows above it. */
  | { readonly kind: 'at'; readonly offset: number }
  /** Somewhere above the span's first row, or right before it. */
  | { readonly kind: 'above' }
  /** Somewhere below the span's last row, or right after it. */
  | { readonly kind: 'below' }
  /** Before one of these rows, but everything that could tell which is gone. */
  | { readonly kind: 'between'; readonly from: number; readonly to: number }
  /** Times are of no use here, and neither the row nor one of its marks is in sight. */
  | { readonly kind: 'unknown' };

/** The offset of the first row after the boundary at the time its cursor was made. */
export function placeOf({ anchor, side }: Boundary): number {
  return side === 'after' ? anchor.offset + 1 : anchor.offset;
}

/**
 * Finds a boundary among the rows of a span that was read after the boundary's cursor was made.
 *
 * The row itself settles it. Else times do, where they are in order: newer rows are above the boundary, older ones below,
 * and those of the same second go by the cursor's marks. A boundary that is not below the span's first row is right above
 * it when that is the highest place it can have: new jobs come in on top, so a list that has grown by `d` (or shrunk, when
 * `d` is negative) since the cursor was made has moved every place down by at least `d`.
 */
export function gapIn(span: Span, boundary: Boundary): Gap {
  const { anchor, side } = boundary;
  const own = span.rows.findIndex((row) => row !== undefined && keyOfJob(row) === anchor.key);
  if (own !== -1) return { kind: 'at', offset: span.start + own + (side === 'after' ? 1 : 0) };
  if (!anchor.ordered || anchor.createdAt === null || !isNewestFirst(span.rows))
    return gapByMarks(span, anchor);

  const blank = !span.rows.some(Boolean);
  const gap: Gap = blank ? { kind: 'above' } : gapByTime(span, anchor, anchor.createdAt);
  const highest = Math.max(0, placeOf(boundary) + span.total - anchor.total);
  const isOpenAbove = gap.kind === 'above' || (gap.kind === 'between' && gap.from === span.start);
  if (isOpenAbove && span.start === highest) return { kind: 'at', offset: span.start };
  if (gap.kind !== 'above' || span.start > highest) return gap;
  // Rows above the highest place the boundary can have, and yet below it: jobs do not only come in on top here.
  return blank ? { kind: 'below' } : { kind: 'unknown' };
}

/** Without times: right after the nearest row above that is still there, or right before the nearest below. */
function gapByMarks(span: Span, anchor: Anchor): Gap {
  for (const [marks, step] of [
    [anchor.before, 1],
    [anchor.after, 0],
  ] as const) {
    for (const mark of marks.keys) {
      const index = span.rows.findIndex((row) => row !== undefined && isMarked(row, mark));
      if (index !== -1) return { kind: 'at', offset: span.start + index + step };
    }
  }
  return { kind: 'unknown' };
}

function gapByTime(span: Span, anchor: Anchor, second: number): Gap {
  let above = -1;
  let below = span.rows.length;
  let told = { above: anchor.before.complete, below: anchor.after.complete };
  for (const [index, row] of span.rows.entries()) {
    const side = sideOf(row, anchor, second);
    if (side === 'above') [above, told] = [index, { ...told, above: told.above || isTie(row, second) }];
    if (side === 'below' && below === span.rows.length) {
      [below, told] = [index, { ...told, below: told.below || isTie(row, second) }];
    }
  }
  if (above > below) return { kind: 'unknown' };
  const untold = span.rows.slice(above + 1, below).some((row) => row !== undefined);
  if (!untold || told.above) return edgeOf(span, above + 1);
  if (told.below) return edgeOf(span, below);
  return { kind: 'between', from: span.start + above + 1, to: span.start + below };
}

/** On which side of the boundary a row is; undefined for a row of the same second that no mark tells. */
function sideOf(row: Row, anchor: Anchor, second: number): 'above' | 'below' | undefined {
  if (row === undefined) return undefined;
  const time = secondOf(row);
  if (time === null) return undefined;
  if (time !== second) return time > second ? 'above' : 'below';
  if (anchor.before.keys.some((mark) => isMarked(row, mark))) return 'above';
  if (anchor.after.keys.some((mark) => isMarked(row, mark))) return 'below';
  return undefined;
}

function isTie(row: Row, second: number): boolean {
  return row !== undefined && secondOf(row) === second;
}

function isMarked(row: NonNullable<Row>, mark: string): boolean {
  return keyOfJob(row).slice(0, MARK_DIGITS) === mark;
}

/** The gap before the row at an index; at the span's edges the list may go on, and the gap with it. */
function edgeOf(span: Span, index: number): Gap {
  if (index === 0 && span.start > 0) return { kind: 'above' };
  if (index === span.rows.length && !span.last && endOf(span) < span.total) return { kind: 'below' };
  return { kind: 'at', offset: span.start + index };
}

/** Whether the boundary has no row of its own: it lies before the first one its list had. */
export function isNowhere({ anchor }: Boundary): boolean {
  return /^0+$/.test(anchor.key);
}
