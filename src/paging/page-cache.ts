import { LRUCache } from 'lru-cache';
import { MemoryStore, type Timed } from '../cache/memory-store.ts';
import { SingleFlight } from '../cache/single-flight.ts';
import { type MonotonicMs, monotonicNow, NEVER } from '../clock.ts';
import { UpstreamError } from '../errors.ts';
import { inBackground } from '../guarded.ts';
import type { CacheResult } from '../observer.ts';
import { type Caller, callerOfShared } from './caller.ts';
import { type PageRef, pageKey, rowsOf } from './cover.ts';
import type { Anchor } from './cursor.ts';
import type {
  CachedLookups,
  ListDefinition,
  ListObserver,
  RowSource,
  SharedLookups,
  TimedRow,
  TimedTotal,
} from './page-source.ts';
import { keyOfRow } from './row-anchor.ts';
import { holdsWindow, type ListRow, type RowRange } from './row-range.ts';
import { StaleIfError } from './stale-if-error.ts';
import type { Window } from './window.ts';

/** How long cached values may be served, in milliseconds since they were requested. */
export interface CacheTimes {
  readonly ttlMs: number;
  /** While the upstream fails; 0 for never. */
  readonly staleIfErrorMs: number;
}

/** Maximum memory of cached pages and rows, in bytes. */
const PAGES_BYTES = 32 * 1024 * 1024;
const ROWS_BYTES = 16 * 1024 * 1024;

/** Estimated memory of a row, in bytes, unless its definition has `bytesOf`. */
const ROW_BYTES = 1000;

/** Factor of the TTL for a row in a final state, which can only be deleted. */
export const FINAL_TTL_FACTOR = 30;

/** Maximum number of tracked pages off the grid, for each list. */
const MAX_OFF_GRID = 32;

/** Maximum number of cursors whose time is tracked. For others, an extra read may be needed to prove that a page is newer. */
const MAX_CURSORS = 10_000;

/**
 * In-memory cache of pages and rows for all requests, with single flight: each page is read at most once at a time and once per `ttlMs`,
 * unless a request needs a newer one. The rows of a page are cached by id too.
 */
