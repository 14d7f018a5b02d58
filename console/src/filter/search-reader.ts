import { type Failure, failureOf } from '../client/failure.ts';
import type { RowList } from '../list/list.ts';
import type { Row } from '../list/segment.ts';
import type { Reader, Reading } from '../table/reader.ts';

/** A page of a search, as the API gives it. */
export interface SearchPage {
  readonly rows: readonly Row[];
  readonly hasNext: boolean;
  /** From where the next page goes on: the last row that was looked at. */
  readonly endCursor: string | null;
  /** Rows that were looked at for it. */
  readonly scanned: number;
  /** Rows in the whole list, those that do not match included. */
  readonly total: number;
}

/** How a search is read. */
export interface SearchSource {
  /** The first matches after a cursor, or from the start. */
  read(first: number, after: string | null): Promise<SearchPage>;
  /** Matches in the whole list; null where the calls of one search do not suffice to look at all of it. */
  count(): Promise<number | null>;
}

/** How far a search came. */
export interface Search {
  /** Matches in the whole list; null as long as that is not known. */
  readonly matchCount: number | null;
  /** Rows of the list that were looked at, from the newest on. */
  readonly scanned: number;
  /** Rows in the whole list; undefined before the first response. */
  readonly total: number | undefined;
  /** Whether the calls of a search were used up before the end of the list: it goes on when somebody asks for it. */
  readonly isPaused: boolean;
  /** How often it was paused. */
  readonly pauses: number;
  /** Rows that are shown and were not found again. */
  readonly missing: ReadonlySet<string>;
}

export interface SearchReading extends Reading {
  readonly search: Search;
}

const PAGE = 100;

/** Time for which the list is not searched again, for each row that a search looks at: it costs the upstream a call for 100 rows. */
const REST_MS_A_ROW = 25;

const NOTHING: ReadonlySet<string> = new Set();

/**
 * Reads the rows of a list that match, from the newest on, as far as somebody looks. It stops where the calls of one search are
 * used up, until `keepLooking`. Rows that match later wait until somebody wants to see them; rows that do not match any more stay.
 */
export class SearchReader implements Reader {
  readonly #source: SearchSource;
  readonly #listeners = new Set<() => void>();
  #rows: readonly Row[] = [];
  #endCursor: string | null = null;
  #hasNext = true;
  #to = 1;
  /** Whether to go on although the view is full, or the search paused. */
  #isAskedFor = false;
  /** The row that has to be known before anything is shown. */
  #hold = 0;
  /** What was found when the list was searched again. */
  #fresh: SearchPage | undefined;
  #nextLookMs = 0;
  /** Incremented at each restart of the search; a response to an earlier request is ignored. */
  #beginnings = 0;
  #reading: SearchReading = {
    list: listOf([], [], false, undefined),
    failure: undefined,
    busy: false,
    readMs: undefined,
    search: { matchCount: null, scanned: 0, total: undefined, isPaused: false, pauses: 0, missing: NOTHING },
  };

  constructor(source: SearchSource) {
    this.#source = source;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  readonly now = (): SearchReading => this.#reading;

  look(_from: number, to: number): void {
    this.#to = to;
    if (this.#reading.failure === undefined) void this.#advance();
  }

  /** Reads from the start all the same, and shows nothing until a row is known that was once the one at `index`. */
  beginBelow(_cursor: string, index: number): void {
    if (this.#reading.search.total !== undefined) {
      // The row is not among the matches; a new state object makes the view show those.
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

  /** Goes on where the search paused. */
  keepLooking(): void {
    this.#isAskedFor = true;
    void this.#advance();
  }

  /** Searches the start of the list again, at most once per pause, and records new matches and rows that no longer match. */
  async lookForChanges(): Promise<void> {
    if (this.#reading.search.total === undefined || Date.now() < this.#nextLookMs) return;
    await this.#ask(null, (page) => {
      this.#nextLookMs = Date.now() + page.scanned * REST_MS_A_ROW;
      // Nobody reads anything, so nothing moves.
      if (this.#rows.length === 0) return this.#begin(page);
      const known = new Map(this.#rows.map(({ id }, place) => [id, place]));
      const found = new Set(page.rows.map(({ id }) => id));
      const lastKnown = page.rows.findLastIndex(({ id }) => known.has(id));
      const extent = page.hasNext ? (known.get(page.rows[lastKnown]?.id ?? '') ?? -1) : known.size - 1;
      const missing = this.#rows.slice(0, extent + 1).filter(({ id }) => !found.has(id));
      // What follows the last known row is no news, unless the end was known.
      const newer = page.rows
        .slice(0, this.#hasNext ? lastKnown + 1 : page.rows.length)
        .filter(({ id }) => !known.has(id));
      this.#fresh = newer.length === 0 ? undefined : page;
      this.#show(newer, { missing: new Set(missing.map(({ id }) => id)), total: page.total });
    });
  }

  /** Shows what was found when the list was searched again, and nothing else. */
  showNewer(): void {
    if (this.#fresh !== undefined) this.#begin(this.#fresh);
    void this.#advance();
  }

  async #advance(): Promise<void> {
    while (!this.#reading.busy && this.#isWanted()) {
      const isFirst = this.#reading.search.total === undefined;
      const done = await this.#ask(this.#endCursor, (page) =>
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
    this.#nextLookMs = Date.now() + page.scanned * REST_MS_A_ROW;
    this.#append(page, { scanned: 0, matchCount: null, pauses: 0, missing: NOTHING });
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

  /** Makes known what was read, unless a row further down is waited for. */
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

  /** Counts on beyond the page, which the pages in the gateway's cache make cheap; a failure leaves the number unknown. */
  async #count(): Promise<void> {
    const matchCount = await this.#source.count().catch(() => null);
    if (matchCount !== null) this.#show(this.#reading.list.newer, { matchCount });
  }

  /** Resolves to whether a response came; false while another one is being waited for, too. */
  async #ask(after: string | null, take: (page: SearchPage) => void): Promise<boolean> {
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

  #change(change: Partial<SearchReading>): void {
    this.#reading = { ...this.#reading, ...change };
    for (const listener of this.#listeners) listener();
  }
}

/**
 * The matches as the table knows lists. Rows that are not read stand for the others, one at least where there are more.
 *
 * @param total matches, as far as they are counted
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
    evenNewer: false,
    total: total === undefined ? undefined : total + newer.length,
    standing: undefined,
  };
}
