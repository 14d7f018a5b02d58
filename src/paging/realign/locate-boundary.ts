import { type MonotonicMs, NEVER } from '../../clock.ts';
import { type Anchor, MAX_NEIGHBOURS } from '../cursor.ts';
import { keyOfRow } from '../row-anchor.ts';
import { endOf, isNewestFirst, type ListRow, type RowRange } from '../row-range.ts';
import type { Extent } from '../window.ts';

/** A position between two rows: right before or right after the anchor's row. */
export interface Boundary {
  readonly anchor: Anchor;
  readonly side: 'before' | 'after';
  /** Latest possible time at which the cursor was made: ranges requested earlier may be of an older state. Unset: all are newer. */
  readonly knownSince?: MonotonicMs;
}

/** Position of a boundary according to one range. Offsets are 0-based, in the range's state of the list. */
export type BoundaryPosition =
  /**
   * Right before the row at this offset.
   *
   * - `isSure` is false if the position rests on timestamps or a farther neighbour alone.
   * - `isByChance` is true if it rests on a single neighbour key, which on one of ten thousand pages is that of another row.
   */
  | { readonly kind: 'at'; readonly offset: number; readonly isSure: boolean; readonly isByChance?: boolean }
  /** At the range's first row or above it. */
  | { readonly kind: 'above' }
  /** After the range's last row or below it. */
  | { readonly kind: 'below' }
  /** Ambiguous: among these offsets, or beyond them at an edge of the range. The rows have the boundary's second and no known neighbour. */
  | { readonly kind: 'between'; readonly from: number; readonly to: number }
  /** No usable times, and neither the row nor a known neighbour in the range. */
  | { readonly kind: 'unknown' };

/** Offset of the first row after the boundary, in the state in which the cursor was made. */
export function offsetOf({ anchor, side }: Boundary): number {
  return side === 'after' ? anchor.offset + 1 : Math.max(0, anchor.offset);
}

/**
 * Whether {@link offsetOf} was the boundary's position in a list of the anchor's `total` rows. It was not if the cursor is that of a search
 * interrupted during re-alignment, or the offset is beyond the end of the list.
 */
export function isOffsetKnown({ offset, total, resumption }: Anchor): boolean {
  return resumption?.within === undefined && total > offset;
}

/**
 * Locates a boundary among the rows of a range, by the first of these that applies:
 *
 * 1. The anchor's own row.
 * 2. Creation times, if they are in order: newer rows are above the boundary, older rows below. Rows of the same second are placed by the
 *    cursor's neighbour keys.
 * 3. The growth of the list. Rows are inserted on top, so a list that grew by `d` (negative if it shrank) has moved every position down by
 *    at least `d`. A boundary at or above the range's first row is right above it, if that is the highest possible position.
 *
 * Only 3 requires a range that is newer than the cursor; 1 and 2 hold for rows of any state.
 *
 * @param walksFrom the end from which the walk reads
 */
export function locateBoundary(
  range: RowRange,
  boundary: Boundary,
  walksFrom: Extent['from'],
): BoundaryPosition {
  const { anchor, side } = boundary;
  const own = indexOfKey(range, anchor);
  if (own !== -1) return { kind: 'at', offset: range.start + own + (side === 'after' ? 1 : 0), isSure: true };
  const mayBeOlder = range.sentAt < (boundary.knownSince ?? NEVER);
  if (!anchor.ordered || anchor.createdAt === null || !isNewestFirst(range.rows))
    return mayBeOlder ? { kind: 'unknown' } : locateByNeighbours(range, anchor);

  const isBlank = !range.rows.some(Boolean);
  const position: BoundaryPosition = isBlank
    ? { kind: 'above' }
    : locateByTime(range, anchor, anchor.createdAt, walksFrom);
  // Unusable rows alone are above or below it.
  if (mayBeOlder) return isBlank && range.rows.length > 0 ? { kind: 'unknown' } : position;
  if (!isOffsetKnown(anchor)) {
    if (isBlank && range.rows.length > 0) return { kind: 'unknown' };
    return position.kind === 'above' && range.start === 0
      ? { kind: 'at', offset: 0, isSure: false }
      : position;
  }
  const highest = Math.max(0, offsetOf(boundary) + range.total - anchor.total);
  const isAmbiguous =
    position.kind === 'between' && position.from === range.start && range.total === anchor.total;
  if ((position.kind === 'above' || isAmbiguous) && range.start === highest)
    return { kind: 'at', offset: range.start, isSure: false };
  if (position.kind !== 'above' || range.start > highest) return position;
  // Rows above the highest possible position, but older than the boundary: the list does not grow on top only.
  return isBlank ? { kind: 'below' } : { kind: 'unknown' };
}

/** Index of the anchor's own row in the range, or -1. Tries its old offset first. */
export function indexOfKey({ start, rows }: RowRange, { offset, key }: Anchor): number {
  const isOwn = (row: ListRow | undefined) => row !== undefined && keyOfRow(row) === key;
  return isOwn(rows[offset - start]) ? offset - start : rows.findIndex(isOwn);
}

