import { type MonotonicMs, NEVER } from '../../clock.ts';
import { type Anchor, MAX_NEIGHBOURS } from '../cursor.ts';
import { keyOfRow } from '../row-anchor.ts';
import { endOf, isNewestFirst, type ListRow, type RowRange } from '../row-range.ts';
import type { Extent } from '../window.ts';

/** A place between two rows, named by a row beside it: right before that row, or right after. */
export interface Boundary {
  readonly anchor: Anchor;
  readonly side: 'before' | 'after';
  /** When the row had been seen at the latest: a range requested before may be an earlier state. Unset: none is. */
  readonly knownSince?: MonotonicMs;
}

/** Where a boundary lies in the list, as far as one range shows. Offsets are 0-based and of that range's state. */
export type BoundaryPosition =
  /**
   * Before the row at this offset, and after all rows above it. Sure unless only times or a farther neighbour say so. By chance
   * when a single neighbour key says so, which one of ten thousand pages has of a row that is no neighbour.
   */
  | { readonly kind: 'at'; readonly offset: number; readonly isSure: boolean; readonly isByChance?: boolean }
  /** Somewhere above the range's first row, or right before it. */
  | { readonly kind: 'above' }
  /** Somewhere below the range's last row, or right after it. */
  | { readonly kind: 'below' }
  /** Before one of these rows, or beyond them where they are at an edge of the range: no row here tells. */
  | { readonly kind: 'between'; readonly from: number; readonly to: number }
  /** Times are of no use here, and neither the row nor one of its neighbours is in the range. */
  | { readonly kind: 'unknown' };

/** The offset of the first row after the boundary at the time its cursor was made. */
export function placeOf({ anchor, side }: Boundary): number {
  return side === 'after' ? anchor.offset + 1 : Math.max(0, anchor.offset);
}

/**
 * Whether {@link placeOf} is where the boundary lay in a list of the anchor's `total` rows. It is not in the cursor of a search
 * that was cut short while it looked for the place, nor where the row would have been beyond the end of the list.
 */
export function isPlaceKnown({ offset, total, resumption }: Anchor): boolean {
  return resumption?.within === undefined && total > offset;
}

/**
 * Locates a boundary among the rows of a range.
 *
 * The row itself settles it. Else times do, where they are in order: newer rows are above the boundary, older ones below,
 * and those of the same second go by the cursor's neighbour keys. A boundary that is not below the range's first row is right
 * above it when that is the highest place it can have: new rows come in on top, so a list that has grown by `d` (or shrunk,
 * when `d` is negative) since the cursor was made has moved every place down by at least `d`. That alone needs a range that was
 * read later than the cursor was made; all the rest is true of rows that stood then and now, whichever came first.
 */
export function locateBoundary(
  range: RowRange,
  boundary: Boundary,
  reading: Extent['from'],
): BoundaryPosition {
  const { anchor, side } = boundary;
  const own = indexOfKey(range, anchor);
  if (own !== -1) return { kind: 'at', offset: range.start + own + (side === 'after' ? 1 : 0), isSure: true };
  const mayBeOlder = range.sentAt < (boundary.knownSince ?? NEVER);
  if (!anchor.ordered || anchor.createdAt === null || !isNewestFirst(range.rows))
    return mayBeOlder ? { kind: 'unknown' } : locateByNeighbours(range, anchor);

  const blank = !range.rows.some(Boolean);
  const position: BoundaryPosition = blank
    ? { kind: 'above' }
    : locateByTime(range, anchor, anchor.createdAt, reading);
  if (mayBeOlder) return position;
  if (!isPlaceKnown(anchor)) {
    if (blank && range.rows.length > 0) return { kind: 'unknown' };
    return position.kind === 'above' && range.start === 0
      ? { kind: 'at', offset: 0, isSure: false }
      : position;
  }
  const highest = Math.max(0, placeOf(boundary) + range.total - anchor.total);
  const isUntold =
    position.kind === 'between' && position.from === range.start && range.total === anchor.total;
  if ((position.kind === 'above' || isUntold) && range.start === highest)
    return { kind: 'at', offset: range.start, isSure: false };
  if (position.kind !== 'above' || range.start > highest) return position;
  // Rows above the highest place the boundary can have, and yet below it: rows do not only come in on top here.
  return blank ? { kind: 'below' } : { kind: 'unknown' };
}

/** Where the anchor's own row is on the range, -1 where it is not. Mostly it is where it was. */
function indexOfKey({ start, rows }: RowRange, { offset, key }: Anchor): number {
  const isOwn = (row: ListRow | undefined) => row !== undefined && keyOfRow(row) === key;
  return isOwn(rows[offset - start]) ? offset - start : rows.findIndex(isOwn);
}

/**
 * Without times: beside the nearest neighbour that is still there. A nearer one may stand where the range ends, unless as many
 * rows are there as there are keys. Two neighbours in their order are more than chance.
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
  return { kind: 'at', offset: range.start + index + (isAbove ? 1 : 0), isSure, isByChance };
}

/** A row that has the key of a neighbour: the place of the key among those of the cursor, and of the row in a range. */
interface Neighbour {
  readonly nearer: number;
  readonly index: number;
}

/** @param range whose rows all have times, newest first */
function locateByTime(
  range: RowRange,
  anchor: Anchor,
  second: number,
  reading: Extent['from'],
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
  const untold = range.rows.slice(above + 1, below).some((row) => row !== undefined);
  if (!untold) return edgeOf(range, above + 1);
  // All neighbours on the keys' side are known, so rows of the same second that are not among them are on the other side.
  // Without keys it goes by the side that a walk has passed; above the place before the first row there are none.
  const passedSide = reading === 'start' || anchor.offset < 0 ? 'above' : 'below';
  const knownSide = neighbours.keys.length > 0 ? neighbours.side : passedSide;
  const isTold =
    seesNeighbour || (neighbours.complete && !(knownSide === 'above' && isOfNewestSecond(anchor)));
  if (!isTold) return { kind: 'between', from: range.start + above + 1, to: range.start + below };
  return edgeOf(range, knownSide === 'above' ? above + 1 : below);
}

/** Whether no row above was newer than the anchor's second: rows that came in since may be of that second too. */
export function isOfNewestSecond({ offset, neighbours }: Anchor): boolean {
  return offset >= 0 && neighbours.keys.length >= offset;
}

/** On which side of the boundary a row with a time is; undefined for one of the same second that is no known neighbour. */
function sideOf(row: ListRow | undefined, anchor: Anchor, second: number): 'above' | 'below' | undefined {
  if (row === undefined) return undefined;
  const time = row.createdSecond as number;
  if (time !== second) return time > second ? 'above' : 'below';
  return anchor.neighbours.keys.some((key) => hasKey(row, key)) ? anchor.neighbours.side : undefined;
}

/** @param key of a neighbour: the start of a row's key */
function hasKey(row: ListRow, key: string): boolean {
  return keyOfRow(row).startsWith(key);
}

/** The position before the row at an index; at the range's edges the list may go on, and the position with it. */
function edgeOf(range: RowRange, index: number): BoundaryPosition {
  if (index === 0 && range.start > 0) return { kind: 'above' };
  if (index === range.rows.length && !range.last && endOf(range) < range.total) return { kind: 'below' };
  return { kind: 'at', offset: range.start + index, isSure: false };
}

/** Whether the boundary has no row of its own and lies before the first one that its list had. */
export function isBeforeFirstRow({ anchor }: Boundary): boolean {
  return /^0+$/.test(anchor.key);
}
