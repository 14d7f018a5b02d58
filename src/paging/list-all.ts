import type { Anchor } from './cursor.ts';
import { cursorInAll } from './list-cursor.ts';
import type { Edge, Listing, ListingRequest } from './list-one.ts';
import type { ListReaders } from './list-reader.ts';
import { AlignedList, type SliceBounds } from './realign/aligned-list.ts';
import { anchorsOf, beforeFirstRow, shiftTo } from './realign/anchors.ts';
import { type Boundary, isBeforeFirstRow } from './realign/locate-boundary.ts';
import { endOf, type ListRow, type Slice } from './row-range.ts';
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
    const slice = await new AlignedList(readers.of(list)).slice(extent, bounds);
    return new Side(list, slice, extent, bounds);
  };
  const sides = await Promise.all(definition.lists.map(read));
  const edges: Edge<Row>[] = [];
  while (edges.length < extent.rows && !sides.some(({ isCut }) => isCut)) {
    const side = nextSide(sides, extent);
    const node = side?.next;
    const own = side?.take();
    if (side === undefined || node === undefined || own === undefined) break;
    const anchors = sides.map((one) => {
      const anchor = one === side ? own : one.above(node);
      readers.of(one.list).cursorMade(anchor, one.slice.answeredAt);
      return anchor;
    });
    edges.push({ cursor: cursorInAll(definition, side.list, anchors), node });
  }
  return {
    edges: extent.from === 'start' ? edges : edges.reverse(),
    hasNextPage: sides.some(({ hasBelow }) => hasBelow),
    hasPreviousPage: sides.some(({ hasAbove }) => hasAbove),
    totalOf: (list) => sides.find((side) => side.list === list)?.slice.total,
  };
}

/** One list of the merge: its rows, taken one by one from the end at which the page starts. */
class Side<List extends string, Row extends ListRow> {
  readonly list: List;
  readonly slice: Slice<Row>;
  readonly #anchors: readonly (Anchor | undefined)[];
  readonly #extent: Extent;
  readonly #from: Boundary | undefined;
  /** Number of rows taken from the slice, including unusable ones. */
  #taken = 0;

  constructor(list: List, slice: Slice<Row>, extent: Extent, { from, to }: SliceBounds) {
    this.list = list;
    this.slice = slice;
    this.#anchors = anchorsOf(slice, extent, extent.from === 'start' ? from : to);
    this.#extent = extent;
    this.#from = from;
    this.#skipUnusable();
  }

  /** The next row; undefined at the end of the slice. */
  get next(): Row | undefined {
    return this.slice.rows[this.#index];
  }

  /** Whether the slice ends although the list goes on: the merge cannot continue past it. */
  get isCut(): boolean {
    const { rows, start, listEnd, partial } = this.slice;
    const goesOn = this.#extent.from === 'start' ? endOf(this.slice) < listEnd : start > 0;
    return this.next === undefined && (partial || (rows.length >= this.#extent.rows && goesOn));
  }

  take(): Anchor | undefined {
    const anchor = this.#anchors[this.#index];
    this.#taken++;
    this.#skipUnusable();
    return anchor;
  }

  /** Anchor of the last row of this list above `node`, a row of another list. */
  above(node: Row): Anchor {
    const known = this.#anchors.slice(0, this.#firstBelow).findLast((anchor) => anchor !== undefined);
    if (known !== undefined) return known;
    if (this.#from === undefined || isBeforeFirstRow(this.#from)) return beforeFirstRow(this.slice, node);
    return shiftTo(this.#from, this.slice.start, this.slice.total);
  }

  get hasAbove(): boolean {
    return this.#extent.from === 'start' ? this.slice.start > 0 : this.slice.start + this.#firstBelow > 0;
  }

  get hasBelow(): boolean {
    const below = this.#extent.from === 'start' ? this.slice.start + this.#firstBelow : endOf(this.slice);
    return below < this.slice.listEnd;
  }

  get #index(): number {
    return this.#extent.from === 'start' ? this.#taken : this.slice.rows.length - 1 - this.#taken;
  }

  get #firstBelow(): number {
    return this.#extent.from === 'start' ? this.#taken : this.slice.rows.length - this.#taken;
  }

  #skipUnusable(): void {
    while (this.#taken < this.slice.rows.length && this.next === undefined) this.#taken++;
  }
}

/** The list whose row is next; undefined if none has one. A row of an earlier list is first unless the other row is known to be newer. */
function nextSide<List extends string, Row extends ListRow>(
  sides: readonly Side<List, Row>[],
  { from }: Extent,
): Side<List, Row> | undefined {
  let best: Side<List, Row> | undefined;
  for (const side of sides) {
    if (side.next === undefined) continue;
    const [time, otherTime] = [best?.next?.createdSecond, side.next.createdSecond];
    const isFirst = (time ?? null) === null || otherTime === null || (time as number) >= otherTime;
    if (best === undefined || isFirst !== (from === 'start')) best = side;
  }
  return best;
}
