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

/** How long a read may take before stale rows are served, in milliseconds, where nothing else is said. */
const PATIENCE_MS = 2500;

export interface ListsOptions {
  /** Pages and rows are cached in memory for so long, and shared by requests. @default no cache: each request reads anew */
  readonly cache?: CacheTimes | undefined;
  /** How long a read may take before stale rows are served instead, in milliseconds. Only with a cache. @default 2500 */
  readonly patienceMs?: number;
  /** Receives events of the kernel, those that it has methods for. @default none */
  readonly observer?: Partial<ListObserver>;
  /** Most rows that `first` and `last` may ask for. @default 100 */
  readonly maxRows?: number;
}

/** A family of lists behind page numbers, read as Relay connections. Lives as long as the process. */
export class Lists<List extends string, Row extends ListRow> {
  readonly #source: RowSource<List, Row>;
  readonly #maxRows: number | undefined;

  /** @throws TypeError for a definition that cannot be read by, which says what is allowed */
  constructor(source: PageSource<List, Row>, options: ListsOptions = {}) {
    const { cache, patienceMs = PATIENCE_MS, observer, maxRows } = options;
    const direct = new DirectSource(source, { ...UNOBSERVED, ...observer });
    this.#source = cache === undefined ? direct : new PageCache(direct, cache, patienceMs);
    this.#maxRows = maxRows;
  }

  /**
   * What the resolvers of one request read with. Equal reads of one request become one call. Kept for longer, it would serve
   * old rows.
   *
   * @param caller has the signal that ends the request's reads
   */
  forRequest(caller?: Caller): RequestLists<List, Row> {
    return new RequestLists(this.#source, this.#maxRows, caller);
  }
}

/** The lists as one request reads them. */
export class RequestLists<List extends string, Row extends ListRow> {
  /** How old the rows are that the request has used. */
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
   * A page of one list, or of all of them as one: `edges`, `pageInfo` and `totalCount` as promises, none of which is read
   * before it is asked for. They reject with UpstreamError when the upstream fails.
   *
   * @throws BadInputError for arguments that are out of range, contradict each other, or are no cursors of this list
   */
  connection(list: ListName<List>, args: ConnectionArgs): ListConnection<List, Row> {
    return new ListConnection(list, args, this.#readers, this.#maxRows);
  }

  /**
   * A row by its id, null when there is none. Many ids that are asked for at once cost a call each, or the pages of the lists
   * where those are fewer.
   *
   * @throws UpstreamError
   * @throws TypeError where the lists have no `readById`
   */
  byId(id: string): Promise<Row | null> {
    return this.#rows.byId(id);
  }
}

const UNOBSERVED: ListObserver = { cacheRead() {}, droppedRow() {}, realigned() {}, servedStale() {} };
