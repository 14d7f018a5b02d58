import { type Anchor, encodeCursor, keyOf, type NeighbourKeys } from './cursor.ts';
import type { ListRow } from './row-range.ts';

/**
 * The last anchor of each cached row. Cached rows serve many requests and rarely move, so most requests reuse it. A row that serves
 * one request is left out: a weak entry of its own costs more, also in garbage collection, than the anchor.
 */
const lastAnchors = new WeakMap<ListRow, RowAnchor>();

/** Anchor of a row, with its encoded cursor memoized. */
export class RowAnchor implements Anchor {
  readonly offset: number;
  readonly total: number;
  readonly key: string;
  readonly createdAt: number | null;
  readonly ordered: boolean;
  readonly neighbours: NeighbourKeys;
  /** Private, so that a spread copy with another offset does not inherit it. */
  #cursor: { readonly list: number; readonly text: string } | undefined;

  constructor(row: ListRow, offset: number, total: number, ordered: boolean, neighbours: NeighbourKeys) {
    this.offset = offset;
    this.total = total;
    this.key = keyOfRow(row);
    this.createdAt = row.createdSecond;
    this.ordered = ordered;
    this.neighbours = neighbours;
  }

  /** The cursor with this anchor alone. @param list list code, as in {@link encodeCursor} */
  cursor(list: number): string {
    if (this.#cursor?.list !== list) this.#cursor = { list, text: encodeCursor({ list, anchors: [this] }) };
    return this.#cursor.text;
  }
}

/**
 * Returns the anchor of a row: for a cached row its last anchor if that is equal, otherwise a new one.
 *
 * @param isCached whether later requests may be served with the same row object
 */
export function anchorOfRow(
  row: ListRow,
  offset: number,
  total: number,
  ordered: boolean,
  neighbours: NeighbourKeys,
  isCached: boolean,
): RowAnchor {
  if (!isCached) return new RowAnchor(row, offset, total, ordered, neighbours);
  const last = lastAnchors.get(row);
  const isSame =
    last?.offset === offset &&
    last.total === total &&
    last.ordered === ordered &&
    areSame(last.neighbours, neighbours);
  if (isSame) return last;
  const anchor = new RowAnchor(row, offset, total, ordered, neighbours);
  lastAnchors.set(row, anchor);
  return anchor;
}

/** The {@link keyOf} of a row's id, taken from its last anchor if there is one. */
export function keyOfRow(row: ListRow): string {
  return lastAnchors.get(row)?.key ?? keyOf(row.id);
}

function areSame(one: NeighbourKeys, other: NeighbourKeys): boolean {
  return (
    one === other ||
    (one.side === other.side &&
      one.complete === other.complete &&
      one.keys.length === other.keys.length &&
      one.keys.every((key, index) => key === other.keys[index]))
  );
}
