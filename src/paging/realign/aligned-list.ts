import type { Observer } from '../../observer.ts';
import { MAX_PAGE_SIZE } from '../../paging/cover.ts';
import { type Bounds, type Extent, type Window, windowOf } from '../../paging/window.ts';
import type { JobType } from '../../upstream/ims.ts';
import type { PageLoader } from '../page-loader.ts';
import { emptySpan, endOf, holdsWindow, listEndOf, type Span } from '../span.ts';
import { type Boundary, gapIn, isNowhere, isOfNewestSecond, placeOf } from './gap.ts';
import { PageReader } from './page-reader.ts';
import { search, searchCached } from './search.ts';
import type { SearchBudget } from './search-budget.ts';
import { cutAt, type Slice, take, windowAt } from './slice.ts';

/** Reads of the end of a list that moves, or of pages without a usable row, before what is there is taken. */
const MAX_READS = 8;

/** Between which places of a list rows are wanted. */
export interface SliceBounds {
  /** Only rows after this. */
  readonly from?: Boundary | undefined;
  /** Only rows before this. */
  readonly to?: Boundary | undefined;
}

/**
 * One upstream list whose rows are found by what stands beside them, wherever they have moved to. A list at rest costs
 * the pages that hold the rows, and these prove by themselves that nothing has moved; only a list that moved costs more.
 * docs/cursors.md has the proof.
 */
export class AlignedList {
  readonly type: JobType;
  readonly reader: PageReader;
  readonly observer: Observer;
  readonly #pages: PageLoader;

  /** @param budget pays for the calls of a list that moved */
  constructor(type: JobType, pages: PageLoader, budget: SearchBudget) {
    this.type = type;
    this.#pages = pages;
    this.reader = new PageReader(type, pages, budget);
    this.observer = pages.observer;
  }

  /** When the request began, in milliseconds of `performance.now()`. */
  get startedAt(): number {
    return this.#pages.startedAt;
  }

  /** @throws UpstreamError */
  async slice(extent: Extent, { from, to }: SliceBounds): Promise<Slice> {
    const [base, stop] = extent.from === 'start' ? [from, to] : [to, from];
    if (extent.rows === 0) return this.#nothing(base, extent);
    const found = await (base === undefined
      ? this.#fromEdge(extent, stop)
      : this.#fromBoundary(extent, base, stop));
    const slice = stop === undefined ? found : cutAt(found, this.#cautious(stop), extent);
    return isUsable(slice) ? slice : this.#pastUnusable(slice, extent);
  }

  /** No rows, where the cursor says: it makes no difference whether they would still be there. */
  async #nothing(base: Boundary | undefined, extent: Extent): Promise<Slice> {
    const total = await this.reader.total();
    const edge = extent.from === 'start' ? 0 : total;
    const start = Math.min(base === undefined ? edge : placeOf(base), total);
    return take(emptySpan(start, total), { start, end: start });
  }

  /** From the start of the list, or from its end, which has to be found first. */
  async #fromEdge(extent: Extent, stop: Boundary | undefined): Promise<Slice> {
    const hint = stop && totalOf(stop);
    if (extent.from === 'start') {
      const window = windowOf(extent, { before: stop && placeOf(stop) }, hint ?? Number.POSITIVE_INFINITY);
      const span = await this.reader.read(window, extent.from);
      return take(span, windowAt(extent, 0, listEndOf(span)));
    }
    const total = hint ?? (await this.reader.total());
    const window = windowOf(extent, { after: stop && placeOf(stop) - 1 }, total);
    let span = await this.reader.read(window, extent.from);
    let expected = total;
    for (let reads = 1; reads < MAX_READS && span.total !== expected; reads++) {
      const room = Math.min(Math.abs(span.total - expected), MAX_PAGE_SIZE - extent.rows);
      expected = span.total;
      const { start } = windowAt(extent, expected, expected);
      const window = { start, end: expected + room };
      const younger = await this.reader.readAround(window, extent.from, performance.now());
      if (younger === undefined) break;
      span = younger;
      if (endOf(span) >= span.total && holdsWindow(span, windowAt(extent, span.total, span.total))) break;
    }
    return take(span, windowAt(extent, Math.min(endOf(span), listEndOf(span)), listEndOf(span)));
  }

