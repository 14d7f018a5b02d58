import DataLoader from 'dataloader';
import { tracedRead } from './caller.ts';
import { farthestPage, rowsOf } from './cover.ts';
import type { ListReader, ListReaders } from './list-reader.ts';
import { rowNameOf } from './page-cache.ts';
import type { RowSource, TimedRow } from './page-source.ts';
import { AlignedList } from './realign/aligned-list.ts';
import { anchorsOf } from './realign/anchors.ts';
import type { Boundary } from './realign/locate-boundary.ts';
import { RealignBudget } from './realign/realign-budget.ts';
import { endOf, type ListRow, type Slice } from './row-range.ts';
import type { Extent } from './window.ts';

/** Minimum number of ids for which lists of unknown length are scanned: their first pages cost little compared to a call per id. */
export const SCAN_LISTS_FROM = 64;

/** Batched lookups by id within one request (DataLoader): one call per row, or a scan of the lists if their pages are fewer. */
export class RowLoader<List extends string, Row extends ListRow> {
  /** Readers of the same request. */
  readonly readers: ListReaders<List, Row>;
  readonly #source: RowSource<List, Row>;
  /** Loads objects that contain the promise, so that a failed row does not fail the batch. Created lazily: most requests need none. */
  #rows: DataLoader<string, { result: Promise<Row | null> }> | undefined;

  #scanListsFrom = SCAN_LISTS_FROM;

  constructor(readers: ListReaders<List, Row>) {
    this.readers = readers;
    this.#source = readers.source;
  }

  /**
   * Reads a row by its id; null if it does not exist. Fields that only a cached row has are added.
   *
   * @param scanListsFrom minimum batch size for scanning lists of unknown length, from now on in this request. Low if the lists are
   *   probably short
   * @throws UpstreamError
   */
  async byId(id: string, scanListsFrom = SCAN_LISTS_FROM): Promise<Row | null> {
    this.#scanListsFrom = Math.min(this.#scanListsFrom, scanListsFrom);
    this.#rows ??= new DataLoader(async (ids) => this.#readBatch(ids));
    return (await this.#rows.load(id)).result;
  }

  #readBatch(ids: readonly string[]): { result: Promise<Row | null> }[] {
    const missing = ids.filter((id) => this.#known(id) === undefined);
    const scan = this.#isScanCheaper(missing.length) ? findByScanning(missing, this.readers) : undefined;
    return ids.map((id) => ({ result: this.readers.track(this.#read(id, scan)) }));
  }

  /** Reads one row of a batch. @param scan scan of the lists for the batch, if any */
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

  /** A row that this request has read, or that is cached. */
  #known(id: string): TimedRow<Row> | undefined {
    const { cache } = this.#source;
    return cache === undefined ? this.readers.find(id) : cache.cachedRow(id);
  }

  #used({ row, sentAt }: TimedRow<Row>): Row | null {
    this.readers.freshness.used(sentAt);
    return row;
  }

  #isScanCheaper(ids: number): boolean {
    const { lists, maxPageSize } = this.#source.definition;
    let pages = 0;
    for (const list of lists) {
      const total = this.#source.lastTotal(list);
      if (total === undefined) return ids >= this.#scanListsFrom;
      pages += Math.max(1, Math.ceil(total / maxPageSize));
    }
    return pages < ids;
  }
}

/** A scan of the lists for a set of rows. */
interface Scan<Row extends ListRow> {
  /** The rows found so far, by id. */
  readonly found: ReadonlyMap<string, Row>;
  /** Whether all lists were read to their ends. Rejects with UpstreamError if a page failed; `found` stays valid. */
  readonly isComplete: Promise<boolean>;
}

/**
 * Scans the lists from the top, one page of each at a time, until every row is found, or until fewer rows are missing than pages remain,
 * so that reading them by id is cheaper. Continues from page to page with cursors, so that a row that stood throughout is found however
 * the list changes.
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
    while (left() > 0 && missing.size >= left()) {
      const unread = scans.filter(({ pagesLeft }) => pagesLeft > 0);
      // Waits for every page, so that the rows of one page are found even if another page fails.
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

/** Scan of one list, page by page. */
class ListScan<List extends string, Row extends ListRow> {
  readonly #reader: ListReader<List, Row>;
  #from: Boundary | undefined;
  /** Estimated number of unread pages; 0 at the end of the list. */
  pagesLeft = 1;

  constructor(reader: ListReader<List, Row>) {
    this.#reader = reader;
  }

  /** Reads the rows of the next page. @throws UpstreamError */
  async nextRows(): Promise<Slice<Row>['rows']> {
    const reader = this.#reader;
    const { hasTimes, maxPageSize } = reader;
    // Without times, two pages must share a row to prove that nothing moved between them.
    const extent: Extent =
      hasTimes || this.#from === undefined
        ? { rows: maxPageSize, from: 'start' }
        : restOfPage(this.#from, maxPageSize);
    // A budget for each page: these cursors are not forged, and a re-alignment that gives up could miss rows.
    const slice = await new AlignedList(reader, new RealignBudget()).slice(extent, { from: this.#from });
    const anchors = anchorsOf(slice, extent, this.#from, reader);
    const anchor = anchors.findLast(Boolean);
    this.#from = anchor && { anchor, side: 'after', knownSince: slice.answeredAt };
    this.pagesLeft = anchor ? Math.ceil((slice.listEnd - endOf(slice)) / maxPageSize) : 0;
    return slice.rows;
  }
}

/** The rows after a boundary on the page that reaches farthest and includes the boundary's own row. */
function restOfPage({ anchor: { offset } }: Boundary, maxPageSize: number): Extent {
  return { rows: Math.max(1, rowsOf(farthestPage(offset, maxPageSize)).end - offset - 1), from: 'start' };
}
