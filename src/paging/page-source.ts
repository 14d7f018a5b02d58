import type { MonotonicMs } from '../clock.ts';
import type { Observer } from '../observer.ts';
import type { Caller } from './caller.ts';
import type { PageRef } from './cover.ts';
import type { Anchor } from './cursor.ts';
import type { ListRow, RowRange } from './row-range.ts';
import type { Window } from './window.ts';

/** The length of a list, and when the page that showed it was requested. */
export interface TimedTotal {
  readonly total: number;
  readonly sentAt: MonotonicMs;
}

/** Reads the pages of lists. Lives as long as the gateway. */
export interface PageSource<List extends string, Row extends ListRow> {
  readonly observer: Observer;
  /** What is kept between requests; undefined where every read goes upstream. */
  readonly cache?: CachedLookups<List, Row> | undefined;

  /**
   * @param since a page that was requested before this will not do; without it, one may be as old as the cache allows
   * @throws UpstreamError
   * @throws the reason of the caller's signal
   */
  page(list: List, page: PageRef, since?: MonotonicMs, caller?: Caller): Promise<RowRange<Row>>;
  /** The length of a list when a page of it was last read, however old: good for choosing how to read, not for a response. */
  lastTotal(list: List): number | undefined;
}

/** Tells when cursors had been made at the latest, which they do not say themselves. */
export interface CursorClock<List extends string> {
  /** @param at what is known here: the result is never later */
  cursorKnownSince(list: List, anchor: Anchor, at: MonotonicMs): MonotonicMs | Promise<MonotonicMs>;
}

/** Pages that other replicas have read, as old as one may be while the upstream fails. */
export interface StaleLookups<List extends string, Row extends ListRow> {
  stalePage(list: List, page: PageRef): Promise<RowRange<Row> | undefined>;
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
  /** Reads, or serves what is stale while the upstream fails; see StaleIfError. */
  orStale<Value>(key: string, stale: () => Value | undefined, read: () => Promise<Value>): Promise<Value>;
  /** Remembers that a cursor was made from rows that had been read by `at`. */
  cursorMade(list: List, anchor: Anchor, at: MonotonicMs): void;
}
