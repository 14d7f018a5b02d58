import type { Anchor } from './cursor.ts';
import { cursorInAll } from './list-cursor.ts';
import type { Edge, Listing, ListingRequest } from './list-one.ts';
import type { ListReader, ListReaders } from './list-reader.ts';
import { AlignedList, type SliceBounds } from './realign/aligned-list.ts';
import { anchorsOf, beforeFirstRow, shiftTo } from './realign/anchors.ts';
import { type Boundary, isBeforeFirstRow } from './realign/locate-boundary.ts';
import { endOf, type ListRow, precedes, type Slice } from './row-range.ts';
import type { Extent } from './window.ts';

/**
 * Reads a page of the upstream lists merged by creation time, newest first (a merge of sorted lists). Within one second, rows of the
 * first list come first. The lists are read concurrently, each for the whole page size, which costs one page of each.
 *
 * @throws UpstreamError of any list, because a page without that list's rows would be wrong
 */
export async function listAll<List extends string, Row extends ListRow>(
  { extent, after, before }: ListingRequest<List>,
  readers: ListReaders<List, Row>,
): Promise<Listing<List, Row>> {
  const { definition } = readers.source;
  const read = async (list: List) => {
    const bounds = { from: after?.get(list), to: before?.get(list) };
    const reader = readers.of(list);
    const slice = await new AlignedList(reader).slice(extent, bounds);
    return new Side(reader, slice, extent, bounds);
  };
  const sides = await Promise.all(definition.lists.map(read));
  const edges: Edge<Row>[] = [];
  while (edges.length < extent.rows && !sides.some(({ isCut }) => isCut)) {
    const next = nextRow(sides, extent);
    if (next === undefined) break;
    const { side, row } = next;
    const anchors = sides.map((one) => {
      const anchor = one === side ? row.anchor : one.above(row.node);
      readers.of(one.list).cursorMade(anchor, one.slice.answeredAt);
      return anchor;
    });
    side.take();
    edges.push({ cursor: cursorInAll(definition, side.list, anchors), node: row.node });
  }
  return {
    edges: extent.from === 'start' ? edges : edges.reverse(),
    hasNextPage: sides.some(({ hasBelow }) => hasBelow),
    hasPreviousPage: sides.some(({ hasAbove }) => hasAbove),
    totalOf: (list) => sides.find((side) => side.list === list)?.slice.total,
  };
}

/** A row that can be used, with its anchor and its index in the slice. */
interface UsableRow<Row extends ListRow> {
  readonly node: Row;
  readonly anchor: Anchor;
  readonly index: number;
}

/** One list of the merge: its rows, taken one by one from the end at which the page starts. */
class Side<List extends string, Row extends ListRow> {
  readonly list: List;
  readonly slice: Slice<Row>;
  /** In the order in which they are taken. */
  readonly #rows: readonly UsableRow<Row>[];
  readonly #extent: Extent;
  readonly #from: Boundary | undefined;
  #taken = 0;

  constructor(reader: ListReader<List, Row>, slice: Slice<Row>, extent: Extent, { from, to }: SliceBounds) {
    this.list = reader.list;
    this.slice = slice;
    this.#extent = extent;
    this.#from = from;
    const anchors = anchorsOf(slice, extent, this.#isForwards ? from : to, reader);
    const rows = anchors.flatMap((anchor, index) =>
      anchor === undefined ? [] : [{ node: slice.rows[index] as Row, anchor, index }],
    );
    this.#rows = this.#isForwards ? rows : rows.reverse();
  }

  /** The next row; undefined at the end of the slice. */
  get next(): UsableRow<Row> | undefined {
    return this.#rows[this.#taken];
  }

  /** Whether the slice ends although the list goes on: the merge cannot continue past it. */
  get isCut(): boolean {
    const { rows, start, listEnd, partial } = this.slice;
    const goesOn = this.#isForwards ? endOf(this.slice) < listEnd : start > 0;
    return this.next === undefined && (partial || (rows.length >= this.#extent.rows && goesOn));
  }

  take(): void {
    this.#taken++;
  }

  /** Anchor of the last row of this list above `row`, a row of another list. */
  above(row: ListRow): Anchor {
    const known = this.#rows[this.#isForwards ? this.#taken - 1 : this.#taken];
    if (known !== undefined) return known.anchor;
    if (this.#from === undefined || isBeforeFirstRow(this.#from)) return beforeFirstRow(this.slice, row);
    return shiftTo(this.#from, this.slice.start, this.slice.total);
  }

  get hasAbove(): boolean {
    // Backwards: down to the next row, the rows above the page.
    const rows = this.#isForwards ? 0 : (this.next?.index ?? -1) + 1;
    return this.slice.start + rows > 0;
  }

  get hasBelow(): boolean {
    const rows = this.#isForwards && this.next !== undefined ? this.next.index : this.slice.rows.length;
    return this.slice.start + rows < this.slice.listEnd;
  }

  get #isForwards(): boolean {
    return this.#extent.from === 'start';
  }
}

/** The next row and its list, see {@link precedes}; undefined if no list has one. */
function nextRow<List extends string, Row extends ListRow>(
  sides: readonly Side<List, Row>[],
  { from }: Extent,
): { readonly side: Side<List, Row>; readonly row: UsableRow<Row> } | undefined {
  let best: { readonly side: Side<List, Row>; readonly row: UsableRow<Row> } | undefined;
  for (const side of sides) {
    const row = side.next;
    if (row === undefined) continue;
    if (best === undefined || precedes(best.row.node, row.node) !== (from === 'start')) best = { side, row };
  }
  return best;
}
