import { SEARCH_CALLS_PER_LIST } from '../paging/realign/search-budget.ts';
import { TRY_LISTS_FROM } from '../paging/row-loader.ts';

/** Calls beside one for each of many ids: the first pages of both lists, and one that may be under way by then. */
const CALLS_TO_TRY_LISTS = 3;

interface ListPlan {
  atOnce: number;
  later: number;
  needsTotal: boolean;
  /** Whether a cursor leads into the list, whose row may have to be searched for. */
  hasCursor: boolean;
}

/**
 * The most upstream calls of one run of an operation when no page is cached. Equal reads count once, as the loaders make
 * them once; cursors count what their search may spend, whether their list has moved or not.
 */
export class CallPlan {
  readonly #lists = new Map<string, ListPlan>();
  readonly #seen = new Set<unknown>();
  readonly #searches = new Map<unknown, Set<string>>();
  #ids = 0;
  #calls = 0;

  /** Whether this was not asked for before. @param key equal for what is read once */
  isNew(key: unknown): boolean {
    const { size } = this.#seen;
    return this.#seen.add(key).size > size;
  }

  /** As {@link isNew}, for a search. @param filter equal for what is one filter @param way where it looks */
  isNewSearch(filter: unknown, way: string): boolean {
    const ways = this.#searches.get(filter) ?? new Set();
    this.#searches.set(filter, ways);
    const { size } = ways;
    return ways.add(way).size > size;
  }

  /** Adds calls that are limited by themselves. */
  addCalls(count: number): void {
    this.#calls += count;
  }

  addIds(count: number): void {
    this.#ids += count;
  }

  /** Adds pages of a list. @param isLater whether they are counted from its end, so that its length has to be known first */
  addPages(list: string, pages: number, isLater: boolean): void {
    this.#planOf(list)[isLater ? 'later' : 'atOnce'] += pages;
  }

  /** Adds the search for the rows of cursors, which all cursors into a list share. */
  addSearch(list: string): void {
    this.#planOf(list).hasCursor = true;
  }

  /** Adds the length of a list, which comes along with any page that is asked for at once. */
  addTotal(list: string): void {
    this.#planOf(list).needsTotal = true;
  }

  get calls(): number {
    let calls = this.#calls + (this.#ids >= TRY_LISTS_FROM ? this.#ids + CALLS_TO_TRY_LISTS : this.#ids);
    for (const { atOnce, later, needsTotal, hasCursor } of this.#lists.values()) {
      calls += atOnce + later + (needsTotal && atOnce === 0 ? 1 : 0);
      if (hasCursor) calls += SEARCH_CALLS_PER_LIST;
    }
    return calls;
  }

  #planOf(list: string): ListPlan {
    let plan = this.#lists.get(list);
    if (plan === undefined) {
      plan = { atOnce: 0, later: 0, needsTotal: false, hasCursor: false };
      this.#lists.set(list, plan);
    }
    return plan;
  }
}
