import { type Caller, Freshness } from './caller.ts';
import { DirectSource } from './direct-source.ts';
import { ListConnection } from './list-connection.ts';
import type { ListName } from './list-cursor.ts';
import { ListReaders } from './list-reader.ts';
import { type CacheTimes, PageCache } from './page-cache.ts';
import type { ListObserver, PageSource, RowSource } from './page-source.ts';
import { RowLoader } from './row-loader.ts';
import type { ListRow } from './row-range.ts';
import type { ConnectionArgs } from './window.ts';

/** Default of {@link ListsOptions.staleAfterMs}. */
const STALE_AFTER_MS = 2500;

/** Options of {@link Lists}. */
export interface ListsOptions {
  /** How long pages and rows are cached in memory for all requests. @default no cache: each request reads its pages */
  readonly cache?: CacheTimes | undefined;
  /** Duration of a read after which stale rows are served instead, in milliseconds. Needs a cache. @default 2500 */
  readonly staleAfterMs?: number;
  /** Receives the events that it has methods for. @default none */
  readonly observer?: Partial<ListObserver>;
  /** Maximum of `first` and `last`. @default 100 */
  readonly maxRows?: number;
}

/** A family of lists behind page numbers, as Relay connections. Create one per process. */
export class Lists<List extends string, Row extends ListRow> {
  readonly #source: RowSource<List, Row>;
  readonly #maxRows: number | undefined;

  /** @throws TypeError for an invalid definition, with the allowed values */
  constructor(source: PageSource<List, Row>, options: ListsOptions = {}) {
    const { cache, staleAfterMs = STALE_AFTER_MS, observer, maxRows } = options;
    const direct = new DirectSource(source, { ...UNOBSERVED, ...observer });
    this.#source = cache === undefined ? direct : new PageCache(direct, cache, staleAfterMs);
    this.#maxRows = maxRows;
  }

  /**
   * Creates the readers for the resolvers of one request. Equal reads within the request cost one call. Do not reuse it for another
   * request: it never expires what it has read.
   *
   * @param caller its signal aborts the request's reads
   */
  forRequest(caller?: Caller): RequestLists<List, Row> {
    return new RequestLists(this.#source, this.#maxRows, caller);
  }
}

/** The lists within one request. */
export class RequestLists<List extends string, Row extends ListRow> {
  /** Age of the rows that the request has used. */
  readonly freshness = new Freshness();
  readonly #readers: ListReaders<List, Row>;
  readonly #rows: RowLoader<List, Row>;
  readonly #maxRows: number | undefined;

  constructor(source: RowSource<List, Row>, maxRows: number | undefined, caller: Caller | undefined) {
    this.#readers = new ListReaders(source, this.freshness, caller);
    this.#rows = new RowLoader(this.#readers);
    this.#maxRows = maxRows;
  }

  /**
   * A connection over one list, or over all of them as one. Its properties `edges`, `pageInfo` and `totalCount` are promises that start
   * reading on first access, and reject with UpstreamError if the upstream fails.
   *
   * @throws BadInputError for arguments that are out of range or contradict each other, and for cursors of another list
   */
  connection(list: ListName<List>, args: ConnectionArgs): ListConnection<List, Row> {
    return new ListConnection(list, args, this.#readers, this.#maxRows);
  }

  /**
   * Reads a row by its id; null if it does not exist. Concurrent lookups are batched: they cost one call each, or the pages of the lists
   * if those are fewer.
   *
   * @throws UpstreamError
   * @throws TypeError if the lists have no `readById`
   */
  byId(id: string): Promise<Row | null> {
    return this.#rows.byId(id);
  }
}

const UNOBSERVED: ListObserver = { cacheRead() {}, droppedRow() {}, realigned() {}, servedStale() {} };
