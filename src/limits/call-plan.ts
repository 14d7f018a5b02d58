import { REALIGN_CALLS_PER_LIST } from '../paging/realign/realign-budget.ts';
import { SCAN_LISTS_FROM } from '../paging/row-loader.ts';
import type { CostedLists, UpstreamReads } from '../schema/builder.ts';

/** The rows that a root field returns in one run. */
export interface PlannedRows {
  /** How many at most. */
  readonly count: number;
  /** Equal for fields that return the same rows. */
  readonly key: unknown;
}

/** What a field below the root reads for each object that it belongs to. */
export type ReadsForEach = Extract<UpstreamReads, { kind: 'row for each' }>;

/** What is looked up by id in some lists. */
interface Lookups {
  ids: number;
  /** Ids from which on the lists are tried. */
  scanListsFrom: number;
  /** The keys of rows of which each has been counted to lead to one. */
  readonly ledFrom: Set<unknown>;
}

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
  readonly #searches = new Map<unknown, Map<string, object>>();
  /** What is looked up by id, for each kind of rows that it may be of. */
  readonly #lookups = new Map<CostedLists, Lookups>();
  /** Rows by id of which the kind is not known. */
  #idsOfAny = 0;
  #ids = 0;
  #callsBelow = 0;
  #searchCalls = 0;

  /** Whether this was not asked for before. @param key equal for what is read once */
  isNew(key: unknown): boolean {
    const { size } = this.#seen;
    return this.#seen.add(key).size > size;
  }

  /** A key for {@link isNew}. @param filter equal for what is one filter @param way where it is looked for */
  keyOfSearch(filter: unknown, way: string): object {
    const ways = this.#searches.get(filter) ?? new Map<string, object>();
    const key = ways.get(way) ?? {};
    this.#searches.set(filter, ways.set(way, key));
    return key;
  }

  /** Adds the calls that one search may make. */
  addSearchCalls(count: number): void {
    this.#searchCalls += count;
  }

  /** Adds rows by id. @param of the kinds that they may be of */
  addIds(count: number, of: readonly CostedLists[]): void {
    this.#ids += count;
    const [only] = of;
    for (const lists of of) this.#lookupsIn(lists);
    if (only !== undefined && of.length === 1) this.#lookupsIn(only).ids += count;
    else this.#idsOfAny += count;
  }

  /**
   * Adds a row by its id for each of some rows.
   *
   * @param key equal for what are the same rows
   */
  addIdForEach({ count, key }: PlannedRows, { of, scanListsFrom }: ReadsForEach): void {
    const lookups = this.#lookupsIn(of);
    if (lookups.ledFrom.has(key)) return;
    lookups.ledFrom.add(key);
    lookups.scanListsFrom = Math.min(lookups.scanListsFrom, scanListsFrom);
    this.addIds(count, [of]);
    this.#callsBelow += count;
  }

  /** Those of {@link calls} that {@link addIdForEach} has added, without what trying the lists takes. */
  get callsBelow(): number {
    return this.#callsBelow;
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
    let calls = this.#searchCalls + this.#ids + this.#callsToTryLists();
    for (const { atOnce, later, needsTotal, hasCursor } of this.#lists.values()) {
      calls += atOnce + later + (needsTotal && atOnce === 0 ? 1 : 0);
      if (hasCursor) calls += REALIGN_CALLS_PER_LIST;
    }
    return calls;
  }

  /** Calls beside one for each id, where the lists are tried in vain: for as many kinds as there can be enough ids of. */
  #callsToTryLists(): number {
    let [calls, ofAny] = [0, this.#idsOfAny];
    const missing = [...this.#lookups].map(
      ([{ lists }, { ids, scanListsFrom }]) => [Math.max(0, scanListsFrom - ids), lists.length] as const,
    );
    for (const [ids, lists] of missing.sort(([one], [other]) => one - other)) {
      if (ids > ofAny) break;
      ofAny -= ids;
      // The first page of each list, and one more that may be under way by then.
      calls += lists + 1;
    }
    return calls;
  }

  #lookupsIn(lists: CostedLists): Lookups {
    let lookups = this.#lookups.get(lists);
    if (lookups === undefined) {
      lookups = { ids: 0, scanListsFrom: SCAN_LISTS_FROM, ledFrom: new Set() };
      this.#lookups.set(lists, lookups);
    }
    return lookups;
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
