import { type Anchor, encodeCursor, keyOf, type NeighbourKeys } from './cursor.ts';
import type { ListRow } from './row-range.ts';

/** The last anchor of each row: rows are cached for many requests, and mostly do not move. */
const lastAnchors = new WeakMap<ListRow, RowAnchor>();

/** The anchor of a row. Requests share it while the row stays where it is. */
export class RowAnchor implements Anchor {
  readonly offset: number;
  readonly total: number;
  readonly key: string;
  readonly createdAt: number | null;
  readonly ordered: boolean;
  readonly neighbours: NeighbourKeys;
  /** Private, so that no copy of the anchor at another place has it. */
  #cursor: { readonly list: number; readonly text: string } | undefined;

  constructor(row: ListRow, offset: number, total: number, ordered: boolean, neighbours: NeighbourKeys) {
    this.offset = offset;
    this.total = total;
    this.key = keyOfRow(row);
    this.createdAt = row.createdSecond;
    this.ordered = ordered;
    this.neighbours = neighbours;
  }

  /** The text of the cursor that has this anchor alone. @param list as {@link encodeCursor} writes it */
  cursor(list: number): string {
    if (this.#cursor?.list !== list) this.#cursor = { list, text: encodeCursor({ list, anchors: [this] }) };
    return this.#cursor.text;
  }
}

/** The anchor of a row in a list of `total` rows: the last one of the row where that says the same. */
export function anchorOfRow(
  row: ListRow,
  offset: number,
  total: number,
  ordered: boolean,
  neighbours: NeighbourKeys,
): RowAnchor {
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

/** The key of a row, see {@link keyOf}: looked up by its id only where no anchor of the row has it. */
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
