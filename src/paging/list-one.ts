import { type Boundaries, cursorInOne, type ListName } from './list-cursor.ts';
import type { ListReader, ListReaders } from './list-reader.ts';
import { AlignedList, type SliceBounds } from './realign/aligned-list.ts';
import { anchorsOf } from './realign/anchors.ts';
import { endOf, type ListRow, type Slice } from './row-range.ts';
import type { Extent } from './window.ts';

/** A page to read: the number of rows, from which end, and between which cursors. */
export interface ListingRequest<List extends string> {
  readonly extent: Extent;
  readonly after?: Boundaries<List> | undefined;
  readonly before?: Boundaries<List> | undefined;
}

/** A row and its cursor. */
export interface Edge<Row extends ListRow> {
  readonly cursor: string;
  readonly node: Row;
}

/** A page of rows with their cursors, and the position of the page in the list. */
export interface Listing<List extends string, Row extends ListRow> {
  readonly edges: readonly Edge<Row>[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  /** The length of an upstream list; undefined if no page of it was read. */
  totalOf(list: List): number | undefined;
}

/** Reads a page of one upstream list. @throws UpstreamError */
export async function listOne<List extends string, Row extends ListRow>(
  { extent, after, before }: ListingRequest<List>,
  reader: ListReader<List, Row>,
): Promise<Listing<List, Row>> {
  const { list } = reader;
  const { slice, edges } = await readEdges(reader, list, extent, {
    from: after?.get(list),
    to: before?.get(list),
  });
  return {
    edges,
    hasNextPage: endOf(slice) < slice.listEnd,
    hasPreviousPage: slice.start > 0,
    totalOf: () => slice.total,
  };
}

/**
 * Reads a page of the upstream lists concatenated in the order of their definition. Costs the pages that hold the rows, plus the length
 * of the adjacent list if the page ends where its list ends.
 *
 * @throws UpstreamError
 */
export async function listInTurn<List extends string, Row extends ListRow>(
  { extent, after, before }: ListingRequest<List>,
  readers: ListReaders<List, Row>,
): Promise<Listing<List, Row>> {
  const { lists } = readers.source.definition;
  const isForwards = extent.from === 'start';
  const [first, last] = [placeIn(lists, after, 0), placeIn(lists, before, lists.length - 1)];
  const [step, end] = isForwards ? [1, last] : [-1, first];
  let rows = first > last ? 0 : extent.rows;
  let edges: Edge<Row>[] = [];
  const slices = new Map<List, Slice<Row>>();
  for (let index = isForwards ? first : last; ; index += step) {
    const list = lists[index] as List;
    const bounds = { from: after?.get(list), to: before?.get(list) };
    const read = await readEdges(readers.of(list), 'All', { ...extent, rows }, bounds);
    slices.set(list, read.slice);
    edges = isForwards ? [...edges, ...read.edges] : [...read.edges, ...edges];
    // Unusable rows do not count: a page of them alone would have no cursor to continue from.
    rows -= read.edges.length;
    if (rows <= 0 || index === end || (isForwards ? hasBelow(read.slice) : hasAbove(read.slice))) break;
  }
  const read = lists.filter((list) => slices.has(list));
  const [top, bottom] = [read[0] as List, read.at(-1) as List];
  const isAnyFull = async (others: readonly List[]) => {
    for (const list of others) if ((await readers.of(list).total()) > 0) return true;
    return false;
  };
  return {
    edges,
    hasNextPage: hasBelow(slices.get(bottom)) || (await isAnyFull(lists.slice(lists.indexOf(bottom) + 1))),
    hasPreviousPage: hasAbove(slices.get(top)) || (await isAnyFull(lists.slice(0, lists.indexOf(top)))),
    totalOf: (list) => slices.get(list)?.total,
  };
}

function placeIn<List extends string>(
  lists: readonly List[],
  boundaries: Boundaries<List> | undefined,
  otherwise: number,
): number {
  return boundaries === undefined ? otherwise : lists.findIndex((list) => boundaries.has(list));
}

function hasAbove(slice: Slice | undefined): boolean {
  return slice !== undefined && slice.start > 0;
}

function hasBelow(slice: Slice | undefined): boolean {
  return slice !== undefined && endOf(slice) < slice.listEnd;
}

/** Reads a slice of an upstream list, with the cursors of its rows. @param name the client's list */
async function readEdges<List extends string, Row extends ListRow>(
  reader: ListReader<List, Row>,
  name: ListName<List>,
  extent: Extent,
  bounds: SliceBounds,
): Promise<{ readonly slice: Slice<Row>; readonly edges: Edge<Row>[] }> {
  const slice = await new AlignedList(reader).slice(extent, bounds);
  const anchors = anchorsOf(slice, extent, extent.from === 'start' ? bounds.from : bounds.to, reader);
  const end = anchors.findLast((anchor) => anchor !== undefined);
  if (end !== undefined) reader.cursorMade(end, slice.answeredAt);
  const edges = slice.rows.flatMap((node, index) => {
    const anchor = anchors[index];
    return node === undefined || anchor === undefined
      ? []
      : [{ cursor: cursorInOne(reader.definition, name, reader.list, anchor), node }];
  });
  return { slice, edges };
}
