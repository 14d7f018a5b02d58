import process from 'node:process';
import { type MonotonicMs, monotonicNow } from '../clock.ts';
import { inBackground } from '../guarded.ts';
import type { RealignmentEvent } from '../observer.ts';
import type { Calls } from './call-budget.ts';
import { type Caller, type Freshness, tracedRead } from './caller.ts';
import { around, cover, farthestPage, grid, type PageRef, pageKey, rowsOf } from './cover.ts';
import type { Anchor } from './cursor.ts';
import { rowNameOf } from './page-cache.ts';
import type { CachedLookups, ListDefinition, ListObserver, RowSource, TimedTotal } from './page-source.ts';
import { RealignBudget, withinBudget } from './realign/realign-budget.ts';
import { emptyRange, endOf, joinRanges, type ListRow, type RowRange } from './row-range.ts';
import type { Extent, Window } from './window.ts';

const FIRST_ROW: PageRef = { pageNo: 1, pageSize: 1 };

/** The list readers of one request, one for each list. Must not outlive the request, because they never expire what they have read. */
export class ListReaders<List extends string, Row extends ListRow> {
  readonly source: RowSource<List, Row>;
  readonly freshness: Freshness;
  readonly caller: Caller | undefined;
  /** When the request began. Its cursors were made earlier, so pages requested from now on are newer than all of them. */
  readonly startedAt: MonotonicMs = monotonicNow();
  readonly #readers = new Map<List, ListReader<List, Row>>();
  #inFlight = 0;
  #idle: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  constructor(source: RowSource<List, Row>, freshness: Freshness, caller?: Caller) {
    this.source = source;
    this.freshness = freshness;
    this.caller = caller;
  }

  /** Creates a separate reader that shares the pages of the request and takes its calls from a call budget. */
  withBudget(list: List, calls: Calls): ListReader<List, Row> {
    return new ListReader(list, this, this.of(list), calls);
  }

  of(list: List): ListReader<List, Row> {
    let reader = this.#readers.get(list);
    if (reader === undefined) {
      reader = new ListReader(list, this);
      this.#readers.set(list, reader);
    }
    return reader;
  }

  /** Counts a read as in flight until it ends, for {@link idle}. */
  track<Value>(read: Promise<Value>): Promise<Value> {
    this.#inFlight++;
    const ended = () => {
      if (--this.#inFlight === 0) this.#idle?.resolve();
    };
    read.then(ended, ended);
    return read;
  }

  /**
   * Resolves when no read of this request is in flight, so that follow-up reads of all rows can be batched. Waits for at most half of the
   * time until the deadline, so that a read that hangs leaves time for the follow-up reads of the others.
   */
  async idle(): Promise<void> {
    if (this.#inFlight === 0) return;
    this.#idle ??= this.#untilIdle();
    await this.#idle.promise;
  }

  #untilIdle() {
    const idle = Promise.withResolvers<void>();
    const { resolve } = idle;
    const { deadlineAt } = this.caller ?? {};
    const timer = deadlineAt && setTimeout(resolve, Math.max(0, deadlineAt - monotonicNow()) / 2);
    const over = () => {
      clearTimeout(timer);
      this.#idle = undefined;
    };
    idle.promise.then(over);
    return idle;
  }

  /** Finds a row that this request has read; always undefined with a cache, which has the row instead. */
  find(id: string): { readonly row: Row; readonly sentAt: MonotonicMs } | undefined {
    return [...this.#readers.values()].map((reader) => reader.find(id)).find(Boolean);
  }
}

/**
 * Reads windows of one list for one request. The rows of a range are all from one state of the list. Equal pages and totals cost one
 * upstream call.
 */
export class ListReader<List extends string, Row extends ListRow> {
  readonly list: List;
  readonly observer: ListObserver;
  readonly definition: ListDefinition<List, Row>;
  /** See {@link ListReaders.startedAt}. */
  readonly startedAt: MonotonicMs;
  /** Budget for re-alignment, shared by all cursors of the request into this list. */
  readonly realignBudget = new RealignBudget();
  /** Whether pages are cached beyond the request. Then pages of the grid are preferred, because other requests read them too. */
  readonly isCached: boolean;
  readonly #source: RowSource<List, Row>;
  readonly #cache: CachedLookups<List, Row> | undefined;
  readonly #freshness: Freshness;
  readonly #caller: Caller | undefined;
  readonly #calls: Calls | undefined;
  readonly #pages: Map<string, Promise<RowRange<Row>>>;
  #total: Promise<TimedTotal> | undefined;
  /** The page requested last, while it is in flight. */
  #inFlight: Promise<RowRange<Row>> | undefined;
  /** All ranges that were read; empty with a cache. */
  readonly #ranges: RowRange<Row>[];

  /**
   * @param pages reader whose pages are shared
   * @param calls call budget; undefined for no limit besides that of the call plan
   */
  constructor(
    list: List,
    { source, freshness, caller, startedAt }: ListReaders<List, Row>,
    pages?: ListReader<List, Row>,
    calls?: Calls,
  ) {
    this.#pages = pages === undefined ? new Map() : pages.#pages;
    this.#ranges = pages === undefined ? [] : pages.#ranges;
    this.#calls = calls;
    this.list = list;
    this.startedAt = startedAt;
    this.observer = source.observer;
    this.definition = source.definition;
    this.#source = source;
    this.#cache = source.cache;
    this.isCached = source.cache !== undefined;
    this.#freshness = freshness;
    this.#caller = caller;
  }

  /** Whether the list is ordered by creation time, so that times can locate rows. */
  get hasTimes(): boolean {
    return this.definition.order === 'newest first';
  }

  get maxPageSize(): number {
    return this.definition.maxPageSize;
  }

  /** Length of the list at its last read, however long ago: an estimate for planning reads. */
  get lastTotal(): number | undefined {
    return this.#source.lastTotal(this.list);
  }

  /** Reports the re-alignment of a cursor whose row had moved. */
  realigned(event: Pick<RealignmentEvent, 'reads' | 'outcome'>): void {
    this.observer.realigned({ row: rowNameOf(this.definition), type: this.list, ...event });
  }

  /** Reads the length of the list. Costs no extra call if a page of the list is in flight. @throws UpstreamError */
  async total(): Promise<number> {
    const cached = this.#cache?.cachedTotal(this.list);
    if (cached !== undefined) {
      this.observer.cacheRead('total', 'hit');
      return this.#used(cached).total;
    }
    const known = await this.#orStale(
      `total/${this.list}`,
      (cache) => cache.staleTotal(this.list),
      () => {
        this.#total ??= this.#readTotal();
        return this.#total;
      },
    );
    return this.#used(known).total;
  }

  /** Number of pages that cover a window: of the grid with a cache, otherwise the fewest. */
  pagesOf(window: Window): number {
    return (this.isCached ? grid : cover)(window, this.maxPageSize).length;
  }

  /** A fresh cached range that holds the window; undefined on a miss. */
  cached(window: Window): RowRange<Row> | undefined {
    const range = this.#cache?.cachedRange(this.list, window);
    if (range === undefined) return undefined;
    this.observer.cacheRead('page', 'hit');
    return this.#used(range);
  }

  /**
   * Reads a window with the fewest calls. The range includes all rows of its pages. If a window needs several pages and the list changes
   * between them, even on a second attempt, the range has only the rows at the `from` end.
   *
   * @param from the end of the window that must be in the range
   * @param budget for the second attempt
   * @throws UpstreamError
   */
  async read(window: Window, from: Extent['from'], budget: RealignBudget): Promise<RowRange<Row>> {
    return this.cached(window) ?? this.#readOrStale(window, from, undefined, budget);
  }

  /** As {@link read}, for rows requested at `since` or later; undefined if the budget is spent. */
  reread(
    window: Window,
    from: Extent['from'],
    since: MonotonicMs,
    budget: RealignBudget,
  ): Promise<RowRange<Row> | undefined> {
    return withinBudget(() => this.#readOrStale(window, from, since, budget));
  }

  /** As {@link reread}, with the largest page around the window, because further rows cost no call. */
  async readAround(
    window: Window,
    from: Extent['from'],
    since: MonotonicMs,
    budget: RealignBudget,
  ): Promise<RowRange<Row> | undefined> {
    const page = around(window, this.maxPageSize);
    return page === undefined
      ? this.reread(window, from, since, budget)
      : withinBudget(() => this.#page(page, since, budget));
  }

  /** Records that a cursor was made from rows that had arrived at `at`. */
  cursorMade(anchor: Anchor, at: MonotonicMs): void {
    this.#cache?.cursorMade(this.list, anchor, at);
  }

  /**
   * Latest possible time at which a cursor was made: rows requested later are newer than the cursor.
   *
   * @param receivedAt when the cursor was received, the default without a cache
   */
  cursorKnownSince(anchor: Anchor, receivedAt: MonotonicMs): MonotonicMs | Promise<MonotonicMs> {
    return this.#cache?.cursorKnownSince(this.list, anchor, receivedAt) ?? receivedAt;
  }

  /** Finds the last read of a row; always undefined with a cache. */
  find(id: string): { readonly row: Row; readonly sentAt: MonotonicMs } | undefined {
    for (const { rows, sentAt } of this.#ranges.toReversed()) {
      const row = rows.find((one) => one?.id === id);
      if (row !== undefined) return { row, sentAt };
    }
    return undefined;
  }

  async #readOrStale(
    window: Window,
    from: Extent['from'],
    since: MonotonicMs | undefined,
    budget: RealignBudget,
  ): Promise<RowRange<Row>> {
    const range = await this.#orStale(
      `${this.list}/${Math.floor(window.start / this.maxPageSize)}`,
      (cache) => {
        const stale = this.#staleRange(cache, window);
        return stale !== undefined && (since === undefined || stale.sentAt >= since) ? stale : undefined;
      },
      () => this.#readPages(window, from, since, budget),
    );
    return this.#used(range);
  }

  #orStale<Value>(
    key: string,
    stale: (cache: CachedLookups<List, Row>) => Value | undefined,
    read: () => Promise<Value>,
  ): Promise<Value> {
    const cache = this.#cache;
    return cache === undefined ? read() : cache.orStale(key, () => stale(cache), read);
  }

  async #readPages(
    window: Window,
    from: Extent['from'],
    since: MonotonicMs | undefined,
    budget: RealignBudget,
  ): Promise<RowRange<Row>> {
    const pages = this.#pagesFor(window, from);
    if (pages.length === 0) return emptyRange(window.start, await this.total());
    // The call plan includes the pages of the first read.
    const paidBy = since === undefined ? undefined : budget;
    const { range, isWhole } = await this.#readInTurn(pages, window, from, since, paidBy);
    if (isWhole) return range;
    const again = await withinBudget(() => this.#readInTurn(pages, window, from, monotonicNow(), budget));
    return (again ?? { range }).range;
  }

  /**
   * Reads pages sequentially, because a page proves only by a later read that nothing moved in between. In a list without times, two
   * pages must share a row to prove it.
   */
  async #readInTurn(
    pages: readonly PageRef[],
    window: Window,
    from: Extent['from'],
    since: MonotonicMs | undefined,
    budget: RealignBudget | undefined,
  ): Promise<{ readonly range: RowRange<Row>; readonly isWhole: boolean }> {
    const [first] = pages;
    // Without times, any cached page with the first row will do, on the grid or off it.
    const { start } = window;
    const cached = this.hasTimes || since !== undefined ? undefined : this.cached({ start, end: start + 1 });
    let range = cached ?? (await this.#page(first as PageRef, since, budget));
    let isWhole = true;
    while (!range.last && endOf(range) < window.end) {
      const lower = await this.#page(this.#pageAfter(range, pages, window), range.answeredAt, budget);
      const joined = joinRanges(range, lower);
      if (joined === undefined) {
        isWhole = false;
        if (from === 'start') break;
      }
      range = joined ?? lower;
    }
    return { range, isWhole };
  }

  #pageAfter(range: RowRange<Row>, pages: readonly PageRef[], { end }: Window): PageRef {
    const goesOn = (page: PageRef | undefined) => page !== undefined && rowsOf(page).end > endOf(range);
    if (!this.hasTimes) {
      const rest = { start: endOf(range) - 1, end };
      const page = around(rest, this.maxPageSize) ?? farthestPage(rest.start, this.maxPageSize);
      if (goesOn(page)) return page;
    }
    return pages.find(goesOn) as PageRef;
  }

  /**
   * Chooses the pages for a window. With a cache they are pages of the grid, except:
   *
   * - If the window crosses a grid line and its upper page is not cached, one page off the grid saves a call.
   * - On a backward walk, each page must include the cursor's row, so that it cannot start at a grid line. If most of the grid page is
   *   below the window, a page off the grid reaches farther ahead.
   */
  #pagesFor(window: Window, from: Extent['from']): PageRef[] {
    const cache = this.#cache;
    const size = this.maxPageSize;
    if (cache === undefined) {
      const fewest = cover(window, size);
      if (this.hasTimes || fewest.length < 2) return fewest;
      // The second page must share a row with this one.
      const first = farthestPage(window.start, size);
      return [first, ...cover({ start: rowsOf(first).end, end: window.end }, size)];
    }
    const pages = grid(window, size);
    const [first] = pages;
    if (first === undefined) return pages;
    const isAcross = pages.length > 1;
    const isMostlyBelow = from === 'end' && window.start - rowsOf(first).start < size / 2;
    if (!isAcross && !isMostlyBelow) return pages;
    const firstRow = { start: window.start, end: window.start + 1 };
    const upper = isAcross ? cache.cachedRange(this.list, firstRow) : undefined;
    // Without times, the cached page is usually off the grid, and continuing on the grid would cost both its pages.
    const isCached = upper !== undefined && (this.hasTimes || upper.start === rowsOf(first).start);
    const single = isCached ? undefined : around(window, size, from);
    return single === undefined ? pages : [single];
  }

  /** A stale range that holds a window. It may be joined from two pages, if the lower one was read after the upper one. */
  #staleRange(cache: CachedLookups<List, Row>, window: Window): RowRange<Row> | undefined {
    const whole = cache.staleRange(this.list, window);
    if (whole !== undefined) return whole;
    const upper = cache.staleRange(this.list, { start: window.start, end: window.start + 1 });
    const lower = cache.staleRange(this.list, { start: window.end - 1, end: window.end });
    if (upper === undefined || lower === undefined) return undefined;
    const areInOrder = lower.sentAt >= upper.answeredAt && lower.start <= endOf(upper);
    return areInOrder ? joinRanges(upper, lower) : undefined;
  }

  /**
   * Reads a page, at most once per request unless a newer one is required.
   *
   * @throws UpstreamError
   * @throws RealignBudgetSpent if the budget is spent
   */
  async #page(page: PageRef, since?: MonotonicMs, budget?: RealignBudget): Promise<RowRange<Row>> {
    const key = pageKey(this.list, page);
    for (;;) {
      const read = this.#pages.get(key) ?? this.#begin(key, page, since, budget);
      const range = await read;
      if (since === undefined || range.sentAt >= since) return this.#used(range);
      // Another field of this request may already have replaced the old page.
      if (this.#pages.get(key) === read) this.#pages.delete(key);
    }
  }

  #begin(key: string, page: PageRef, since?: MonotonicMs, budget?: RealignBudget): Promise<RowRange<Row>> {
    budget?.spend();
    const calls = this.#isCached(page, since) ? undefined : this.#calls;
    calls?.spend();
    const begunAt = monotonicNow();
    const read = this.#readPage(page, since);
    this.#pages.set(key, read);
    this.#inFlight = read;
    const ended = (range?: RowRange<Row>) => {
      if (this.#inFlight === read) this.#inFlight = undefined;
      // The page comes from an earlier call, so no call was made.
      if (range === undefined || range.sentAt >= begunAt) return;
      budget?.refund();
      calls?.refund();
    };
    // The caller of #page handles a failure. The failed call counts.
    inBackground(read.then(ended), () => ended());
    return read;
  }

  /** Whether reading a page costs no call. Only determined if there is a call budget. */
  #isCached(page: PageRef, since: MonotonicMs | undefined): boolean {
    if (this.#calls === undefined) return false;
    const rows = rowsOf(page);
    const range = this.#cache?.cachedRange(this.list, rows);
    return range?.start === rows.start && (since === undefined || range.sentAt >= since);
  }

  async #readPage(page: PageRef, since?: MonotonicMs): Promise<RowRange<Row>> {
    const facts = { 'list.type': this.list, 'list.page': page.pageNo, 'list.page_size': page.pageSize };
    const range = await tracedRead(this.#caller, 'read page', facts, (caller) =>
      this.#source.page(this.list, page, since, caller),
    );
    if (this.#cache === undefined) this.#ranges.push(range);
    return range;
  }

  /** Reads the total, after a tick in which other fields of the operation can start a page that includes it. */
  async #readTotal(): Promise<TimedTotal> {
    await null;
    await new Promise<void>((resolve) => process.nextTick(resolve));
    if (this.#inFlight !== undefined) return this.#inFlight;
    this.#calls?.spend();
    return this.#readPage(FIRST_ROW);
  }

  #used<Read extends { readonly sentAt: MonotonicMs }>(read: Read): Read {
    this.#freshness.used(read.sentAt);
    return read;
  }
}
