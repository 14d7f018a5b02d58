import { type Anchor, KEY_DIGITS, MARK_DIGITS, MAX_MARKS, type Marks } from '../../paging/cursor.ts';
import type { Extent } from '../../paging/window.ts';
import type { VoiceJob } from '../job.ts';
import { isNewestFirst, type Row, type Span } from '../span.ts';
import { type Boundary, isOfNewestSecond, placeOf } from './gap.ts';
import type { Slice } from './slice.ts';

const NONE: Marks = { side: 'above', keys: [], complete: true };

/**
 * What a cursor at each row of a slice carries to find it again; undefined for a row that cannot be used.
 *
 * The marks are of the side from which the walk comes, because there the rows are known: those of the slice, and beyond
 * it those that the cursor knows from which the walk came. So a row has the same cursor whatever window brought it; only
 * among rows of one second it has another one forwards than backwards.
 *
 * @param base the boundary from which the slice was read, if not from an edge of the list
 */
export function anchorsOf(
  slice: Slice,
  { from }: Extent,
  base: Boundary | undefined,
): (Anchor | undefined)[] {
  const ordered = isNewestFirst(slice.rows) && (base === undefined || isInOrder(slice, from, base));
  const side = from === 'start' ? 'above' : 'below';
  const further = base && beyond(slice, side, base);
  return slice.rows.map((row, index) => {
    if (row === undefined) return undefined;
    return {
      offset: slice.start + index,
      total: slice.total,
      key: row.key,
      createdAt: row.second,
      ordered,
      marks: marksOf(row, ordered, side, walkedOver(slice, index, side), further),
    };
  });
}

/** A place before the first row that its list has, for a row of another list that was created in that second. */
export function nowhere(slice: Span, row: VoiceJob): Anchor {
  return {
    offset: slice.start - 1,
    total: slice.total,
    key: '0'.repeat(KEY_DIGITS),
    createdAt: row.second,
    ordered: true,
    marks: NONE,
  };
}

/** The anchor of a boundary right above a slice, as it is in the slice's state of the list. */
export function rebased(boundary: Boundary, slice: Slice): Anchor {
  const { anchor } = boundary;
  const marks = { ...anchor.marks, complete: anchor.marks.complete && !hasUnseen(boundary, slice) };
  return { ...anchor, offset: slice.start - 1, total: slice.total, marks };
}

/** In the newest second, rows that came in on top since are neighbours as well, and nobody has seen them. */
function hasUnseen(boundary: Boundary, { start }: Slice): boolean {
  return isOfNewestSecond(boundary.anchor) && start > placeOf(boundary);
}

/** Whether the order seen so far on the walk goes on: what one page could not show, two of them can. */
function isInOrder({ rows }: Slice, from: Extent['from'], { anchor }: Boundary): boolean {
  const row = from === 'start' ? rows.find(Boolean) : rows.findLast(Boolean);
  const [second, passed] = [row?.second, anchor.createdAt];
  if (!anchor.ordered) return false;
  if (typeof second !== 'number' || passed === null) return true;
  return from === 'start' ? passed >= second : second >= passed;
}

/** The rows of the slice that a walk has passed before a row, the nearest first. */
function walkedOver({ rows }: Slice, index: number, side: Marks['side']): readonly Row[] {
  return side === 'above'
    ? rows.slice(Math.max(0, index - MAX_MARKS - 1), index).reverse()
    : rows.slice(index + 1);
}

function marksOf(
  row: VoiceJob,
  ordered: boolean,
  side: Marks['side'],
  walked: readonly Row[],
  beyond: Beyond | undefined,
): Marks {
  const second = row.second;
  const keys: string[] = [];
  for (const other of walked) {
    if (other === undefined) continue;
    if (ordered && other.second !== second) return marked(side, keys, true);
    keys.push(markOf(other.key));
    if (keys.length > MAX_MARKS) return marked(side, keys, false);
  }
  if (beyond === undefined || (ordered && beyond.createdAt !== second)) return marked(side, keys, true);
  return marked(side, [...keys, ...beyond.keys], beyond.complete);
}

/** What the cursor from which the walk came knows of the rows right beside the slice. */
interface Beyond {
  readonly createdAt: number | null;
  readonly keys: readonly string[];
  readonly complete: boolean;
}

function beyond(slice: Slice, side: Marks['side'], base: Boundary): Beyond {
  const { anchor, side: cut } = base;
  const { marks } = anchor;
  const isOwnBeyond = (side === 'above') === (cut === 'after');
  const isKnown = marks.side === side || marks.keys.length === 0;
  return {
    createdAt: anchor.createdAt,
    keys: [...(isOwnBeyond ? [markOf(anchor.key)] : []), ...(isKnown ? marks.keys : [])],
    complete: isKnown && marks.complete && !(side === 'above' && hasUnseen(base, slice)),
  };
}

function marked(side: Marks['side'], keys: readonly string[], complete: boolean): Marks {
  if (keys.length === 0 && complete) return NONE;
  return { side, keys: keys.slice(0, MAX_MARKS), complete: complete && keys.length <= MAX_MARKS };
}

function markOf(key: string): string {
  return key.slice(0, MARK_DIGITS);
}
