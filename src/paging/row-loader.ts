import DataLoader from 'dataloader';
import { tracedRead } from './caller.ts';
import type { ListReaders } from './list-reader.ts';
import { rowNameOf } from './page-cache.ts';
import type { ListDefinition, RowSource, TimedRow } from './page-source.ts';
import { AlignedList } from './realign/aligned-list.ts';
import { anchorsOf } from './realign/anchors.ts';
import type { Boundary } from './realign/locate-boundary.ts';
import { SearchBudget } from './realign/search-budget.ts';
import { endOf, type ListRow } from './row-range.ts';
import type { Extent } from './window.ts';

/** Ids from which on the lists are tried although their lengths are unknown: a call for each list is then a few percent. */
const TRY_LISTS_FROM = 64;

/** The rows that one request reads by id, each once: a call each, or the pages of the lists where these are fewer. */
export class RowLoader<List extends string, Row extends ListRow> {
  /** Of the same request. */
  readonly readers: ListReaders<List, Row>;
  readonly #source: RowSource<List, Row>;
  /** In boxes, so that one row that cannot be read fails none of the others. Most requests need no row by its id. */
  #rows: DataLoader<string, { answer: Promise<Row | null> }> | undefined;

  constructor(readers: ListReaders<List, Row>) {
    this.readers = readers;
    this.#source = readers.source;
  }

  /** A row by its id, null when there is none; with what a cached row adds to it. @throws UpstreamError */
  async byId(id: string): Promise<Row | null> {
    this.#rows ??= new DataLoader(async (ids) => this.#readTogether(ids));
    return (await this.#rows.load(id)).answer;
  }

  #readTogether(ids: readonly string[]): { answer: Promise<Row | null> }[] {
    const missing = ids.filter((id) => this.#known(id) === undefined);
    const scan = this.#areListsCheaper(missing.length) ? findByScanning(missing, this.readers) : undefined;
    return ids.map((id) => ({ answer: this.#read(id, scan) }));
  }

  /** @param scan of the lists for this row among others */
  async #read(id: string, scan: Scan<Row> | undefined): Promise<Row | null> {
    const { definition, observer, cache } = this.#source;
    const known = this.#known(id);
    if (known !== undefined) {
      if (cache !== undefined) observer.cacheRead(rowNameOf(definition), 'hit');
      return this.#used(known);
    }
    if (scan !== undefined) {
      const [ended] = await Promise.allSettled([scan.isComplete]);
      const found = scan.found.get(id);
      if (found !== undefined) return found;
      if (ended.status === 'rejected') throw ended.reason;
      if (ended.value) return null;
    }
    const read = await tracedRead(this.readers.caller, `read ${rowNameOf(definition)}`, {}, (caller) =>
      this.#source.row(id, undefined, caller),
    );
    const row = this.#used(read);
    return row && (definition.completed?.(row, this.#known(id)?.row) ?? row);
  }

  /** A row that was read before, by this request or within the time of the cache. */
  #known(id: string): TimedRow<Row> | undefined {
    const { cache } = this.#source;
    return cache === undefined ? this.readers.find(id) : cache.cachedRow(id);
  }

  #used({ row, sentAt }: TimedRow<Row>): Row | null {
    this.readers.freshness.used(sentAt);
    return row;
  }

  #areListsCheaper(ids: number): boolean {
    const { lists, maxPageSize, tryListsFrom = TRY_LISTS_FROM } = this.#source.definition;
    let pages = 0;
    for (const list of lists) {
      const total = this.#source.lastTotal(list);
      if (total === undefined) return ids >= tryListsFrom;
      pages += Math.max(1, Math.ceil(total / maxPageSize));
    }
    return pages < ids;
  }
}

/** What trying the lists for so many rows by id costs at most, beside a call for each row. */
export function callsToTryLists(
  ids: number,
  { lists, tryListsFrom = TRY_LISTS_FROM }: Pick<ListDefinition<string, ListRow>, 'lists' | 'tryListsFrom'>,
): number {
  // The first page of each list, and one more that may be under way by then.
  return ids < tryListsFrom ? 0 : lists.length + 1;
}

/** A scan of the lists for rows. */
interface Scan<Row extends ListRow> {
  /** The rows that have been found so far. */
  readonly found: ReadonlyMap<string, Row>;
  /** Whether all lists were read to their ends. Rejects with UpstreamError when a page failed; what was found stays. */
  readonly isComplete: Promise<boolean>;
}

/**
 * Reads the lists from the top, side by side, until every row is found, or until those still missing are fewer than the
 * pages left, so that asking for each is cheaper. Goes from page to page as a cursor does: a row that stands throughout is
 * seen, however the list moves meanwhile.
 */
function findByScanning<List extends string, Row extends ListRow>(
  ids: readonly string[],
  readers: ListReaders<List, Row>,
): Scan<Row> {
  const { lists, maxPageSize } = readers.source.definition;
  const wholePage: Extent = { rows: maxPageSize, from: 'start' };
  const missing = new Set(ids);
  const found = new Map<string, Row>();
  const pagesLeft = new Map<List, number>(lists.map((list) => [list, 1]));
  const left = () => [...pagesLeft.values()].reduce((sum, count) => sum + count, 0);
  const walk = async (list: List) => {
    const reader = readers.of(list);
    let from: Boundary | undefined;
    do {
      // A budget for each page: these cursors are the gateway's own, and a row that a search gives up would be missing.
      const slice = await new AlignedList(reader, new SearchBudget()).slice(wholePage, { from });
      for (const row of slice.rows) if (row && missing.delete(row.id)) found.set(row.id, row);
      const anchor = anchorsOf(slice, wholePage, from, reader.hasTimes).findLast(
        (known) => known !== undefined,
      );
      if (anchor) reader.cursorMade(anchor, slice.answeredAt);
      from = anchor && { anchor, side: 'after', knownSince: slice.answeredAt };
      pagesLeft.set(list, from ? Math.ceil((slice.listEnd - endOf(slice)) / maxPageSize) : 0);
    } while (pagesLeft.get(list) !== 0 && missing.size > 0 && missing.size >= left());
  };
  return { found, isComplete: Promise.all(lists.map(walk)).then(() => left() === 0) };
}
