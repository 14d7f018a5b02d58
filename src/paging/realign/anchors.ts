import { type Anchor, KEY_DIGITS, MAX_NEIGHBOURS, NEIGHBOUR_DIGITS, type NeighbourKeys } from '../cursor.ts';
import { anchorOfRow, keyOfRow, type RowAnchor } from '../row-anchor.ts';
import { isNewestFirst, type ListRow, type RowRange, type Slice } from '../row-range.ts';
import type { Extent } from '../window.ts';
import { type Boundary, isBeforeFirstRow, isOfNewestSecond, offsetOf } from './locate-boundary.ts';

/** What anchors depend on besides the rows; a list reader provides it. */
export interface AnchorRules {
  /** Whether the list is defined as newest first. */
  readonly hasTimes: boolean;
  /** Whether rows are kept for later requests. */
  readonly isCached: boolean;
}

const NONE: NeighbourKeys = { side: 'above', keys: [], complete: true };

/**
 * Returns a function from a row's index in a slice to its anchor; undefined for an unusable row.
 *
 * The neighbours are on the side from which the walk came, because those rows are known: from the slice, and beyond it from the previous
 * cursor. So a row has the same cursor in every window. Only among rows of one second do forward and backward walks make different ones.
 *
 * @param base boundary from which the slice was read; undefined for an edge of the list
 */
export function anchorAt(
  slice: Slice,
  from: Extent['from'],
  base: Boundary | undefined,
  { hasTimes, isCached }: AnchorRules,
): (index: number) => RowAnchor | undefined {
  const ordered =
    hasTimes && isNewestFirst(slice.rows) && (base === undefined || isInOrder(slice, from, base));
  const side = from === 'start' ? 'above' : 'below';
  const known = base && knownNeighbours(slice, side, base, ordered);
  return (index) => {
    const row = slice.rows[index];
    if (row === undefined) return undefined;
    const neighbours = neighboursOf(slice, index, row.createdSecond, ordered, side, known);
    return anchorOfRow(row, slice.start + index, slice.total, ordered, neighbours, isCached);
  };
}

/** The {@link anchorAt} of every row of a slice. */
export function anchorsOf(
  slice: Slice,
  { from }: Extent,
  base: Boundary | undefined,
  rules: AnchorRules,
): (RowAnchor | undefined)[] {
  const at = anchorAt(slice, from, base, rules);
  return slice.rows.map((_, index) => at(index));
}

/** Anchor of the position before the first row of a list, in a cursor of a row of another list. @param row row of the other list */
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

/** Anchor of the position after the last row of a list of `total` rows. */
export function afterLastRow(total: number): Anchor {
  return beforeFirstRow({ start: total, total }, { createdSecond: 0 });
}

/** Anchor of a boundary that is right before the row at `offset` of a list of `total` rows. */
export function shiftTo(boundary: Boundary, offset: number, total: number): Anchor {
  const { resumption: _, ...anchor } = boundary.anchor;
  const complete = anchor.neighbours.complete && !hasUnseen(boundary, offset);
  const neighbours = { ...anchor.neighbours, complete };
  return { ...anchor, offset: boundary.side === 'after' ? offset - 1 : offset, total, neighbours };
}

/** Whether unseen neighbours may exist: rows of the newest second that were inserted on top since the cursor was made. */
function hasUnseen(boundary: Boundary, offset: number): boolean {
  return isOfNewestSecond(boundary.anchor) && offset > offsetOf(boundary);
}

/** Whether the slice continues the order of the rows before it on the walk. */
function isInOrder({ rows }: Slice, from: Extent['from'], { anchor }: Boundary): boolean {
  const row = from === 'start' ? rows.find(Boolean) : rows.findLast(Boolean);
  const [second, passed] = [row?.createdSecond, anchor.createdAt];
  if (!anchor.ordered) return false;
  if (typeof second !== 'number' || passed === null) return true;
  return from === 'start' ? passed >= second : second >= passed;
}

/** Keys of the neighbours of the row at an index, the nearest first: the rows that the walk has passed before it. */
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
  // At an edge of a list without times, the side says which edge it is.
  return ordered || all.length > 0 ? limited(side, all, complete) : { side, keys: all, complete };
}

/** Neighbours right beside the slice, known from the previous cursor of the walk. */
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
      // Without times, the neighbours are all rows that the walk has passed.
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
