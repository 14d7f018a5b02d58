import { REALIGN_CALLS_PER_LIST } from '../paging/realign/realign-budget.ts';
import { SCAN_LISTS_FROM } from '../paging/row-loader.ts';
import type { CostedLists, UpstreamReads } from '../schema/builder.ts';

/** The rows that a root field returns in one run. */
export interface PlannedRows {
  /** Maximum number of rows. */
  readonly count: number;
  /** Equal for fields that return the same rows. */
  readonly key: unknown;
}

/** The reads of a field below the root for each object that it belongs to. */
export type ReadsForEach = Extract<UpstreamReads, { kind: 'row for each' }>;

/** Look-ups by id of one kind of row. */
interface Lookups {
  ids: number;
  /** Number of ids from which on they are read from the pages of their lists instead. */
  scanListsFrom: number;
  /** Keys of rows that have been counted already as leading to one look-up each. */
  readonly countedFrom: Set<unknown>;
}

interface ListPlan {
  atOnce: number;
  later: number;
  needsTotal: boolean;
  /** Whether a cursor points into the list; its row may have to be searched for. */
  hasCursor: boolean;
}

/**
 * Upper bound of the upstream calls of one run of an operation with an empty cache. Equal reads count once, because the
 * loaders deduplicate them. Cursors count the full re-alignment budget, whether their list has changed or not.
 */
export class CallPlan {
  readonly #lists = new Map<string, ListPlan>();
  readonly #seen = new Set<unknown>();
  readonly #searches = new Map<unknown, Map<string, object>>();
  /** Look-ups by id for each kind of row. */
  readonly #lookups = new Map<CostedLists, Lookups>();
  /** Look-ups by id for which the kind of row is unknown. */
  #idsOfAny = 0;
  #ids = 0;
  #callsBelow = 0;
  #searchCalls = 0;

  /** Whether this is the first read with this key. @param key equal for reads that are deduplicated */
  isNew(key: unknown): boolean {
    const { size } = this.#seen;
    return this.#seen.add(key).size > size;
  }

  /**
   * A key of a search for {@link isNew}.
   *
   * @param filter equal for equal filters
   * @param way equal for searches of the same rows in the same direction
   */
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

  /** Adds look-ups by id. @param of kinds of row that the ids may belong to */
  addIds(count: number, of: readonly CostedLists[]): void {
    this.#ids += count;
    const [only] = of;
    for (const lists of of) this.#lookupsIn(lists);
    if (only !== undefined && of.length === 1) this.#lookupsIn(only).ids += count;
    else this.#idsOfAny += count;
  }

  /**
   * Adds one look-up by id for each of some rows.
   *
   * @param key equal for the same rows
   */
  addIdForEach({ count, key }: PlannedRows, { of, scanListsFrom }: ReadsForEach): void {
    const lookups = this.#lookupsIn(of);
    if (lookups.countedFrom.has(key)) return;
    lookups.countedFrom.add(key);
    lookups.scanListsFrom = Math.min(lookups.scanListsFrom, scanListsFrom);
    this.addIds(count, [of]);
    this.#callsBelow += count;
  }

  /** The part of {@link calls} that {@link addIdForEach} added, without the calls for reading lists. */
  get callsBelow(): number {
    return this.#callsBelow;
  }

  /**
   * Adds pages of a list. @param isLater whether they are counted from the end of the list, whose length must be known first
   */
  addPages(list: string, pages: number, isLater: boolean): void {
    this.#planOf(list)[isLater ? 'later' : 'atOnce'] += pages;
  }

  /** Adds the re-alignment budget of a list, which all cursors into it share. */
  addSearch(list: string): void {
    this.#planOf(list).hasCursor = true;
  }

  /** Adds a read of the list's length. It costs no call if another page of the list is read at once. */
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

  /**
   * Additional calls for reading lists that turn out not to contain the ids: for as many kinds of row as there may be enough
   * ids of.
   */
  #callsToTryLists(): number {
    let [calls, ofAny] = [0, this.#idsOfAny];
    const missing = [...this.#lookups].map(
      ([{ lists }, { ids, scanListsFrom }]) => [Math.max(0, scanListsFrom - ids), lists.length] as const,
    );
    for (const [ids, lists] of missing.sort(([one], [other]) => one - other)) {
      if (ids > ofAny) break;
      ofAny -= ids;
      // The first page of each list, and one more that may be in flight by then.
      calls += lists + 1;
    }
    return calls;
  }

  #lookupsIn(lists: CostedLists): Lookups {
    let lookups = this.#lookups.get(lists);
    if (lookups === undefined) {
      lookups = { ids: 0, scanListsFrom: SCAN_LISTS_FROM, countedFrom: new Set() };
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
