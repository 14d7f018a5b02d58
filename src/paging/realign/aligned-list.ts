import { type MonotonicMs, monotonicNow } from '../../clock.ts';
import type { ListReader } from '../list-reader.ts';
import {
  begins,
  emptyRange,
  endOf,
  holdsWindow,
  isNewestFirst,
  knownListEnd,
  type ListRow,
  type RowRange,
  type Slice,
  take,
  windowAt,
} from '../row-range.ts';
import { type Bounds, type Extent, type Window, windowOf } from '../window.ts';
import {
  type Boundary,
  type BoundaryPosition,
  isBeforeFirstRow,
  isOfNewestSecond,
  isPlaceKnown,
  locateBoundary,
  placeOf,
} from './locate-boundary.ts';
import { search, searchCached, windowBeside } from './search.ts';
import type { SearchBudget } from './search-budget.ts';

/** Most reads of the end of a list that moves, or of pages without a usable row. */
const MAX_READS = 8;

/** Later than any range: proves nothing by its age. */
const NEVER = Number.POSITIVE_INFINITY as MonotonicMs;

/** The places between which rows are wanted. */
export interface SliceBounds {
  /** Only rows after this. */
  readonly from?: Boundary | undefined;
  /** Only rows before this. */
  readonly to?: Boundary | undefined;
}

/**
 * One list whose rows are found by their neighbours, wherever they have moved to. A list at rest costs the pages that hold the
 * rows, which prove that nothing has moved; only a list that moved costs more. docs/cursors.md has the proof.
 */
export class AlignedList<List extends string, Row extends ListRow> {
  readonly #reader: ListReader<List, Row>;
  readonly #budget: SearchBudget;

  /** @param budget pays for the calls of a list that moved */
  constructor(reader: ListReader<List, Row>, budget: SearchBudget = reader.searchBudget) {
    this.#reader = reader;
    this.#budget = budget;
  }

