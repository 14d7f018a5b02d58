import { around, cover, grid, MAX_PAGE_SIZE, type PageRef, rowsOf } from '../../paging/cover.ts';
import type { Extent, Window } from '../../paging/window.ts';
import type { JobType } from '../../upstream/ims.ts';
import type { PageLoader, StaleSpans } from '../page-loader.ts';
import { emptySpan, endOf, join, type Span } from '../span.ts';
import { type SearchBudget, withinBudget } from './search-budget.ts';

/** Reads one page, requested no earlier than `since`. */
type PageSource = (page: PageRef, since: number | undefined) => Promise<Span>;

/** Times that two pages are read before a list that changes between them is answered with one of them. */
const MAX_JOINS = 2;

/** Reads windows of one list as spans of one state. */
export class PageReader {
  readonly #type: JobType;
  readonly #pages: PageLoader;
  readonly #budget: SearchBudget;

  /** @param budget pays for every read but the first one of a window */
  constructor(type: JobType, pages: PageLoader, budget: SearchBudget) {
    this.#type = type;
    this.#pages = pages;
    this.#budget = budget;
  }

  /** @throws UpstreamError */
  total(): Promise<number> {
    return this.#pages.total(this.#type);
  }

  /**
   * How many pages a window takes: as few as can be where they are read for this request alone, of the grid where others
   * will want them too.
   */
  pagesOf(window: Window): number {
    return (this.#pages.isShared ? grid(window) : cover(window)).length;
  }

  /**
   * A page off the grid does for two, where a window lies across a line of the grid and nothing of its upper page is at
   * hand. Backwards it is also taken where most of the page on the grid lies behind: each page has to show the row that the
   * walk comes from, so it can never begin at a line.
   */
  #pagesFor(window: Window, from: Extent['from']): PageRef[] {
    if (!this.#pages.isShared) return cover(window);
    const pages = grid(window);
    const [first] = pages;
    if (first === undefined) return pages;
    const isAcross = pages.length > 1;
    const isBehind = from === 'end' && window.start - rowsOf(first).start < MAX_PAGE_SIZE / 2;
    if (!isAcross && !isBehind) return pages;
    const firstRow = { start: window.start, end: window.start + 1 };
    const single = isAcross && this.#pages.holds(this.#type, firstRow) ? undefined : around(window, from);
    return single === undefined ? pages : [single];
  }

  /**
   * The rows of a window at the least number of calls, with those of its pages that lie around it. Of a window that needs
   * two pages only one comes back when the list does not stand still between them: the one at the end asked for.
   *
   * @param from the end of the window that matters most
   * @throws UpstreamError
   */
  async read(window: Window, from: Extent['from']): Promise<Span> {
    const held = this.held(window);
    if (held !== undefined) return held;
    const unpaid: PageSource = (page, since) => this.#pages.page(this.#type, page, since);
    return this.#orStale(window, undefined, () => this.#readPages(window, from, undefined, unpaid));
  }

  /**
   * As {@link read}, of rows requested from the upstream no earlier than `since`, in milliseconds of `performance.now()`;
   * undefined when that takes more calls than the budget has left.
   *
   * @throws UpstreamError
   */
  reread(window: Window, from: Extent['from'], since: number): Promise<Span | undefined> {
    return withinBudget(() =>
      this.#orStale(window, since, () => this.#readPages(window, from, since, this.#paidPage)),
    );
  }

  /** As {@link reread}, with as much around the window as one page has room for: rows are cheaper than calls. */
  async readAround(window: Window, from: Extent['from'], since: number): Promise<Span | undefined> {
    const page = around(window);
    return page === undefined
      ? this.reread(window, from, since)
      : withinBudget(() => this.#paidPage(page, since));
  }

  /** A cached span that holds the window, at no call. */
  held(window: Window): Span | undefined {
    return this.#pages.held(this.#type, window);
  }

  readonly #paidPage: PageSource = (page, since) => this.#pages.page(this.#type, page, since, this.#budget);

  #orStale(window: Window, since: number | undefined, read: () => Promise<Span>): Promise<Span> {
    return this.#pages.orStale(
      `${this.#type}/${Math.floor(window.start / MAX_PAGE_SIZE)}`,
      read,
      (spanOf) => {
        const span = this.#stale(window, spanOf);
        return span !== undefined && (since === undefined || span.sentAt >= since) ? span : undefined;
      },
    );
  }

  /** @param pageOf reads the pages; the budget pays for reading them once more */
  async #readPages(
    window: Window,
    from: Extent['from'],
    since: number | undefined,
    pageOf: PageSource,
  ): Promise<Span> {
    const [first, second] = this.#pagesFor(window, from);
    if (first === undefined) return emptySpan(window.start, await this.total());
    const upper = await pageOf(first, since);
    if (second === undefined || upper.last) return upper;
    // One after the other: only rows that were read later can prove that nothing moved in between.
    let pair = { upper, lower: await pageOf(second, upper.answeredAt) };
    for (let joins = 1; ; joins++) {
      const joined = join(pair.upper, pair.lower);
      if (joined !== undefined) return joined;
      const again = joins === MAX_JOINS ? undefined : await this.#rereadPair(first, second);
      if (again === undefined) return from === 'start' ? pair.upper : pair.lower;
      pair = again;
    }
  }

  #rereadPair(first: PageRef, second: PageRef): Promise<{ upper: Span; lower: Span } | undefined> {
    return withinBudget(async () => {
      const upper = await this.#paidPage(first, performance.now());
      return { upper, lower: await this.#paidPage(second, upper.answeredAt) };
    });
  }

  /** Of two pages, the lower one has to be the younger also here. */
  #stale(window: Window, spanOf: StaleSpans): Span | undefined {
    const whole = spanOf(this.#type, window);
    if (whole !== undefined) return whole;
    const upper = spanOf(this.#type, { start: window.start, end: window.start + 1 });
    const lower = spanOf(this.#type, { start: window.end - 1, end: window.end });
    if (upper === undefined || lower === undefined) return undefined;
    const areInOrder = lower.sentAt >= upper.answeredAt && lower.start <= endOf(upper);
    return areInOrder ? join(upper, lower) : undefined;
  }
}
