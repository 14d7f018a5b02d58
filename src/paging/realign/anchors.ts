import { type Anchor, KEY_DIGITS, MAX_NEIGHBOURS, NEIGHBOUR_DIGITS, type NeighbourKeys } from '../cursor.ts';
import { anchorOfRow, keyOfRow, type RowAnchor } from '../row-anchor.ts';
import { isNewestFirst, type ListRow, type RowRange, type Slice } from '../row-range.ts';
import type { Extent } from '../window.ts';
import { type Boundary, isBeforeFirstRow, isOfNewestSecond, placeOf } from './locate-boundary.ts';

const NONE: NeighbourKeys = { side: 'above', keys: [], complete: true };

/**
 * What a cursor at each row of a slice carries to find it again, by the row's index in the slice; undefined for a row that
 * cannot be used.
 *
 * The neighbours are of the side from which the walk comes, because there the rows are known: those of the slice, and beyond
 * it those of the cursor from which the walk came. So a row has the same cursor whatever window brought it; only among rows of
 * one second it has another one forwards than backwards.
 *
 * @param base the boundary from which the slice was read, if not from an edge of the list
 * @param hasTimes whether the list is newest first, as far as is known
 */
export function anchorAt(
  slice: Slice,
  from: Extent['from'],
  base: Boundary | undefined,
  hasTimes = true,
): (index: number) => RowAnchor | undefined {
  const ordered =
    hasTimes && isNewestFirst(slice.rows) && (base === undefined || isInOrder(slice, from, base));
  const side = from === 'start' ? 'above' : 'below';
  const known = base && knownNeighbours(slice, side, base, ordered);
  return (index) => {
    const row = slice.rows[index];
    if (row === undefined) return undefined;
    const neighbours = neighboursOf(slice, index, row.createdSecond, ordered, side, known);
    return anchorOfRow(row, slice.start + index, slice.total, ordered, neighbours);
  };
}

/** {@link anchorAt} of every row. */
export function anchorsOf(
  slice: Slice,
  { from }: Extent,
  base: Boundary | undefined,
  hasTimes = true,
): (RowAnchor | undefined)[] {
  const at = anchorAt(slice, from, base, hasTimes);
  return slice.rows.map((_, index) => at(index));
}

/** The place before the first row of a list, for a row of another list that was created in that second. */
export function beforeFirstRow(
  slice: Pick<RowRange, 'start' | 'total'>,
  row: Pick<ListRow, 'createdSecond'>,
): Anchor {
  return {
    offset: slice.start - 1,
    total: slice.total,
    key: '0'.repeat(KEY_DIGITS),
    createdAt: row.createdSecond,
    ordered: true,
    neighbours: NONE,
  };
}

/** The place after the last row of a list of `total` rows. */
export function afterLastRow(total: number): Anchor {
  return beforeFirstRow({ start: total, total }, { createdSecond: 0 });
}

/** The anchor of a boundary that lies right before the row at an offset of a list of `total` rows. */
export function shiftTo(boundary: Boundary, place: number, total: number): Anchor {
  const { resumption: _, ...anchor } = boundary.anchor;
  const complete = anchor.neighbours.complete && !hasUnseen(boundary, place);
  const neighbours = { ...anchor.neighbours, complete };
  return { ...anchor, offset: boundary.side === 'after' ? place - 1 : place, total, neighbours };
}

/** In the newest second, rows that came in on top since are neighbours as well, and nobody has seen them. */
function hasUnseen(boundary: Boundary, place: number): boolean {
  return isOfNewestSecond(boundary.anchor) && place > placeOf(boundary);
}

/** Whether the order seen so far on the walk goes on: what one page could not show, two of them can. */
function isInOrder({ rows }: Slice, from: Extent['from'], { anchor }: Boundary): boolean {
  const row = from === 'start' ? rows.find(Boolean) : rows.findLast(Boolean);
  const [second, passed] = [row?.createdSecond, anchor.createdAt];
  if (!anchor.ordered) return false;
  if (typeof second !== 'number' || passed === null) return true;
  return from === 'start' ? passed >= second : second >= passed;
}

/** The neighbours of the row at an index of the slice, the nearest first: those that the walk has passed before it. */
function neighboursOf(
  { rows }: Slice,
  index: number,
  second: number | null,
  ordered: boolean,
  side: NeighbourKeys['side'],
  known: KnownNeighbours | undefined,
): NeighbourKeys {
  const keys: string[] = [];
  const step = side === 'above' ? -1 : 1;
  for (let passed = index + step; passed >= 0 && passed < rows.length; passed += step) {
    const other = rows[passed];
    if (other === undefined) continue;
    if (ordered && other.createdSecond !== second) return limited(side, keys, true);
    keys.push(neighbourKey(keyOfRow(other)));
    if (keys.length > MAX_NEIGHBOURS) break;
  }
  const all = ordered && known?.createdAt !== second ? keys : [...keys, ...(known?.keys ?? [])];
  const complete = all === keys || (known?.complete ?? true);
  // At an edge of a list without times, the side is what tells which edge.
  return ordered || all.length > 0 ? limited(side, all, complete) : { side, keys: all, complete };
}

/** What the cursor from which the walk came knows of the rows right beside the slice. */
type KnownNeighbours = Pick<Anchor, 'createdAt'> & Pick<NeighbourKeys, 'keys' | 'complete'>;

function knownNeighbours(
  slice: Slice,
  side: NeighbourKeys['side'],
  base: Boundary,
  ordered: boolean,
): KnownNeighbours {
  const { anchor, side: cut } = base;
  const { neighbours } = anchor;
  const isOwnBeyond = !isBeforeFirstRow(base) && (side === 'above') === (cut === 'after');
  const isKnown = neighbours.side === side || (anchor.ordered && neighbours.keys.length === 0);
  return {
    createdAt: anchor.createdAt,
    keys: [...(isOwnBeyond ? [neighbourKey(anchor.key)] : []), ...(isKnown ? neighbours.keys : [])],
    complete:
      isKnown &&
      neighbours.complete &&
      // Without times all rows that the walk has passed are neighbours, and no others.
      (ordered ? !(side === 'above' && hasUnseen(base, slice.start)) : !anchor.ordered),
  };
}

function limited(side: NeighbourKeys['side'], keys: readonly string[], complete: boolean): NeighbourKeys {
  if (keys.length === 0 && complete) return NONE;
  return { side, keys: keys.slice(0, MAX_NEIGHBOURS), complete: complete && keys.length <= MAX_NEIGHBOURS };
}

function neighbourKey(key: string): string {
  return key.slice(0, NEIGHBOUR_DIGITS);
}
