import { around, cover, grid, MAX_PAGE_SIZE, type PageRef, rowsOf } from '../../paging/cover.ts';
import type { Extent, Window } from '../../paging/window.ts';
import type { JobType } from '../../upstream/ims.ts';
import type { PageLoader, StaleSpans } from '../page-loader.ts';
import { emptySpan, endOf, join, type Span } from '../span.ts';

/** Times that two pages are read before a list that changes between them is answered with one of them. */
const MAX_JOINS = 2;

/** Reads windows of one list as spans of one state. */
export class PageReader {
  readonly #type: JobType;
  readonly #pages: PageLoader;

  constructor(type: JobType, pages: PageLoader) {
    this.#type = type;
    this.#pages = pages;
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
   * @param since rows that were asked for before this, in milliseconds of `performance.now()`, will not do
   * @throws UpstreamError
   */
  async read(window: Window, from: Extent['from'], since?: number): Promise<Span> {
    const held = since === undefined ? this.#pages.held(this.#type, window) : undefined;
    if (held !== undefined) return held;
    return this.#pages.orStale(
      `${this.#type}/${Math.floor(window.start / MAX_PAGE_SIZE)}`,
      () => this.#readPages(window, from, since),
      (spanOf) => {
        const span = this.#stale(window, spanOf);
        return span !== undefined && (since === undefined || span.sentAt >= since) ? span : undefined;
      },
    );
  }

  async #readPages(window: Window, from: Extent['from'], since: number | undefined): Promise<Span> {
    const [first, second] = this.#pagesFor(window, from);
    if (first === undefined) return emptySpan(window.start, await this.total());
    let upper = await this.#page(first, since);
    if (second === undefined || upper.last) return upper;
    for (let joins = 1; ; joins++) {
      // One after the other: only rows that were read later can prove that nothing moved in between.
      const lower = await this.#page(second, upper.answeredAt);
      const joined = join(upper, lower);
      if (joined !== undefined) return joined;
      if (joins === MAX_JOINS) return from === 'start' ? upper : lower;
      upper = await this.#page(first, performance.now());
    }
  }

  /** As {@link read} afresh, with as much around the window as one page has room for: rows are cheaper than calls. */
  readAround(window: Window, from: Extent['from']): Promise<Span> {
    const page = around(window);
    const now = performance.now();
    return page === undefined ? this.read(window, from, now) : this.#page(page, now);
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

  #page(page: PageRef, since: number | undefined): Promise<Span> {
    return this.#pages.page(this.#type, page, since);
  }
}
