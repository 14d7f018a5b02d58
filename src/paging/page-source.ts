import type { MonotonicMs } from '../clock.ts';
import type { Observer } from '../observer.ts';
import type { Caller } from './caller.ts';
import type { PageRef } from './cover.ts';
import type { Anchor } from './cursor.ts';
import type { PageCodec } from './page-codec.ts';
import type { ListRow, RowRange } from './row-range.ts';
import type { Window } from './window.ts';

/** Definition of a family of lists: one or more upstream lists of one kind of row. docs/kernel.md explains each field. */
export interface ListDefinition<List extends string, Row extends ListRow> {
  /** Names of the lists, 1 to 8. Their order is that of their codes in cursors and of concatenation. `All` is reserved for all lists. */
  readonly lists: readonly List[];
  /** Largest page size that the upstream serves in full, at least 2. The kernel requests every size from 1 to this. */
  readonly maxPageSize: number;
  /**
   * Order of the rows.
   *
   * - `newest first`: creation times locate moved rows, and `All` merges the lists by them.
   * - `own`: any stable order. Only ids and neighbours locate moved rows, and `All` concatenates the lists.
   *
   * @default 'own'
   */
  readonly order?: 'newest first' | 'own';
  /** First list code in cursors. A family of n lists takes 2n of the codes 0..15, which must be unique within a gateway. @default 0 */
  readonly cursorCode?: number;
  /** Name of a row in metrics, spans and Redis keys. @default 'row' */
  readonly rowName?: string;
  /** Estimated memory of a row, in bytes. Null is a missing row, undefined an unusable one. @default 1000 */
  bytesOf?(row: Row | null | undefined): number;
  /** Codec for the cache that replicas share; only needed with Redis. */
  readonly codec?: PageCodec<Row>;
  /** Whether a row is in a final state, so that it is cached longer. */
  isFinal?(row: Row): boolean;
  /** Returns a row with immutable fields that only an earlier read contained. */
  completed?(row: Row, earlier: Row | null | undefined): Row;
}

/** A page from the upstream: its total and rows belong to one moment. */
export interface Page<Row extends ListRow> {
  /** Number of rows of the list, below 2^30. */
  readonly total: number;
  /** As many rows as requested; fewer only at the end of the list. Undefined is an unusable row, which keeps its place. */
  readonly rows: readonly (Row | undefined)[];
  /** When the request was sent. @default when `read` was called */
  readonly sentAt?: MonotonicMs;
}

/** A row read by its id, with the time of its request. */
export interface TimedRow<Row extends ListRow> {
  /** Null if the row does not exist. */
  readonly row: Row | null;
  readonly sentAt: MonotonicMs;
}

/** A row from the upstream, read by its id. */
export interface FoundRow<Row extends ListRow> {
  /** Null if the row does not exist. */
  readonly row: Row | null;
  /** When the request was sent. @default when `readById` was called */
  readonly sentAt?: MonotonicMs;
}

/** A definition with the functions that read its lists from the upstream. */
export interface PageSource<List extends string, Row extends ListRow> extends ListDefinition<List, Row> {
  /**
   * Reads a page with one upstream request. A page past the end has no rows.
   *
   * @param caller has the signal that aborts the request, and its deadline
   * @throws UpstreamError if the upstream fails. Only for this error are stale rows served instead
   */
  read(list: List, page: PageRef, caller?: Caller): Promise<Page<Row>>;
  /** Reads a row with one upstream request; only needed for lookups by id. @throws UpstreamError */
  readById?(id: string, caller?: Caller): Promise<FoundRow<Row>>;
}

/** Receives events of the kernel, to count and log them. Methods are on the hot path: they return at once and never throw. */
export type ListObserver = Pick<Observer, 'cacheRead' | 'droppedRow' | 'realigned' | 'servedStale'>;

/** Receives every page and row read from the upstream, for any request. Methods return at once and never throw. */
export interface ReadListener<List extends string, Row extends ListRow> {
  pageRead(list: List, range: RowRange<Row>): void;
  rowRead(id: string, read: TimedRow<Row>): void;
}

/** The length of a list, with the time of the request that returned it. */
export interface TimedTotal {
  readonly total: number;
  readonly sentAt: MonotonicMs;
}

/** Source of pages and rows: the upstream, or a cache in front of another source. Lives as long as the gateway. */
export interface RowSource<List extends string, Row extends ListRow> {
  readonly definition: ListDefinition<List, Row>;
  readonly observer: ListObserver;
  /** Cache across requests; undefined if every read is an upstream call. */
  readonly cache?: CachedLookups<List, Row> | undefined;

  /**
   * Reads a page.
   *
   * @param since earliest acceptable request time. Without it, the page may be as old as the TTL
   * @throws UpstreamError
   * @throws the reason of the caller's signal
   */
  page(list: List, page: PageRef, since?: MonotonicMs, caller?: Caller): Promise<RowRange<Row>>;
  /**
   * Reads a row by its id.
   *
   * @param since earliest acceptable request time, even if the upstream fails. Without it, the row may be as old as the TTL, or stale
   *   while the upstream fails
   * @throws UpstreamError
   */
  row(id: string, since?: MonotonicMs, caller?: Caller): Promise<TimedRow<Row>>;
  /** Length of a list at its last read, however long ago: an estimate for planning reads, not for responses. */
  lastTotal(list: List): number | undefined;
}

/** Knows when cursors were made, which a cursor itself does not contain. */
export interface CursorClock<List extends string> {
  /** Latest possible time at which a cursor was made. @param at upper bound known to the caller */
  cursorKnownSince(list: List, anchor: Anchor, at: MonotonicMs): MonotonicMs | Promise<MonotonicMs>;
}

/** Lookups in the cache that replicas share: stale values for while the upstream fails, and cursor times. */
export interface SharedLookups<List extends string, Row extends ListRow> extends CursorClock<List> {
  stalePage(list: List, page: PageRef): Promise<RowRange<Row> | undefined>;
  staleRow(id: string): Promise<TimedRow<Row> | undefined>;
}

/** Lookups in a local cache, without an upstream call. Undefined if the value is missing or too old. */
export interface CachedLookups<List extends string, Row extends ListRow> extends CursorClock<List> {
  /** A fresh range that holds the window. */
  cachedRange(list: List, window: Window): RowRange<Row> | undefined;
  /** As {@link cachedRange}, with the maximum age for while the upstream fails. */
  staleRange(list: List, window: Window): RowRange<Row> | undefined;
  /** The fresh length of a list. */
  cachedTotal(list: List): TimedTotal | undefined;
  /** As {@link cachedTotal}, with the maximum age for while the upstream fails. */
  staleTotal(list: List): TimedTotal | undefined;
  cachedRow(id: string): TimedRow<Row> | undefined;
  /** Reads, or serves a stale value while the upstream fails; see StaleIfError. */
  orStale<Value>(key: string, stale: () => Value | undefined, read: () => Promise<Value>): Promise<Value>;
  /** Records that a cursor was made from rows that had arrived at `at`. */
  cursorMade(list: List, anchor: Anchor, at: MonotonicMs): void;
}