  /** @throws UpstreamError */
  async slice(extent: Extent, { from, to }: SliceBounds): Promise<Slice<Row>> {
    const [base, stop] = extent.from === 'start' ? [from, to] : [to, from];
    if (extent.rows === 0) return this.#nothing(base, extent);
    const found = await (base === undefined
      ? this.#fromEdge(extent, stop)
      : this.#fromBoundary(extent, base, stop));
    const slice = stop === undefined ? found : cutAt(found, this.#cautious(stop), extent);
    return isUsable(slice) ? slice : this.#pastUnusable(slice, extent);
  }

  /** No rows, where the cursor says: it makes no difference whether they would still be there. */
  async #nothing(base: Boundary | undefined, extent: Extent): Promise<Slice<Row>> {
    const total = await this.#reader.total();
    const edge = extent.from === 'start' ? 0 : total;
    const start = Math.min(base === undefined ? edge : placeOf(base), total);
    return take<Row>(emptyRange(start, total), { start, end: start });
  }

  /** From the start of the list, or from its end, which has to be found first. */
  async #fromEdge(extent: Extent, stop: Boundary | undefined): Promise<Slice<Row>> {
    const hint = stop && totalOf(stop);
    const known = hint === undefined ? undefined : stop;
    if (extent.from === 'start') {
      const window = windowOf(extent, { before: known && placeOf(known) }, hint ?? Number.POSITIVE_INFINITY);
      const range = await this.#reader.read(this.#withStop(window, stop), extent.from, this.#budget);
      return take(range, windowAt(extent, 0, knownListEnd(range)));
    }
    const total = hint ?? (await this.#reader.total());
    const window = windowOf(extent, { after: known && placeOf(known) - 1 }, total);
    let range = await this.#reader.read(window, extent.from, this.#budget);
    let expected = total;
    for (let reads = 1; reads < MAX_READS && range.total !== expected; reads++) {
      const room = Math.min(
        Math.abs(range.total - expected),
        Math.max(0, this.#reader.maxPageSize - extent.rows),
      );
      expected = range.total;
      const { start } = windowAt(extent, expected, expected);
      const window = { start, end: expected + room };
      const younger = await this.#reader.readAround(window, extent.from, monotonicNow(), this.#budget);
      if (younger === undefined) break;
      range = younger;
      if (holdsWindow(range, windowAt(extent, range.total, range.total))) break;
    }
    return take(range, windowAt(extent, Math.min(endOf(range), knownListEnd(range)), knownListEnd(range)));
  }

  /** On from a boundary. First where it was; the rows that are there tell whether it still is. */
  async #fromBoundary(extent: Extent, base: Boundary, stop: Boundary | undefined): Promise<Slice<Row>> {
    const place = placeOf(base);
    const total = totalOf(base);
    // A place in another state of the list says nothing about this one; what lies beyond it is cut off afterwards.
    const limit = stop !== undefined && total !== undefined && totalOf(stop) === total ? stop : undefined;
    if (limit !== undefined && areCrossed(extent, base, limit)) return this.#nothing(base, extent);
    const bounds = extent.from === 'start' ? boundsOf(base, limit) : boundsOf(limit, base);
    const wanted = windowOf(extent, bounds, total ?? Number.POSITIVE_INFINITY);
    const window = isPlaceKnown(base.anchor)
      ? this.#withOwnRow(wanted, base, extent)
      : windowBeside(extent, place, this.#reader.maxPageSize);
    const asItWas = (range: RowRange<Row>, position: BoundaryPosition): Slice<Row> | undefined => {
      if (position.kind !== 'at' || position.offset !== place) return undefined;
      if (!position.isSure && !isNewestFirst(range.rows)) return undefined;
      const there = range.total === total ? wanted : windowAt(extent, place, knownListEnd(range));
      const isEnough = holdsWindow(range, there) || (extent.isPartEnough && begins(range, there, extent));
      return isEnough ? take(range, there) : undefined;
    };
    const read = await this.#reader.read(window, extent.from, this.#budget);
    const cautious = this.#cautious(base);
    const position = locateBoundary(read, cautious, extent.from);
    const cached = asItWas(read, position) ?? searchCached(this.#reader, extent, cautious, read);
    if (cached !== undefined) return cached;
    const { range, boundary } = await this.#youngEnough(read, position, window, extent, base);
    return (
      asItWas(range, locateBoundary(range, boundary, extent.from)) ??
      search(this.#reader, this.#budget, extent, boundary, range)
    );
  }

  /**
   * Rows that do not show where the boundary is prove something only when they are younger than the cursor.
   *
   * @param position of the boundary as far as the range shows, however old it is
   */
  async #youngEnough(
    range: RowRange<Row>,
    position: BoundaryPosition,
    window: Window,
    { from }: Extent,
    base: Boundary,
  ): Promise<{ range: RowRange<Row>; boundary: Boundary }> {
    const { knownSince: madeAt = this.#reader.startedAt } = base;
    if (position.kind === 'at') return { range, boundary: { ...base, knownSince: madeAt } };
    const knownSince = await this.#reader.cursorKnownSince(base.anchor, madeAt);
    const younger =
      range.sentAt < knownSince
        ? await this.#reader.reread(window, from, knownSince, this.#budget)
        : undefined;
    return { range: younger ?? range, boundary: { ...base, knownSince } };
  }

  /** A boundary for which every cached range may be too old. */
  #cautious(boundary: Boundary): Boundary {
    return this.#reader.isCached ? { ...boundary, knownSince: NEVER } : boundary;
  }

  /**
   * Reads the boundary's own row along where only that can show that nothing moved: backwards, and where times cannot be
   * used. Where it merely makes sure it must not cost a call: among more rows of one second than the cursor has neighbour
   * keys, in the newest second, in which rows may still come in that no key tells from those below, and where the rows may be
   * older than the cursor. A row above the first one cannot be read: a list whose top was deleted leaves such cursors.
   */
  #withOwnRow(window: Window, base: Boundary, { from }: Extent): Window {
    const { anchor } = base;
    if (isBeforeFirstRow(base) || anchor.offset < 0) return window;
    if (from === 'end') return { start: window.start, end: anchor.offset + 1 };
    const along = { start: Math.min(anchor.offset, window.start), end: window.end };
    if (!anchor.ordered) return along;
    if (!this.#reader.isCached && anchor.neighbours.complete && !isOfNewestSecond(anchor)) return window;
    return this.#reader.pagesOf(along) > this.#reader.pagesOf(window) ? window : along;
  }

  /** Reads the row along before which the rows are to stop, where it costs no call: it shows that nothing lies between. */
  #withStop(window: Window, stop: Boundary | undefined): Window {
    if (stop === undefined || window.end !== stop.anchor.offset) return window;
    const along = { start: window.start, end: window.end + 1 };
    return this.#reader.pagesOf(along) > this.#reader.pagesOf(window) ? window : along;
  }

  /** A page on which no row can be used would leave a caller without a cursor to go on from: goes on until one can. */
  async #pastUnusable(slice: Slice<Row>, extent: Extent): Promise<Slice<Row>> {
    let found = slice;
    for (let reads = 0; reads < MAX_READS && !isUsable(found); reads++) {
      const edge = extent.from === 'start' ? endOf(found) : found.start;
      const window = windowAt({ ...extent, rows: this.#reader.maxPageSize }, edge, found.listEnd);
      if (window.start === window.end) break;
      const more = await this.#reader.reread(window, extent.from, monotonicNow(), this.#budget);
      if (more === undefined) break;
      const range = take(more, window);
      const usable =
        extent.from === 'start' ? range.rows.findIndex(Boolean) : range.rows.findLastIndex(Boolean) + 1;
      found = range.rows.some(Boolean)
        ? take(range, windowAt(extent, range.start + usable, range.listEnd))
        : range;
    }
    return found;
  }
}

/** Whether a client gets a cursor to go on from, or needs none. */
function isUsable({ rows }: Slice): boolean {
  return rows.length === 0 || rows.some(Boolean);
}

/** How long the list was when the cursor was made; undefined where its place in a list of that length is not known. */
function totalOf({ anchor }: Boundary): number | undefined {
  return isPlaceKnown(anchor) ? anchor.total : undefined;
}

function areCrossed({ from }: Extent, base: Boundary, stop: Boundary): boolean {
  return from === 'start' ? placeOf(base) >= placeOf(stop) : placeOf(stop) >= placeOf(base);
}

function boundsOf(from: Boundary | undefined, to: Boundary | undefined): Bounds {
  return { after: from && placeOf(from) - 1, before: to && placeOf(to) };
}

/** Cuts off what lies beyond the boundary at which the rows were to stop. */
function cutAt<Row extends ListRow>(slice: Slice<Row>, stop: Boundary, { from }: Extent): Slice<Row> {
  const end = endOf(slice);
  const position = locateBoundary(slice, stop, from === 'start' ? 'end' : 'start');
  let place = Math.min(Math.max(placeOf(stop), slice.start), end);
  const isAt = position.kind === 'at' && !(position.isByChance && slice.total === stop.anchor.total);
  if (isAt) place = position.offset;
  if (position.kind === 'above') place = slice.start;
  if (position.kind === 'below') place = end;
  if (position.kind === 'between') place = Math.min(Math.max(placeOf(stop), position.from), position.to);
  const kept = take(slice, from === 'start' ? { start: slice.start, end: place } : { start: place, end });
  // Also where the stop is right at the edge of the slice: beyond it nothing is wanted.
  const stopped = isAt || (from === 'start' ? place < end : place > slice.start);
  return { ...kept, listEnd: slice.listEnd, partial: slice.partial && !stopped };
}