export class PageCache<List extends string, Row extends ListRow>
  implements RowSource<List, Row>, CachedLookups<List, Row>
{
  readonly definition: ListDefinition<List, Row>;
  readonly observer: ListObserver;
  readonly #times: CacheTimes;
  readonly #source: RowSource<List, Row>;
  readonly #shared: SharedLookups<List, Row> | undefined;
  readonly #pages: MemoryStore<RowRange<Row>>;
  readonly #offGrid = new Map<List, Map<string, Window>>();
  readonly #totals = new Map<List, TimedTotal>();
  readonly #cursorTimes = new LRUCache<string, MonotonicMs | Promise<MonotonicMs>>({ max: MAX_CURSORS });
  readonly #stale: StaleIfError;
  readonly #flights = new SingleFlight<RowRange<Row>>();
  readonly #rows: MemoryStore<TimedRow<Row>>;
  readonly #rowFlights = new SingleFlight<TimedRow<Row>>();

  /**
   * @param staleAfterMs duration of a read after which a stale value is served instead, in milliseconds
   * @param shared lookups in the cache that replicas share; undefined without Redis
   */
  constructor(
    source: RowSource<List, Row>,
    times: CacheTimes,
    staleAfterMs: number,
    shared?: SharedLookups<List, Row>,
  ) {
    this.#source = source;
    this.#shared = shared;
    this.definition = source.definition;
    this.observer = source.observer;
    this.#times = times;
    this.#stale = new StaleIfError(source.observer, staleAfterMs);
    const bytesOfRow = (row: Row | null | undefined) => source.definition.bytesOf?.(row) ?? ROW_BYTES;
    const bytesOf = ({ rows }: RowRange<Row>) => rows.reduce((bytes, row) => bytes + bytesOfRow(row), 200);
    this.#pages = new MemoryStore({ maxBytes: PAGES_BYTES, bytesOf });
    this.#rows = new MemoryStore({ maxBytes: ROWS_BYTES, bytesOf: ({ row }) => bytesOfRow(row) });
  }

  get cache(): this {
    return this;
  }

  async page(list: List, page: PageRef, since = NEVER, caller?: Caller): Promise<RowRange<Row>> {
    const key = pageKey(list, page);
    const cached = ifFresh(this.#pages.get(key), this.#times.ttlMs);
    if (cached !== undefined && cached.sentAt >= since) {
      this.observer.cacheRead('page', 'hit');
      return cached;
    }
    return this.#join('page', this.#flights, key, since, caller, async (reader) => {
      try {
        return this.#keep(list, page, await this.#source.page(list, page, since, reader));
      } catch (error) {
        const stale = error instanceof UpstreamError ? await this.#shared?.stalePage(list, page) : undefined;
        if (stale !== undefined) this.#keep(list, page, stale);
        throw error;
      }
    });
  }

  async row(id: string, since?: MonotonicMs, caller?: Caller): Promise<TimedRow<Row>> {
    const cached = this.cachedRow(id);
    if (cached !== undefined && cached.sentAt >= (since ?? NEVER)) return cached;
    if (since !== undefined) return this.#readRow(id, since, caller);
    const stale = () => ifFresh(this.#rows.get(id), this.#times.staleIfErrorMs);
    return this.orStale(`row/${id}`, stale, () => this.#readRow(id, NEVER, caller));
  }

  cachedRow(id: string): TimedRow<Row> | undefined {
    const cached = this.#rows.get(id);
    const isFinal = Boolean(cached?.row && this.definition.isFinal?.(cached.row));
    return ifFresh(cached, this.#times.ttlMs * (isFinal ? FINAL_TTL_FACTOR : 1));
  }

  cachedRange(list: List, window: Window): RowRange<Row> | undefined {
    return this.#rangeOf(list, window, this.#times.ttlMs);
  }

  staleRange(list: List, window: Window): RowRange<Row> | undefined {
    return this.#rangeOf(list, window, this.#times.staleIfErrorMs);
  }

  cachedTotal(list: List): TimedTotal | undefined {
    return ifFresh(this.#totals.get(list), this.#times.ttlMs);
  }

  staleTotal(list: List): TimedTotal | undefined {
    return ifFresh(this.#totals.get(list), this.#times.staleIfErrorMs);
  }

  lastTotal(list: List): number | undefined {
    return this.#totals.get(list)?.total;
  }

  orStale<Value>(key: string, stale: () => Value | undefined, read: () => Promise<Value>): Promise<Value> {
    return this.#stale.read(key, stale, read);
  }

  /** Tracks only cursors of the last row of a grid page: for any other row, the next rows are on a page that shows the row itself. */
  cursorMade(list: List, anchor: Anchor, at: MonotonicMs): void {
    if ((anchor.offset + 1) % this.definition.maxPageSize !== 0) return;
    this.#knownSince(list, anchor, () => Math.min(at, this.#shownBy(list, anchor)) as MonotonicMs);
  }

  cursorKnownSince(list: List, anchor: Anchor, receivedAt: MonotonicMs): MonotonicMs | Promise<MonotonicMs> {
    return this.#knownSince(list, anchor, () => receivedAt);
  }

  /** Joins the read in flight or starts one, repeatedly until the value was requested at `since` or later. */
  async #join<Value extends Timed>(
    kind: string,
    flights: SingleFlight<Value>,
    key: string,
    since: MonotonicMs,
    caller: Caller | undefined,
    read: (caller: Caller) => Promise<Value>,
  ): Promise<Value> {
    for (;;) {
      let result: CacheResult = 'shared';
      const flight = flights.join(key, since, caller?.signal, (signal) => {
        result = 'miss';
        return read(callerOfShared(caller, signal));
      });
      this.observer.cacheRead(kind, result);
      const value = await flight;
      // The caller that started the read may have accepted an older value.
      if (value.sentAt >= since) return value;
    }
  }

  #readRow(id: string, since: MonotonicMs, caller: Caller | undefined): Promise<TimedRow<Row>> {
    return this.#join(rowNameOf(this.definition), this.#rowFlights, id, since, caller, async (reader) => {
      try {
        const { row, sentAt } = await this.#source.row(id, since, reader);
        return this.#keepRow(id, row, sentAt);
      } catch (error) {
        const stale = error instanceof UpstreamError ? await this.#shared?.staleRow(id) : undefined;
        if (stale !== undefined) this.#keepRow(id, stale.row, stale.sentAt);
        throw error;
      }
    });
  }

  #keepRow(id: string, row: Row | null, sentAt: MonotonicMs): TimedRow<Row> {
    const timed = { row: row && (this.definition.completed?.(row, this.#rows.get(id)?.row) ?? row), sentAt };
    this.#rows.set(id, timed);
    return timed;
  }

  /**
   * Since when a cursor is known. The first lookup takes the earlier of `at` and the time on other replicas; concurrent lookups share it.
   */
  #knownSince(list: List, anchor: Anchor, at: () => MonotonicMs): MonotonicMs | Promise<MonotonicMs> {
    const key = cursorKey(list, anchor);
    const known = this.#cursorTimes.get(key);
    if (known !== undefined) return known;
    const found = this.#shared?.cursorKnownSince(list, anchor, at()) ?? at();
    this.#cursorTimes.set(key, found);
    if (typeof found !== 'number') {
      const stored = found.then((since) => this.#cursorTimes.set(key, since));
      // Waiting callers get the error; later callers retry.
      inBackground(stored, () => {
        if (this.#cursorTimes.peek(key) === found) this.#cursorTimes.delete(key);
      });
    }
    return found;
  }

  /** When the grid page that ends with the cursor's row had arrived, if it is still cached in that state; otherwise `Infinity`. */
  #shownBy(list: List, { offset, total, key }: Anchor): number {
    const { maxPageSize: pageSize } = this.definition;
    const page = { pageNo: (offset + 1) / pageSize, pageSize };
    const range = this.#pages.get(pageKey(list, page));
    const row = range?.rows.at(-1);
    const isSame = row !== undefined && range?.total === total && keyOfRow(row) === key;
    return isSame && range.rows.length === pageSize ? range.answeredAt : Number.POSITIVE_INFINITY;
  }

  #rangeOf(list: List, window: Window, maxAgeMs: number): RowRange<Row> | undefined {
    const { maxPageSize: pageSize } = this.definition;
    const page = { pageNo: Math.floor(window.start / pageSize) + 1, pageSize };
    const onGrid = ifFresh(this.#pages.get(pageKey(list, page)), maxAgeMs);
    if (onGrid !== undefined && holdsWindow(onGrid, window)) return onGrid;
    for (const [key, rows] of this.#offGrid.get(list) ?? []) {
      if (rows.start > window.start || rows.end < window.end) continue;
      const range = ifFresh(this.#pages.get(key), maxAgeMs);
      if (range !== undefined) return range;
    }
    return undefined;
  }

  #keep(list: List, page: PageRef, range: RowRange<Row>): RowRange<Row> {
    const key = pageKey(list, page);
    this.#pages.set(key, range);
    if (page.pageSize !== this.definition.maxPageSize) {
      const windows = this.#offGrid.get(list) ?? new Map<string, Window>();
      this.#offGrid.set(list, windows);
      windows.delete(key);
      windows.set(key, rowsOf(page));
      const [oldest] = windows.keys();
      if (windows.size > MAX_OFF_GRID && oldest !== undefined) windows.delete(oldest);
    }
    const { total, sentAt, rows } = range;
    const known = this.#totals.get(list);
    if (known === undefined || known.sentAt <= sentAt) this.#totals.set(list, { total, sentAt });
    for (const row of rows) if (row !== undefined) this.#keepRow(row.id, row, sentAt);
    return range;
  }
}

/** Returns the value, or undefined if it is missing or older than `maxAgeMs`. */
export function ifFresh<Read extends Timed>(read: Read | undefined, maxAgeMs: number): Read | undefined {
  return read !== undefined && monotonicNow() - read.sentAt < maxAgeMs ? read : undefined;
}

/** Name of a row in metrics, spans and keys. */
export function rowNameOf({ rowName = 'row' }: { readonly rowName?: string }): string {
  return rowName;
}

/** Cache key of a cursor's position. */
export function cursorKey(list: string, { offset, total, key }: Anchor): string {
  return `${list}/${offset}/${total}/${key}`;
}
