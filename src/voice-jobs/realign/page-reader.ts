import { cover, MAX_PAGE_SIZE, type PageRef, rowsOf } from '../../paging/cover.ts';
import type { Extent, Window } from '../../paging/window.ts';
import type { JobType } from '../../upstream/ims.ts';
import type { PageLoader } from '../page-loader.ts';
import { join, type Span } from '../span.ts';

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
   * The rows of a window at the least number of calls, with those of its pages that lie around it. Of a window that needs
   * two pages only one comes back when the list does not stand still between them: the one at the end asked for.
   *
   * @param from the end of the window that matters most
   * @param fresh whether rows that this request has read before will not do
   * @throws UpstreamError
   */
  async read(window: Window, from: Extent['from'], fresh = false): Promise<Span> {
    const [first, second] = cover(window);
    if (first === undefined) return { start: window.start, rows: [], total: await this.total(), last: false };
    let upper = await this.#page(first, fresh);
    if (second === undefined || upper.last) return upper;
    // One after the other: only rows that were read later can prove that nothing moved in between.
    for (let joins = 1; ; joins++) {
      const lower = await this.#page(second, fresh || joins > 1);
      const joined = join(upper, lower);
      if (joined !== undefined) return joined;
      if (joins === MAX_JOINS) return from === 'start' ? upper : lower;
      upper = await this.#page(first, true);
    }
  }

  /** As {@link read} afresh, with as much around the window as one page has room for: rows are cheaper than calls. */
  readAround(window: Window, from: Extent['from']): Promise<Span> {
    for (let pageSize = MAX_PAGE_SIZE; pageSize >= window.end - window.start; pageSize--) {
      const page = { pageNo: Math.floor(window.start / pageSize) + 1, pageSize };
      if (rowsOf(page).end >= window.end) return this.#page(page, true);
    }
    return this.read(window, from, true);
  }

  #page(page: PageRef, fresh: boolean): Promise<Span> {
    return fresh ? this.#pages.reread(this.#type, page) : this.#pages.page(this.#type, page);
  }
}
