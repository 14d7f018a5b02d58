import DataLoader from 'dataloader';
import { tracedRead } from './caller.ts';
import { farthestPage, rowsOf } from './cover.ts';
import type { ListReader, ListReaders } from './list-reader.ts';
import { rowNameOf } from './page-cache.ts';
import type { RowSource, TimedRow } from './page-source.ts';
import { AlignedList } from './realign/aligned-list.ts';
import { anchorsOf } from './realign/anchors.ts';
import type { Boundary } from './realign/locate-boundary.ts';
import { SearchBudget } from './realign/search-budget.ts';
import { endOf, type ListRow, type Slice } from './row-range.ts';
import type { Extent } from './window.ts';

/** Ids from which on the lists are tried although their lengths are unknown: a call for each list is then a few percent. */
export const TRY_LISTS_FROM = 64;

/** The rows that one request reads by id, each once: a call each, or the pages of the lists where these are fewer. */
export class RowLoader<List extends string, Row extends ListRow> {
  /** Of the same request. */
  readonly readers: ListReaders<List, Row>;
  readonly #source: RowSource<List, Row>;
  /** In boxes, so that one row that cannot be read fails none of the others. Most requests need no row by its id. */
  #rows: DataLoader<string, { answer: Promise<Row | null> }> | undefined;

  #tryListsFrom = TRY_LISTS_FROM;

  constructor(readers: ListReaders<List, Row>) {
    this.readers = readers;
    this.#source = readers.source;
  }

  /**
   * A row by its id, null when there is none; with what a cached row adds to it.
   *
   * @param tryListsFrom how many ids, of this request from now on, are looked up in the lists while their lengths are unknown:
   *   where the lists are probably short, few
   * @throws UpstreamError
   */
  async byId(id: string, tryListsFrom = TRY_LISTS_FROM): Promise<Row | null> {
    this.#tryListsFrom = Math.min(this.#tryListsFrom, tryListsFrom);
    this.#rows ??= new DataLoader(async (ids) => this.#readTogether(ids));
    return (await this.#rows.load(id)).answer;
  }

  #readTogether(ids: readonly string[]): { answer: Promise<Row | null> }[] {
    const missing = ids.filter((id) => this.#known(id) === undefined);
    const scan = this.#areListsCheaper(missing.length) ? findByScanning(missing, this.readers) : undefined;
    return ids.map((id) => ({ answer: this.readers.track(this.#read(id, scan)) }));
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
    const { lists, maxPageSize } = this.#source.definition;
    let pages = 0;
    for (const list of lists) {
      const total = this.#source.lastTotal(list);
      if (total === undefined) return ids >= this.#tryListsFrom;
      pages += Math.max(1, Math.ceil(total / maxPageSize));
    }
    return pages < ids;
  }
}

/** A scan of the lists for rows. */
interface Scan<Row extends ListRow> {
  /** The rows that have been found so far. */
  readonly found: ReadonlyMap<string, Row>;
  /** Whether all lists were read to their ends. Rejects with UpstreamError when a page failed; what was found stays. */
  readonly isComplete: Promise<boolean>;
}

/**
 * Reads the lists from the top, a page of each at a time, until every row is found, or until those still missing are fewer than
 * the pages left, so that asking for each is cheaper. Goes from page to page as a cursor does: a row that stands throughout is
 * seen, however the list moves meanwhile.
 */
function findByScanning<List extends string, Row extends ListRow>(
  ids: readonly string[],
  readers: ListReaders<List, Row>,
): Scan<Row> {
  const missing = new Set(ids);
  const found = new Map<string, Row>();
  const scans = readers.source.definition.lists.map((list) => new ListScan(readers.of(list)));
  const left = () => scans.reduce((pages, scan) => pages + scan.pagesLeft, 0);
  const scanAll = async () => {
    while (left() > 0 && missing.size > 0 && missing.size >= left()) {
      const unread = scans.filter(({ pagesLeft }) => pagesLeft > 0);
      // All of them end, so that no row is missed that one shows while another fails.
      const ended = await Promise.allSettled(
        unread.map(async (scan) => {
          for (const row of await scan.nextRows()) if (row && missing.delete(row.id)) found.set(row.id, row);
        }),
      );
      for (const one of ended) if (one.status === 'rejected') throw one.reason;
    }
    return left() === 0;
  };
  return { found, isComplete: scanAll() };
}

/** One list, read from the top page by page. */
class ListScan<List extends string, Row extends ListRow> {
  readonly #reader: ListReader<List, Row>;
  #from: Boundary | undefined;
  /** As far as is known; 0 at the end of the list. */
  pagesLeft = 1;

  constructor(reader: ListReader<List, Row>) {
    this.#reader = reader;
  }

  /** @throws UpstreamError */
  async nextRows(): Promise<Slice<Row>['rows']> {
    const reader = this.#reader;
    const { hasTimes, maxPageSize } = reader;
    // Only a row that two pages share shows that nothing moved between them where there are no times.
    const extent: Extent =
      hasTimes || this.#from === undefined
        ? { rows: maxPageSize, from: 'start' }
        : restOfPage(this.#from, maxPageSize);
    // A budget for each page: these cursors are the gateway's own, and a row that a search gives up would be missing.
    const slice = await new AlignedList(reader, new SearchBudget()).slice(extent, { from: this.#from });
    const anchors = anchorsOf(slice, extent, this.#from, hasTimes);
    const anchor = anchors.findLast((known) => known !== undefined);
    if (anchor) reader.cursorMade(anchor, slice.answeredAt);
    this.#from = anchor && { anchor, side: 'after', knownSince: slice.answeredAt };
    this.pagesLeft = anchor ? Math.ceil((slice.listEnd - endOf(slice)) / maxPageSize) : 0;
    return slice.rows;
  }
}

/** As many rows after the row of a boundary as one page can have that shows this row too. */
function restOfPage({ anchor: { offset } }: Boundary, maxPageSize: number): Extent {
  return { rows: Math.max(1, rowsOf(farthestPage(offset, maxPageSize)).end - offset - 1), from: 'start' };
}
