import { type Failure, failureOf } from '../client/failure.ts';
import type { RowList } from '../list/list.ts';
import type { Row } from '../list/segment.ts';
import type { Reader, ReaderState } from '../table/list-reader.ts';

/** A page of search results. */
export interface SearchPage {
  readonly rows: readonly Row[];
  readonly hasNext: boolean;
  /** Cursor to continue from: the last row that the search examined. */
  readonly endCursor: string | null;
  /** Number of rows examined for this page. */
  readonly scanned: number;
  /** Number of rows in the whole list, matching or not. */
  readonly total: number;
}

/** Requests of a search. */
export interface SearchSource {
  /** Reads the first matches after a cursor, or from the start. */
  read(first: number, after: string | null): Promise<SearchPage>;
  /** Number of matches in the whole list; null when one search cannot examine all of it. */
  count(): Promise<number | null>;
}

/** Progress of a search. */
export interface Search {
  /** Number of matches in the whole list; null while unknown. */
  readonly matchCount: number | null;
  /** Number of rows examined, starting with the newest. */
  readonly scanned: number;
  /** Number of rows in the whole list; undefined before the first response. */
  readonly total: number | undefined;
  /** Whether the search used up its upstream calls before the end of the list. It continues on request. */
  readonly isPaused: boolean;
  /** Number of pauses so far. */
  readonly pauses: number;
  /** Shown rows that a repeated search no longer found. */
  readonly missing: ReadonlySet<string>;
}

export interface SearchReaderState extends ReaderState {
  readonly search: Search;
}

const PAGE = 100;

/** Minimum time between two searches for changes, in milliseconds per row examined: 100 rows cost one upstream call. */
const REFRESH_PAUSE_PER_ROW_MS = 25;

const NO_IDS: ReadonlySet<string> = new Set();

/**
 * Loads the matching rows of a list, newest first, as far as the user scrolls. Pauses when a search has used up its
 * upstream calls, until `keepLooking`. New matches wait until the user shows them; rows that no longer match stay.
 */