  /** On from a boundary. First where it was; the rows that are there tell whether it still is. */
  async #fromBoundary(extent: Extent, base: Boundary, stop: Boundary | undefined): Promise<Slice> {
    const place = placeOf(base);
    const total = totalOf(base);
    // A place in another state of the list says nothing about this one; what lies beyond it is cut off afterwards.
    const limit = stop?.anchor.total === total ? stop : undefined;
    if (limit !== undefined && areCrossed(extent, base, limit)) return this.#nothing(base, extent);
    const bounds = extent.from === 'start' ? boundsOf(base, limit) : boundsOf(limit, base);
    const wanted = windowOf(extent, bounds, total ?? Number.POSITIVE_INFINITY);
    const window = this.#withOwnRow(wanted, base, extent);
    const asItWas = (span: Span, boundary: Boundary): Slice | undefined => {
      const gap = gapIn(span, boundary, extent.from);
      if (gap.kind !== 'at' || gap.offset !== place) return undefined;
      const there = span.total === total ? wanted : windowAt(extent, place, listEndOf(span));
      return holdsWindow(span, there) ? take(span, there) : undefined;
    };
    const read = await this.reader.read(window, extent.from);
    if (!this.#pages.isShared) {
      const { knownSince: _, ...boundary } = base;
      return asItWas(read, boundary) ?? search(this, extent, boundary, read);
    }
    const cautious = this.#cautious(base);
    const cached = asItWas(read, cautious) ?? searchCached(this, extent, cautious, read);
    if (cached !== undefined) return cached;
    const { span, boundary } = await this.#youngEnough(read, window, extent, base);
    return asItWas(span, boundary) ?? search(this, extent, boundary, span);
  }

  /** Rows that do not show where the boundary is prove something only when they are younger than the cursor. */
  async #youngEnough(
    span: Span,
    window: Window,
    { from }: Extent,
    base: Boundary,
  ): Promise<{ span: Span; boundary: Boundary }> {
    const { knownSince: madeAt = this.startedAt } = base;
    if (gapIn(span, this.#cautious(base), from).kind === 'at')
      return { span, boundary: { ...base, knownSince: madeAt } };
    const knownSince = await this.#pages.cursorKnownSince(this.type, base.anchor, madeAt);
    const younger = span.sentAt < knownSince ? await this.reader.reread(window, from, knownSince) : undefined;
    return { span: younger ?? span, boundary: { ...base, knownSince } };
  }

  /** A boundary for which every span at hand may be too old. */
  #cautious(boundary: Boundary): Boundary {
    return this.#pages.isShared ? { ...boundary, knownSince: Number.POSITIVE_INFINITY } : boundary;
  }

  /**
   * Takes the boundary's own row along where only that can show that nothing moved: backwards, and where times cannot be
   * used. Where it merely makes sure it must not cost a call: among more rows of one second than the cursor has marks, in
   * the newest second, in which jobs may still come in that no mark tells from those below, and where the rows may be
   * older than the cursor. A row above the first one there is cannot be read: a list whose top was deleted leaves such.
   */
  #withOwnRow(window: Window, base: Boundary, { from }: Extent): Window {
    const { anchor, side } = base;
    if (isNowhere(base) || anchor.offset < 0) return window;
    if (from === 'end') return side === 'before' ? { start: window.start, end: anchor.offset + 1 } : window;
    const along = { start: Math.min(anchor.offset, window.start), end: window.end };
    if (!anchor.ordered) return along;
    if (!this.#pages.isShared && anchor.marks.complete && !isOfNewestSecond(anchor)) return window;
    return this.reader.pagesOf(along) > this.reader.pagesOf(window) ? window : along;
  }

  /** A page on which no row can be used would leave a caller without a cursor to go on from: goes on until one can. */
  async #pastUnusable(slice: Slice, extent: Extent): Promise<Slice> {
    let found = slice;
    for (let reads = 0; reads < MAX_READS && !isUsable(found); reads++) {
      const edge = extent.from === 'start' ? endOf(found) : found.start;
      const window = windowAt({ ...extent, rows: MAX_PAGE_SIZE }, edge, found.listEnd);
      if (window.start === window.end) break;
      const more = await this.reader.reread(window, extent.from, performance.now());
      if (more === undefined) break;
      const span = take(more, window);
      const usable =
        extent.from === 'start' ? span.rows.findIndex(Boolean) : span.rows.findLastIndex(Boolean) + 1;
      found = span.rows.some(Boolean)
        ? take(span, windowAt(extent, span.start + usable, span.listEnd))
        : span;
    }
    return found;
  }
}

/** Whether a caller gets a cursor to go on from, or needs none. */
function isUsable({ rows }: Slice): boolean {
  return rows.length === 0 || rows.some(Boolean);
}

/** How long the list was when the cursor was made; undefined where that cannot be true, since the row lay beyond it. */
function totalOf({ anchor }: Boundary): number | undefined {
  return anchor.total > anchor.offset ? anchor.total : undefined;
}

function areCrossed({ from }: Extent, base: Boundary, stop: Boundary): boolean {
  return from === 'start' ? placeOf(base) >= placeOf(stop) : placeOf(stop) >= placeOf(base);
}

function boundsOf(from: Boundary | undefined, to: Boundary | undefined): Bounds {
  return { after: from && placeOf(from) - 1, before: to && placeOf(to) };
}
