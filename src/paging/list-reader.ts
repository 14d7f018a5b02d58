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
import { SearchBudget, withinBudget } from './realign/search-budget.ts';
import { emptyRange, endOf, joinRanges, type ListRow, type RowRange } from './row-range.ts';
import type { Extent, Window } from './window.ts';

const FIRST_ROW: PageRef = { pageNo: 1, pageSize: 1 };

/** The readers of one request, one for each list. A longer life would serve old rows. */
export class ListReaders<List extends string, Row extends ListRow> {
  readonly source: RowSource<List, Row>;
  readonly freshness: Freshness;
  readonly caller: Caller | undefined;
  /** When the request began: its cursors were made before, and a page requested later is younger than any of them. */
  readonly startedAt: MonotonicMs = monotonicNow();
  readonly #readers = new Map<List, ListReader<List, Row>>();
  #underWay = 0;
  #idle: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  constructor(source: RowSource<List, Row>, freshness: Freshness, caller?: Caller) {
    this.source = source;
    this.freshness = freshness;
    this.caller = caller;
  }

  /** A reader of its own that shares the pages of the request, and pays for its calls out of a budget. */
  within(list: List, calls: Calls): ListReader<List, Row> {
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

  /** Counts a read of this request until it ends. */
  track<Value>(read: Promise<Value>): Promise<Value> {
    this.#underWay++;
    const ended = () => {
      if (--this.#underWay === 0) this.#idle?.resolve();
    };
    read.then(ended, ended);
    return read;
  }

  /**
   * Resolves when no read of this request is under way, so that what their rows lead to is read together. Waits for half of
   * the time that the request has left at most: one read that hangs leaves time for what the others lead to.
   */
  async idle(): Promise<void> {
    if (this.#underWay === 0) return;
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

  /** A row that this request has read, where no cache remembers it. */
  find(id: string): { readonly row: Row; readonly sentAt: MonotonicMs } | undefined {
    return [...this.#readers.values()].map((reader) => reader.find(id)).find(Boolean);
  }
}

/** Reads windows of one list for one request, as ranges of one state. Equal pages and totals cost one upstream call. */
export class ListReader<List extends string, Row extends ListRow> {
  readonly list: List;
  readonly observer: ListObserver;
  readonly definition: ListDefinition<List, Row>;
  /** When the request began; see {@link ListReaders.startedAt}. */
  readonly startedAt: MonotonicMs;
  /** The budget that all cursors of the request into this list share. */
  readonly searchBudget = new SearchBudget();
  /** Whether pages outlive the request, so that it pays to read those that other requests will want too. */
  readonly isCached: boolean;
  readonly #source: RowSource<List, Row>;
  readonly #cache: CachedLookups<List, Row> | undefined;
  readonly #freshness: Freshness;
  readonly #caller: Caller | undefined;
  readonly #calls: Calls | undefined;
  readonly #pages: Map<string, Promise<RowRange<Row>>>;
  #total: Promise<TimedTotal> | undefined;
  /** The page that was begun last, while it is being read. */
  #underWay: Promise<RowRange<Row>> | undefined;
  /** What was read, where no cache remembers it. */
  readonly #ranges: RowRange<Row>[];

  /**
   * @param pages whose pages are this reader's too
   * @param calls pays for each call; without it there is no limit but that of the plan of calls
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

  /** Whether creation times tell where a row is. */
  get hasTimes(): boolean {
    return this.definition.order === 'newest first';
  }

  get maxPageSize(): number {
    return this.definition.maxPageSize;
  }

  /** The length of the list when a page of it was last read, however old: good for choosing what to read. */
  get lastTotal(): number | undefined {
    return this.#source.lastTotal(this.list);
  }

  /** Reports a cursor whose place had moved. */
  realigned(event: Pick<RealignmentEvent, 'looks' | 'outcome'>): void {
    this.observer.realigned({ row: rowNameOf(this.definition), type: this.list, ...event });
  }

  /** The length of the list. Costs no call of its own beside a page of the same list. @throws UpstreamError */
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

  /**
   * How many pages a window takes: the fewest that hold it, or without a choice those of the grid where they are cached.
   */
  pagesOf(window: Window): number {
    return (this.isCached ? grid : cover)(window, this.maxPageSize).length;
  }

  /** A cached range that holds the window, at no call. */
  cached(window: Window): RowRange<Row> | undefined {
    const range = this.#cache?.cachedRange(this.list, window);
    if (range === undefined) return undefined;
    this.observer.cacheRead('page', 'hit');
    return this.#used(range);
  }

  /**
   * The rows of a window at the fewest calls, with those of its pages that lie around it. Of a window that needs several
   * pages only those at the end asked for come back when the list does not stand still between them.
   *
   * @param from the end of the window that matters most
   * @param budget pays for reading a window of several pages once more
   * @throws UpstreamError
   */
  async read(window: Window, from: Extent['from'], budget: SearchBudget): Promise<RowRange<Row>> {
    return this.cached(window) ?? this.#readOrStale(window, from, undefined, budget);
  }

  /** As {@link read}, of rows requested no earlier than `since`; undefined when the budget does not allow it. */
  reread(
    window: Window,
    from: Extent['from'],
    since: MonotonicMs,
    budget: SearchBudget,
  ): Promise<RowRange<Row> | undefined> {
    return withinBudget(() => this.#readOrStale(window, from, since, budget));
  }

  /** As {@link reread}, with as much around the window as one page has room for: rows are cheaper than calls. */
  async readAround(
    window: Window,
    from: Extent['from'],
    since: MonotonicMs,
    budget: SearchBudget,
  ): Promise<RowRange<Row> | undefined> {
    const page = around(window, this.maxPageSize);
    return page === undefined
      ? this.reread(window, from, since, budget)
      : withinBudget(() => this.#page(page, since, budget));
  }

  /** Remembers that a cursor was made from rows that had been read by `at`. */
  cursorMade(anchor: Anchor, at: MonotonicMs): void {
    this.#cache?.cursorMade(this.list, anchor, at);
  }

  /** When a cursor that came at `cameAt` had been made at the latest: rows requested since are younger than it. */
  cursorKnownSince(anchor: Anchor, cameAt: MonotonicMs): MonotonicMs | Promise<MonotonicMs> {
    return this.#cache?.cursorKnownSince(this.list, anchor, cameAt) ?? cameAt;
  }

  /** A row that was read, the youngest; undefined also where a cache remembers rows. */
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
    budget: SearchBudget,
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
    budget: SearchBudget,
  ): Promise<RowRange<Row>> {
    const pages = this.#pagesFor(window, from);
    if (pages.length === 0) return emptyRange(window.start, await this.total());
    // The plan of calls counts the pages of the first read.
    const paidBy = since === undefined ? undefined : budget;
    const { range, isWhole } = await this.#readInTurn(pages, window, from, since, paidBy);
    if (isWhole) return range;
    const again = await withinBudget(() => this.#readInTurn(pages, window, from, monotonicNow(), budget));
    return (again ?? { range }).range;
  }

  /**
   * Pages one after the other: only rows that were read later can prove that nothing moved in between. Rows without times
   * prove it only where two pages share one.
   */
  async #readInTurn(
    pages: readonly PageRef[],
    window: Window,
    from: Extent['from'],
    since: MonotonicMs | undefined,
    budget: SearchBudget | undefined,
  ): Promise<{ readonly range: RowRange<Row>; readonly isWhole: boolean }> {
    const [first] = pages;
    // Without times the next page begins on any that holds the row, not only on one of the grid.
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
   * One page off the grid instead of two on it, where the window lies across a line of the grid and its upper page is not
   * cached. Backwards also where most of the page on the grid lies behind: each page has to show the row that the walk comes
   * from, so it can never begin at a line.
   */
  #pagesFor(window: Window, from: Extent['from']): PageRef[] {
    const cache = this.#cache;
    const size = this.maxPageSize;
    if (cache === undefined) {
      const fewest = cover(window, size);
      if (this.hasTimes || fewest.length < 2) return fewest;
      // The next one will begin on this one.
      const first = farthestPage(window.start, size);
      return [first, ...cover({ start: rowsOf(first).end, end: window.end }, size)];
    }
    const pages = grid(window, size);
    const [first] = pages;
    if (first === undefined) return pages;
    const isAcross = pages.length > 1;
    const isBehind = from === 'end' && window.start - rowsOf(first).start < size / 2;
    if (!isAcross && !isBehind) return pages;
    const firstRow = { start: window.start, end: window.start + 1 };
    const upper = isAcross ? cache.cachedRange(this.list, firstRow) : undefined;
    // Rows without times mostly stand on pages off the grid, beside which the grid would cost both its pages.
    const isCached = upper !== undefined && (this.hasTimes || upper.start === rowsOf(first).start);
    const single = isCached ? undefined : around(window, size, from);
    return single === undefined ? pages : [single];
  }

  /** Of two pages, the lower one has to be the younger also here. */
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
   * A page, read at most once by this request unless a younger one is required.
   *
   * @throws UpstreamError
   * @throws SearchBudgetSpent when the call is not in the budget
   */
  async #page(page: PageRef, since?: MonotonicMs, budget?: SearchBudget): Promise<RowRange<Row>> {
    const key = pageKey(this.list, page);
    for (;;) {
      const read = this.#pages.get(key) ?? this.#begin(key, page, since, budget);
      const range = await read;
      if (since === undefined || range.sentAt >= since) return this.#used(range);
      // Another field of this request may have replaced the old page already.
      if (this.#pages.get(key) === read) this.#pages.delete(key);
    }
  }

  #begin(key: string, page: PageRef, since?: MonotonicMs, budget?: SearchBudget): Promise<RowRange<Row>> {
    budget?.take();
    const calls = this.#isCached(page, since) ? undefined : this.#calls;
    calls?.take();
    const begunAt = monotonicNow();
    const read = this.#readPage(page, since);
    this.#pages.set(key, read);
    this.#underWay = read;
    const ended = (range?: RowRange<Row>) => {
      if (this.#underWay === read) this.#underWay = undefined;
      // Read before it was asked for: no call was made.
      if (range === undefined || range.sentAt >= begunAt) return;
      budget?.refund();
      calls?.refund();
    };
    // Whoever reads the page reports its failure; the call was made.
    inBackground(read.then(ended), () => ended());
    return read;
  }

  /** Whether a page takes no call. */
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

  /** Waits for fields of the same operation to begin pages, which bring the total along. */
  async #readTotal(): Promise<TimedTotal> {
    await null;
    await new Promise<void>((resolve) => process.nextTick(resolve));
    if (this.#underWay !== undefined) return this.#underWay;
    this.#calls?.take();
    return this.#readPage(FIRST_ROW);
  }

  #used<Read extends { readonly sentAt: MonotonicMs }>(read: Read): Read {
    this.#freshness.used(read.sentAt);
    return read;
  }
}
