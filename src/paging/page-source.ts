import type { MonotonicMs } from '../clock.ts';
import type { Observer } from '../observer.ts';
import type { Caller } from './caller.ts';
import type { PageRef } from './cover.ts';
import type { Anchor } from './cursor.ts';
import type { PageCodec } from './page-codec.ts';
import type { ListRow, RowRange } from './row-range.ts';
import type { Window } from './window.ts';

/** What sets one family of lists apart from another. A family is one kind of row, in one or more lists. docs/kernel.md explains each field. */
export interface ListDefinition<List extends string, Row extends ListRow> {
  /** Names of 1 to 8 lists, in the order in which they come in cursors, and in all of them as one. `All` names all of them. */
  readonly lists: readonly List[];
  /** Rows of the largest page that the upstream serves in full, at least 2. Every size from 1 on is requested. */
  readonly maxPageSize: number;
  /**
   * Newest first: rows are found again by their creation times too, and all lists as one are merged by them. Own: whatever
   * order the rows have, they keep it; they are found by their ids and neighbours alone, and all lists as one come one after
   * the other. @default 'own'
   */
  readonly order?: 'newest first' | 'own';
  /**
   * The first of the numbers, 0..15, that name these lists in cursors. A family of n lists takes 2n of them, which no other
   * family of the same gateway may have. @default 0
   */
  readonly cursorCode?: number;
  /** What a row is called in metrics, spans and keys of Redis. @default 'row' */
  readonly rowName?: string;
  /** About the memory that a row takes, in bytes; null and undefined stand for a row that is none. @default 1000 */
  bytesOf?(row: Row | null | undefined): number;
  /** How replicas share rows; only needed with a Redis. */
  readonly codec?: PageCodec<Row>;
  /** Whether a row changes no more: it is cached longer then. */
  isFinal?(row: Row): boolean;
  /** A row with what only an earlier read of it had said, where that never changes. */
  completed?(row: Row, earlier: Row | null | undefined): Row;
}

/** A page as the upstream shows it: total and rows of one moment. */
export interface Page<Row extends ListRow> {
  /** Number of rows of the list, below 2^30. */
  readonly total: number;
  /** As many as the page has room for, fewer at the end of the list alone. Undefined stands for a row that cannot be used. */
  readonly rows: readonly (Row | undefined)[];
  /** When the request was sent. @default when the page was asked for */
  readonly sentAt?: MonotonicMs;
}

/** A row that was read by its id, or null where there is none, and when the request was sent. */
export interface TimedRow<Row extends ListRow> {
  readonly row: Row | null;
  readonly sentAt: MonotonicMs;
}

/** A row as the upstream shows it by its id, or null where there is none. */
export interface FoundRow<Row extends ListRow> {
  readonly row: Row | null;
  /** When the request was sent. @default when the row was asked for */
  readonly sentAt?: MonotonicMs;
}

/** Everything that a family of lists has to provide. */
export interface PageSource<List extends string, Row extends ListRow> extends ListDefinition<List, Row> {
  /**
   * One request to the upstream. A page past the end has no rows.
   *
   * @param caller has the signal that ends the request, and its deadline
   * @throws UpstreamError when the upstream fails; stale rows are served instead, where there are any. Nothing else stands for that
   */
  read(list: List, page: PageRef, caller?: Caller): Promise<Page<Row>>;
  /** One request to the upstream; only needed for lookups by id. @throws UpstreamError */
  readById?(id: string, caller?: Caller): Promise<FoundRow<Row>>;
}

/** Events of the kernel, to be counted and logged. On the hot path: returns at once and never throws. */
export type ListObserver = Pick<Observer, 'cacheRead' | 'droppedRow' | 'realigned' | 'servedStale'>;

/** Receives everything that is read upstream, for whichever request. Returns at once and never throws. */
export interface ReadListener<List extends string, Row extends ListRow> {
  pageRead(list: List, range: RowRange<Row>): void;
  rowRead(id: string, read: TimedRow<Row>): void;
}

/** The length of a list, and when the page that showed it was requested. */
export interface TimedTotal {
  readonly total: number;
  readonly sentAt: MonotonicMs;
}

/** Reads pages and rows, from wherever they are. Lives as long as the gateway. */
export interface RowSource<List extends string, Row extends ListRow> {
  readonly definition: ListDefinition<List, Row>;
  readonly observer: ListObserver;
  /** What is kept between requests; undefined where every read goes upstream. */
  readonly cache?: CachedLookups<List, Row> | undefined;

  /**
   * @param since a page that was requested before this will not do; without it, one may be as old as the cache allows
   * @throws UpstreamError
   * @throws the reason of the caller's signal
   */
  page(list: List, page: PageRef, since?: MonotonicMs, caller?: Caller): Promise<RowRange<Row>>;
  /**
   * @param since a row that was requested before this will not do, whatever fails; without it, one may be as old as the cache
   *   allows, also while the upstream fails
   * @throws UpstreamError
   */
  row(id: string, since?: MonotonicMs, caller?: Caller): Promise<TimedRow<Row>>;
  /** The length of a list when a page of it was last read, however old: good for choosing how to read, not for a response. */
  lastTotal(list: List): number | undefined;
}

/** Tells when cursors had been made at the latest, which they do not say themselves. */
export interface CursorClock<List extends string> {
  /** @param at what is known here: the result is never later */
  cursorKnownSince(list: List, anchor: Anchor, at: MonotonicMs): MonotonicMs | Promise<MonotonicMs>;
}

/** What other replicas have read, as old as it may be while the upstream fails, and when cursors were made there. */
export interface SharedLookups<List extends string, Row extends ListRow> extends CursorClock<List> {
  stalePage(list: List, page: PageRef): Promise<RowRange<Row> | undefined>;
  staleRow(id: string): Promise<TimedRow<Row> | undefined>;
}

/** What a cache answers without a call. Undefined stands for what it does not have, or not young enough. */
export interface CachedLookups<List extends string, Row extends ListRow> extends CursorClock<List> {
  /** Rows that hold a window, fresh. */
  cachedRange(list: List, window: Window): RowRange<Row> | undefined;
  /** As {@link cachedRange}, as old as they may be while the upstream fails. */
  staleRange(list: List, window: Window): RowRange<Row> | undefined;
  /** The length of a list, fresh. */
  cachedTotal(list: List): TimedTotal | undefined;
  /** As {@link cachedTotal}, as old as it may be while the upstream fails. */
  staleTotal(list: List): TimedTotal | undefined;
  cachedRow(id: string): TimedRow<Row> | undefined;
  /** Reads, or serves what is stale while the upstream fails; see StaleIfError. */
  orStale<Value>(key: string, stale: () => Value | undefined, read: () => Promise<Value>): Promise<Value>;
  /** Remembers that a cursor was made from rows that had been read by `at`. */
  cursorMade(list: List, anchor: Anchor, at: MonotonicMs): void;
}