export class SearchReader implements Reader {
  readonly #source: SearchSource;
  readonly #listeners = new Set<() => void>();
  #rows: readonly Row[] = [];
  #endCursor: string | null = null;
  #hasNext = true;
  #to = 1;
  /** Whether to continue although the view is full or the search is paused. */
  #isAskedFor = false;
  /** Index of the row that must be loaded before anything is shown. */
  #hold = 0;
  /** Result of the last search for changes, not shown yet. */
  #fresh: SearchPage | undefined;
  #nextLookMs = 0;
  /** Incremented at each restart of the search; a response to an earlier request is ignored. */
  #beginnings = 0;
  #reading: SearchReaderState = {
    list: listOf([], [], false, undefined),
    failure: undefined,
    busy: false,
    readMs: undefined,
    search: { matchCount: null, scanned: 0, total: undefined, isPaused: false, pauses: 0, missing: NO_IDS },
  };

  constructor(source: SearchSource) {
    this.#source = source;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  readonly snapshot = (): SearchReaderState => this.#reading;

  load(_from: number, to: number): void {
    this.#to = to;
    if (this.#reading.failure === undefined) void this.#advance();
  }

  /** Searches from the start, and shows nothing until the row is loaded that once had this index. */
  startBelow(_cursor: string, index: number): void {
    if (this.#reading.search.total !== undefined) {
      // The row is not among the matches. A new state object makes the view show them.
      this.#change({ list: { ...this.#reading.list } });
      return;
    }
    this.#hold = index + 1;
    void this.#advance();
  }

  retry(): void {
    this.#isAskedFor = true;
    void this.#advance();
  }

  /** Continues a paused search. */
  keepLooking(): void {
    this.#isAskedFor = true;
    void this.#advance();
  }

  /**
   * Searches the start of the list again, at most once per pause time, and records new matches and rows that no longer
   * match.
   */
  async checkForChanges(): Promise<void> {
    if (this.#reading.search.total === undefined || Date.now() < this.#nextLookMs) return;
    await this.#send(null, (page) => {
      this.#nextLookMs = Date.now() + page.scanned * REFRESH_PAUSE_PER_ROW_MS;
      // No row is shown, so none can move under the user.
      if (this.#rows.length === 0) return this.#begin(page);
      const known = new Map(this.#rows.map(({ id }, place) => [id, place]));
      const found = new Set(page.rows.map(({ id }) => id));
      const lastKnown = page.rows.findLastIndex(({ id }) => known.has(id));
      const extent = page.hasNext ? (known.get(page.rows[lastKnown]?.id ?? '') ?? -1) : known.size - 1;
      const missing = this.#rows.slice(0, extent + 1).filter(({ id }) => !found.has(id));
      // Rows after the last loaded one are not new, unless the list was loaded to its end.
      const newer = page.rows
        .slice(0, this.#hasNext ? lastKnown + 1 : page.rows.length)
        .filter(({ id }) => !known.has(id));
      this.#fresh = newer.length === 0 ? undefined : page;
      this.#show(newer, { missing: new Set(missing.map(({ id }) => id)), total: page.total });
    });
  }

  /** Replaces the rows by the result of the last search for changes. */
  showNewer(): void {
    if (this.#fresh !== undefined) this.#begin(this.#fresh);
    void this.#advance();
  }

  async #advance(): Promise<void> {
    while (!this.#reading.busy && this.#isWanted()) {
      const isFirst = this.#reading.search.total === undefined;
      const done = await this.#send(this.#endCursor, (page) =>
        isFirst ? this.#begin(page) : this.#append(page),
      );
      if (!done) return;
    }
  }

  #isWanted(): boolean {
    const { total, isPaused } = this.#reading.search;
    if (total === undefined) return true;
    if (!this.#hasNext) return false;
    return this.#isAskedFor || (!isPaused && Math.max(this.#to, this.#hold) > this.#rows.length);
  }

  #begin(page: SearchPage): void {
    this.#beginnings += 1;
    this.#rows = [];
    this.#fresh = undefined;
    this.#nextLookMs = Date.now() + page.scanned * REFRESH_PAUSE_PER_ROW_MS;
    this.#append(page, { scanned: 0, matchCount: null, pauses: 0, missing: NO_IDS });
    if (this.#hasNext && !this.#reading.search.isPaused) void this.#count();
  }

  #append(page: SearchPage, from: Partial<Search> = {}): void {
    const before = { ...this.#reading.search, ...from };
    const known = new Set(this.#rows.map(({ id }) => id));
    this.#rows = [...this.#rows, ...page.rows.filter(({ id }) => !known.has(id))];
    this.#endCursor = page.endCursor ?? this.#endCursor;
    this.#hasNext = page.hasNext;
    this.#isAskedFor = false;
    const isPaused = page.hasNext && page.rows.length < PAGE;
    this.#show(this.#reading.list.newer, {
      ...before,
      scanned: Math.min(page.total, before.scanned + page.scanned),
      total: page.total,
      isPaused,
      pauses: before.pauses + (isPaused ? 1 : 0),
      matchCount: page.hasNext ? before.matchCount : this.#rows.length,
    });
  }

  /** Publishes the loaded rows, unless a row further down is awaited. */
  #show(newer: readonly Row[], search: Partial<Search>): void {
    const next = { ...this.#reading.search, ...search };
    const isMore = this.#hasNext && !next.isPaused;
    if (isMore && this.#rows.length < this.#hold) {
      this.#reading = { ...this.#reading, search: next };
      return;
    }
    this.#hold = 0;
    const waiting = this.#fresh === undefined ? [] : newer;
    const total = next.total === undefined ? undefined : Math.max(this.#rows.length, next.matchCount ?? 0);
    this.#change({ list: listOf(this.#rows, waiting, isMore, total), search: next });
  }

  /**
   * Requests the number of matches, which is cheap because the gateway has cached the pages. On failure the number
   * stays unknown.
   */
  async #count(): Promise<void> {
    const matchCount = await this.#source.count().catch(() => null);
    if (matchCount !== null) this.#show(this.#reading.list.newer, { matchCount });
  }

  /** Sends a request. Resolves to false when it fails, or when another request is pending. */
  async #send(after: string | null, take: (page: SearchPage) => void): Promise<boolean> {
    if (this.#reading.busy) return false;
    this.#change({ busy: true });
    const beginnings = this.#beginnings;
    let failure: Failure | undefined;
    try {
      const page = await this.#source.read(PAGE, after);
      this.#reading = { ...this.#reading, readMs: Date.now() };
      if (this.#beginnings === beginnings) take(page);
    } catch (error) {
      failure = failureOf(error);
      this.#isAskedFor = false;
    }
    this.#change({ busy: false, failure });
    return failure === undefined;
  }

  #change(change: Partial<SearchReaderState>): void {
    this.#reading = { ...this.#reading, ...change };
    for (const listener of this.#listeners) listener();
  }
}

/**
 * The matches as a list for the table. Rows that are not loaded stand for the rest; at least one when there are more.
 *
 * @param total number of matches, as far as counted
 */
function listOf(
  rows: readonly Row[],
  newer: readonly Row[],
  isMore: boolean,
  total: number | undefined,
): RowList {
  return {
    segments: rows.length === 0 ? [] : [{ base: 0, rows, atStart: true, atEnd: !isMore }],
    newer,
    hasMoreNewer: false,
    total: total === undefined ? undefined : total + newer.length,
    shownTotal: undefined,
  };
}
