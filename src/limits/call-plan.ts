import { SEARCH_CALLS_PER_LIST } from '../paging/realign/search-budget.ts';
import { TRY_LISTS_FROM } from '../paging/row-loader.ts';
import type { JobType } from '../voice-jobs/job.ts';

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
  readonly #lists: Record<JobType, ListPlan> = { Basic: emptyPlan(), Standard: emptyPlan() };
  readonly #seen = new Set<unknown>();
  #ids = 0;

  /** Whether this was not asked for before. @param key equal for what is read once */
  isNew(key: unknown): boolean {
    const { size } = this.#seen;
    return this.#seen.add(key).size > size;
  }

  addIds(count: number): void {
    this.#ids += count;
  }

  /** Adds pages of a list. @param isLater whether they are counted from its end, so that its length has to be known first */
  addPages(type: JobType, pages: number, isLater: boolean): void {
    this.#lists[type][isLater ? 'later' : 'atOnce'] += pages;
  }

  /** Adds the search for the rows of cursors, which all cursors into a list share. */
  addSearch(type: JobType): void {
    this.#lists[type].hasCursor = true;
  }

  /** Adds the length of a list, which comes along with any page that is asked for at once. */
  addTotal(type: JobType): void {
    this.#lists[type].needsTotal = true;
  }

  get calls(): number {
    let calls = this.#ids >= TRY_LISTS_FROM ? this.#ids + CALLS_TO_TRY_LISTS : this.#ids;
    for (const { atOnce, later, needsTotal, hasCursor } of Object.values(this.#lists)) {
      calls += atOnce + later + (needsTotal && atOnce === 0 ? 1 : 0);
      if (hasCursor) calls += SEARCH_CALLS_PER_LIST;
    }
    return calls;
  }
}

function emptyPlan(): ListPlan {
  return { atOnce: 0, later: 0, needsTotal: false, hasCursor: false };
}