/**
 * Locates a boundary without times: beside the nearest neighbour in the range. A nearer neighbour may be beyond the range, unless the
 * range has as many rows on that side as there are keys. Two neighbours in the right order rule out a chance match.
 */
function locateByNeighbours(range: RowRange, { neighbours }: Anchor): BoundaryPosition {
  const isAbove = neighbours.side === 'above';
  const seen = neighbours.keys.flatMap((key, nearer) =>
    range.rows.flatMap((row, index) => (row !== undefined && hasKey(row, key) ? [{ nearer, index }] : [])),
  );
  const isInOrder = (one: Neighbour, other: Neighbour) =>
    other.nearer > one.nearer && (isAbove ? other.index < one.index : other.index > one.index);
  const pair = seen.find((one) => seen.some((other) => isInOrder(one, other)));
  const nearest = pair ?? seen[0];
  if (nearest === undefined) return { kind: 'unknown' };
  const { nearer, index } = nearest;
  const towards = isAbove ? range.rows.length - 1 - index : index;
  const isEdge = isAbove ? range.last : range.start === 0;
  const isByChance = pair === undefined && neighbours.keys.length > 1;
  const isSure = !isByChance && (nearer === 0 || isEdge || towards >= MAX_NEIGHBOURS);
  // Unusable rows at the edge of the range may be on either side of the boundary, which may be beyond them.
  const isBlankBeyond = !(isAbove ? range.rows.slice(index + 1) : range.rows.slice(0, index)).some(Boolean);
  const place = isBlankBeyond ? (isAbove ? range.rows.length : 0) : index + (isAbove ? 1 : 0);
  return { kind: 'at', offset: range.start + place, isSure, isByChance };
}

/** A row of a range that matches a neighbour key. */
interface Neighbour {
  /** Index of the key: the number of nearer neighbours. */
  readonly nearer: number;
  /** Index of the row in the range. */
  readonly index: number;
}

/** Locates a boundary by creation times. @param range whose usable rows all have times, newest first */
function locateByTime(
  range: RowRange,
  anchor: Anchor,
  second: number,
  walksFrom: Extent['from'],
): BoundaryPosition {
  const { neighbours } = anchor;
  let above = -1;
  let below = range.rows.length;
  let seesNeighbour = false;
  for (const [index, row] of range.rows.entries()) {
    const side = sideOf(row, anchor, second);
    if (side === 'above') above = index;
    if (side === 'below') below = Math.min(below, index);
    seesNeighbour ||= row !== undefined && side === neighbours.side && row.createdSecond === second;
  }
  const hasUnplaced = range.rows.slice(above + 1, below).some((row) => row !== undefined);
  // Without a usable row below, unusable rows at the end of the range may be on either side, and the boundary may be beyond them.
  if (!hasUnplaced) return positionAt(range, below === range.rows.length ? below : above + 1);
  // The cursor has all neighbours on one side, so the unplaced rows of the same second are on the other side. Without keys that is the
  // side that the walk has not passed.
  const passedSide = walksFrom === 'start' || anchor.offset < 0 ? 'above' : 'below';
  const knownSide = neighbours.keys.length > 0 ? neighbours.side : passedSide;
  const isKnown =
    seesNeighbour || (neighbours.complete && !(knownSide === 'above' && isOfNewestSecond(anchor)));
  if (!isKnown) return { kind: 'between', from: range.start + above + 1, to: range.start + below };
  return positionAt(range, knownSide === 'above' ? above + 1 : below);
}

/** Whether all rows above were neighbours of the anchor's second, so that rows of that second may have been inserted since. */
export function isOfNewestSecond({ offset, neighbours }: Anchor): boolean {
  return offset >= 0 && neighbours.keys.length >= offset;
}

/** Side of the boundary on which a row is; undefined for a row of the same second that is not a known neighbour. */
function sideOf(row: ListRow | undefined, anchor: Anchor, second: number): 'above' | 'below' | undefined {
  if (row === undefined) return undefined;
  const time = row.createdSecond as number;
  if (time !== second) return time > second ? 'above' : 'below';
  return anchor.neighbours.keys.some((key) => hasKey(row, key)) ? anchor.neighbours.side : undefined;
}

/** Whether a row matches a neighbour key, which is a prefix of the row's key. */
function hasKey(row: ListRow, key: string): boolean {
  return keyOfRow(row).startsWith(key);
}

/** The position before the row at an index. At an edge of the range it may be beyond, unless the list ends there. */
function positionAt(range: RowRange, index: number): BoundaryPosition {
  if (index === 0 && range.start > 0) return { kind: 'above' };
  if (index === range.rows.length && !range.last && endOf(range) < range.total) return { kind: 'below' };
  return { kind: 'at', offset: range.start + index, isSure: false };
}

/** Whether the boundary is the position before the first row of its list, which has no row of its own. */
export function isBeforeFirstRow({ anchor }: Boundary): boolean {
  return /^0+$/.test(anchor.key);
}
