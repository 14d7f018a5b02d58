import { type MonotonicMs, monotonicNow } from '../../clock.ts';
import type { ListReader } from '../list-reader.ts';
import {
  clip,
  emptyRange,
  endOf,
  holdsWindow,
  isNewestFirst,
  knownListEnd,
  type ListRow,
  type RowRange,
  type Slice,
  startsWindow,
  windowAt,
} from '../row-range.ts';
import { type Bounds, type Extent, type Window, windowOf } from '../window.ts';
import {
  type Boundary,
  type BoundaryPosition,
  isBeforeFirstRow,
  isOffsetKnown,
  isOfNewestSecond,
  locateBoundary,
  offsetOf,
} from './locate-boundary.ts';
import { realign, realignFromCache, windowOnOnePage } from './realign.ts';
import type { RealignBudget } from './realign-budget.ts';

/** Maximum number of reads of the end of a changing list, and of pages without a usable row. */
const MAX_READS = 8;

/** A `knownSince` later than any range, so that no range counts as newer than the cursor. */
const NEVER = Number.POSITIVE_INFINITY as MonotonicMs;

/** The boundaries between which rows are requested. */
export interface SliceBounds {
  /** Only rows after this. */
  readonly from?: Boundary | undefined;
  /** Only rows before this. */
  readonly to?: Boundary | undefined;
}

/**
 * Reads slices of a list from cursors, and re-aligns a cursor whose row has moved. A list at rest costs the pages that hold the rows,
 * which also prove that nothing has moved. docs/cursors.md has the proof.
 */
export class AlignedList<List extends string, Row extends ListRow> {
  readonly #reader: ListReader<List, Row>;
  readonly #budget: RealignBudget;

  /** @param budget for calls beyond those of a list at rest */
  constructor(reader: ListReader<List, Row>, budget: RealignBudget = reader.realignBudget) {
    this.#reader = reader;
    this.#budget = budget;
  }

  /** Reads the rows of an extent between two boundaries. @throws UpstreamError */
  async slice(extent: Extent, { from, to }: SliceBounds): Promise<Slice<Row>> {
    const [base, stop] = extent.from === 'start' ? [from, to] : [to, from];
    if (extent.rows === 0) return this.#emptySlice(base, extent);
    const cut = (found: Slice<Row>) =>
      stop === undefined ? found : cutAt(found, this.#withoutAge(stop), extent);
    let slice: Slice<Row>;
    if (base !== undefined) {
      slice = cut(await this.#fromBoundary(extent, base, stop));
    } else {
      // A search reads whole pages, so an expected stop would save nothing.
      const expected = extent.isPartEnough ? undefined : stop;
      slice = cut(await this.#fromEdge(extent, expected));
      const hasMoved = expected !== undefined && slice.total !== expected.anchor.total;
      // From the end, rows are read up to the present end of the list.
      const isLimited = extent.from === 'start' && hasMoved && offsetOf(expected) < extent.rows;
      if (slice.partial && isLimited) slice = cut(await this.#beyondExpected(extent, slice));
    }
    return this.#skipUnusable(slice, extent, cut);
  }

  /** An empty slice at the boundary's old offset: without rows it need not be re-aligned. */
  async #emptySlice(base: Boundary | undefined, extent: Extent): Promise<Slice<Row>> {
    const total = await this.#reader.total();
    const edge = extent.from === 'start' ? 0 : total;
    const start = Math.min(base === undefined ? edge : offsetOf(base), total);
    return clip<Row>(emptyRange(start, total), { start, end: start });
  }

  /**
   * Reads from the start of the list, or from its end, whose offset must be determined first.
   *
   * @param stop where the rows are expected to end, so that no rows beyond are read; undefined if this is unknown
   */
  async #fromEdge(extent: Extent, stop: Boundary | undefined): Promise<Slice<Row>> {
    const hint = stop && totalOf(stop);
    const known = hint === undefined ? undefined : stop;
    if (extent.from === 'start') {
      const window = windowOf(extent, { before: known && offsetOf(known) }, hint ?? Number.POSITIVE_INFINITY);
      const range = await this.#reader.read(this.#withStop(window, stop), extent.from, this.#budget);
      return clip(range, windowAt(extent, 0, knownListEnd(range)));
    }
    const total = hint ?? (await this.#reader.total());
    const window = windowOf(extent, { after: known && offsetOf(known) - 1 }, total);
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
      const newer = await this.#reader.readAround(window, extent.from, monotonicNow(), this.#budget);
      if (newer === undefined) break;
      range = newer;
      if (holdsWindow(range, windowAt(extent, range.total, range.total))) break;
    }
    return clip(range, windowAt(extent, Math.min(endOf(range), knownListEnd(range)), knownListEnd(range)));
  }

  /** Reads from the start of the list again, beyond the expected stop, which has moved down. */
  async #beyondExpected(extent: Extent, seen: Slice<Row>): Promise<Slice<Row>> {
    const windowIn = (range: RowRange<Row>) => windowAt(extent, 0, knownListEnd(range));
    const range = await this.#reader.reread(windowIn(seen), extent.from, seen.sentAt, this.#budget);
    return range === undefined ? seen : clip(range, windowIn(range));
  }

  /** Reads from a boundary: first at its old offset, where the rows prove whether it has moved, then by re-alignment. */
  async #fromBoundary(extent: Extent, base: Boundary, stop: Boundary | undefined): Promise<Slice<Row>> {
    const place = offsetOf(base);
    const total = totalOf(base);
    // Offsets of another state of the list are not comparable; rows beyond the stop are cut off afterwards. If this request has read the
    // base, it is of a later state than the stop, and an equal length proves nothing: as many rows may have come in as were deleted.
    const areComparable = base.knownSince === undefined && total !== undefined && stop !== undefined;
    const limit = areComparable && totalOf(stop) === total ? stop : undefined;
    if (limit !== undefined && areCrossed(extent, base, limit)) return this.#emptySlice(base, extent);
    const bounds = extent.from === 'start' ? boundsOf(base, limit) : boundsOf(limit, base);
    const requested = windowOf(extent, bounds, total ?? Number.POSITIVE_INFINITY);
    const window = isOffsetKnown(base.anchor)
      ? this.#withOwnRow(requested, base, extent)
      : windowOnOnePage(extent, place, this.#reader.maxPageSize);
    const unmoved = (range: RowRange<Row>, position: BoundaryPosition): Slice<Row> | undefined => {
      if (position.kind !== 'at' || position.offset !== place) return undefined;
      if (!position.isSure && !isNewestFirst(range.rows)) return undefined;
      const rows = range.total === total ? requested : windowAt(extent, place, knownListEnd(range));
      const isEnough = holdsWindow(range, rows) || (extent.isPartEnough && startsWindow(range, rows, extent));
      return isEnough ? clip(range, rows) : undefined;
    };
    const read = await this.#reader.read(window, extent.from, this.#budget);
    const ageless = this.#withoutAge(base);
    const position = locateBoundary(read, ageless, extent.from);
    const cached = unmoved(read, position) ?? realignFromCache(this.#reader, extent, ageless, read);
    if (cached !== undefined) return cached;
    const { range, boundary } = await this.#newEnough(read, position, window, extent, base);
    return (
      unmoved(range, locateBoundary(range, boundary, extent.from)) ??
      realign(this.#reader, this.#budget, extent, boundary, range)
    );
  }

  /**
   * Reads a window again if its rows may be older than the cursor and do not show the boundary: only newer rows can prove its position.
   *
   * @param position of the boundary in the range, whatever its age
   */
  async #newEnough(
    range: RowRange<Row>,
    position: BoundaryPosition,
    window: Window,
    { from }: Extent,
    base: Boundary,
  ): Promise<{ range: RowRange<Row>; boundary: Boundary }> {
    const { knownSince: madeAt = this.#reader.startedAt } = base;
    if (position.kind === 'at') return { range, boundary: { ...base, knownSince: madeAt } };
    const knownSince = await this.#reader.cursorKnownSince(base.anchor, madeAt);
    const newer =
      range.sentAt < knownSince
        ? await this.#reader.reread(window, from, knownSince, this.#budget)
        : undefined;
    return { range: newer ?? range, boundary: { ...base, knownSince } };
  }

  /** A boundary that no cached range counts as newer than, so that only proofs independent of age are used. */
  #withoutAge(boundary: Boundary): Boundary {
    return this.#reader.isCached ? { ...boundary, knownSince: NEVER } : boundary;
  }

  /**
   * Extends a window by the boundary's own row, which proves that nothing has moved.
   *
   * - Required on backward walks, and if times cannot be used.
   * - Optional, only if it costs no extra call: if the rows may be older than the cursor, if the cursor lacks some neighbours of its
   *   second, and in the newest second, where rows may be inserted that no neighbour key distinguishes.
   * - Impossible for the position before the first row.
   */
  #withOwnRow(window: Window, base: Boundary, { from }: Extent): Window {
    const { anchor } = base;
    if (isBeforeFirstRow(base) || anchor.offset < 0) return window;
    if (from === 'end') return { start: window.start, end: anchor.offset + 1 };
    const extended = { start: Math.min(anchor.offset, window.start), end: window.end };
    if (!anchor.ordered) return extended;
    if (!this.#reader.isCached && anchor.neighbours.complete && !isOfNewestSecond(anchor)) return window;
    return this.#reader.pagesOf(extended) > this.#reader.pagesOf(window) ? window : extended;
  }

  /** Extends a window by the stop's own row if that costs no extra call: it proves that the rows before it are complete. */
  #withStop(window: Window, stop: Boundary | undefined): Window {
    if (stop === undefined || window.end !== stop.anchor.offset) return window;
    const extended = { start: window.start, end: window.end + 1 };
    return this.#reader.pagesOf(extended) > this.#reader.pagesOf(window) ? window : extended;
  }

  /**
   * Reads on from a page without a usable row, which would leave the client without a cursor to continue from.
   *
   * @param cut removes the rows beyond the stop
   */
  async #skipUnusable(
    slice: Slice<Row>,
    extent: Extent,
    cut: (slice: Slice<Row>) => Slice<Row>,
  ): Promise<Slice<Row>> {
    let found = slice;
    for (let reads = 0; reads < MAX_READS && !isUsable(found) && !found.endsAtStop; reads++) {
      const edge = extent.from === 'start' ? endOf(found) : found.start;
      const window = windowAt({ ...extent, rows: this.#reader.maxPageSize }, edge, found.listEnd);
      if (window.start === window.end) break;
      const more = await this.#reader.reread(window, extent.from, monotonicNow(), this.#budget);
      if (more === undefined) break;
      const range = clip(more, window);
      const usable =
        extent.from === 'start' ? range.rows.findIndex(Boolean) : range.rows.findLastIndex(Boolean) + 1;
      const isBlank = !range.rows.some(Boolean);
      found = cut(isBlank ? range : clip(range, windowAt(extent, range.start + usable, range.listEnd)));
    }
    return found;
  }
}

/** Whether the slice is empty or has a usable row, whose cursor the client can continue from. */
function isUsable({ rows }: Slice): boolean {
  return rows.length === 0 || rows.some(Boolean);
}

/** Length of the list when the cursor was made; undefined if the cursor's position in a list of that length is unknown. */
function totalOf({ anchor }: Boundary): number | undefined {
  return isOffsetKnown(anchor) ? anchor.total : undefined;
}

function areCrossed({ from }: Extent, base: Boundary, stop: Boundary): boolean {
  return from === 'start' ? offsetOf(base) >= offsetOf(stop) : offsetOf(stop) >= offsetOf(base);
}

function boundsOf(from: Boundary | undefined, to: Boundary | undefined): Bounds {
  return { after: from && offsetOf(from) - 1, before: to && offsetOf(to) };
}

/** Removes the rows beyond the stop from a slice. */
function cutAt<Row extends ListRow>(slice: Slice<Row>, stop: Boundary, { from }: Extent): Slice<Row> {
  const end = endOf(slice);
  const position = locateBoundary(slice, stop, from === 'start' ? 'end' : 'start');
  let place = Math.min(Math.max(offsetOf(stop), slice.start), end);
  const isAt = position.kind === 'at' && !(position.isByChance && slice.total === stop.anchor.total);
  if (isAt) place = position.offset;
  if (position.kind === 'above') place = slice.start;
  if (position.kind === 'below') place = end;
  if (position.kind === 'between') place = Math.min(Math.max(offsetOf(stop), position.from), position.to);
  const kept = clip(slice, from === 'start' ? { start: slice.start, end: place } : { start: place, end });
  // A stop at the edge of the slice counts too: no further rows are requested.
  const endsAtStop = isAt || (from === 'start' ? place < end : place > slice.start);
  return {
    ...kept,
    listEnd: slice.listEnd,
    partial: slice.partial && !endsAtStop,
    endsAtStop,
  };
}
