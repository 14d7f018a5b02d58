import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { MonotonicMs } from '../../src/clock.ts';
import { UpstreamError, type UpstreamErrorCode } from '../../src/errors.ts';
import { CallCounter, type Caller } from '../../src/paging/caller.ts';
import type { PageRef } from '../../src/paging/cover.ts';
import { type Anchor, keyOf } from '../../src/paging/cursor.ts';
import { DirectSource } from '../../src/paging/direct-source.ts';
import {
  type CacheTimes,
  cursorKey,
  FINAL_TTL_FACTOR,
  ifFresh,
  PageCache,
  rowNameOf,
} from '../../src/paging/page-cache.ts';
import type { PageSource, RowSource, SharedLookups, TimedRow } from '../../src/paging/page-source.ts';
import type { ListRow, RowRange } from '../../src/paging/row-range.ts';
import { monotonic } from '../monotonic.ts';
import { unobserved } from '../unobserved.ts';

interface Row extends ListRow {
  readonly isFinal?: boolean;
  readonly remark?: string | undefined;
}

type List = 'left' | 'right';

const TTL_MS = 1000;
const STALE_MS = 60_000;
const GRID = 10;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  vi.advanceTimersByTime(1_000_000);
});

afterEach(() => {
  vi.useRealTimers();
});

const now = () => monotonic(performance.now());
const failure = (code: UpstreamErrorCode = 'UPSTREAM_UNAVAILABLE') =>
  new UpstreamError(code, { detail: 'made by the test' });

/** Lists of 95 rows that a test can change or break, behind a cache. */
class Cached {
  /** Pages and ids that were read from the upstream. */
  readonly reads: string[] = [];
  readonly events: string[] = [];
  readonly served: UpstreamErrorCode[] = [];
  total = 95;
  broken: Error | undefined;
  /** Duration of each read, in milliseconds. */
  tookMs = 0;
  changed = new Map<string, Row | null>();
  readonly direct: RowSource<List, Row>;
  readonly cache: PageCache<List, Row>;

  constructor({
    times = { ttlMs: TTL_MS, staleIfErrorMs: STALE_MS },
    shared,
    definition,
  }: {
    times?: CacheTimes;
    shared?: Partial<SharedLookups<List, Row>>;
    definition?: Partial<PageSource<List, Row>>;
  } = {}) {
    const source: PageSource<List, Row> = {
      lists: ['left', 'right'],
      maxPageSize: GRID,
      isFinal: ({ isFinal = false }) => isFinal,
      read: async (list, { pageNo, pageSize }, caller) => {
        this.reads.push(`${list} ${pageNo} of ${pageSize}`);
        await this.#takeTime(caller);
        const offsets = Array.from({ length: pageSize }, (_, n) => (pageNo - 1) * pageSize + n);
        const rows = offsets
          .filter((offset) => offset < this.total)
          .map((offset) => this.#row(`${list} ${offset}`));
        return { total: this.total, rows: rows.map((row) => row ?? undefined) };
      },
      readById: async (id, caller) => {
        this.reads.push(id);
        const sentAt = now();
        await this.#takeTime(caller);
        return { row: this.#row(id), sentAt };
      },
      ...definition,
    };
    const observer = {
      ...unobserved,
      cacheRead: (kind: string, result: string) => void this.events.push(`${kind} ${result}`),
      servedStale: (code: UpstreamErrorCode) => void this.served.push(code),
    };
    this.direct = new DirectSource(source, observer);
    const none = {
      stalePage: async () => undefined,
      staleRow: async () => undefined,
      cursorKnownSince: (_list: List, _anchor: Anchor, at: MonotonicMs) => at,
    };
    this.cache = new PageCache(this.direct, times, 500, shared && { ...none, ...shared });
  }

  page(pageNo: number, pageSize = GRID, list: List = 'left'): Promise<RowRange<Row>> {
    return this.cache.page(list, { pageNo, pageSize });
  }

  #row(id: string): Row | null {
    const changed = this.changed.get(id);
    return changed === undefined ? { id, createdSecond: null } : changed;
  }

  async #takeTime(caller: Caller | undefined): Promise<void> {
    if (this.tookMs > 0) await new Promise((resolve) => setTimeout(resolve, this.tookMs));
    caller?.signal.throwIfAborted();
    if (this.broken !== undefined) throw this.broken;
  }
}

describe('PageCache.page', () => {
  test('reads a page once per TTL', async () => {
    const cached = new Cached();
    const first = await cached.page(2);
    vi.advanceTimersByTime(TTL_MS - 1);
    expect(await cached.page(2)).toBe(first);
    expect(cached.events).toEqual(['page miss', 'page hit']);
    vi.advanceTimersByTime(1);
    expect(await cached.page(2)).not.toBe(first);
    expect(cached.reads).toEqual(['left 2 of 10', 'left 2 of 10']);
    expect(cached.events).toEqual(['page miss', 'page hit', 'page miss']);
  });

  test('keeps pages of other numbers, sizes and lists apart', async () => {
    const cached = new Cached();
    await Promise.all([cached.page(1), cached.page(2), cached.page(1, 5), cached.page(1, GRID, 'right')]);
    expect(cached.reads).toHaveLength(4);
  });

  test('reads a page again if the cached one was requested before since', async () => {
    const cached = new Cached();
    const { sentAt } = await cached.page(2);
    vi.advanceTimersByTime(10);
    await cached.cache.page('left', { pageNo: 2, pageSize: GRID }, sentAt);
    expect(cached.reads).toHaveLength(1);
    const younger = await cached.cache.page('left', { pageNo: 2, pageSize: GRID }, now());
    expect(younger.sentAt).toBe(now());
    expect(cached.reads).toHaveLength(2);
  });

  test('reads a page once for concurrent callers', async () => {
    const cached = new Cached();
    const [one, other] = await Promise.all([cached.page(2), cached.page(2)]);
    expect(one).toBe(other);
    expect(cached.events).toEqual(['page miss', 'page shared']);
  });

  test('counts the call for the first caller', async () => {
    const cached = new Cached();
    const callers = [1, 2].map(() => ({ signal: new AbortController().signal, calls: new CallCounter() }));
    const page = { pageNo: 2, pageSize: GRID };
    await Promise.all(callers.map((caller) => cached.cache.page('left', page, undefined, caller)));
    expect(callers.map(({ calls }) => calls.count)).toEqual([1, 0]);
  });

  test('aborts the read when its last caller leaves', async () => {
    const cached = new Cached();
    cached.tookMs = 100;
    const controller = new AbortController();
    const page = { pageNo: 2, pageSize: GRID };
    const reading = cached.cache.page('left', page, undefined, { signal: controller.signal });
    controller.abort(new RangeError('left'));
    await expect(reading).rejects.toThrow('left');
    await vi.advanceTimersByTimeAsync(100);
    cached.tookMs = 0;
    await cached.page(2);
    expect(cached.events).toEqual(['page miss', 'page miss']);
  });

  test('reads again if the shared read turns out older than since', async () => {
    const cached = new Cached();
    let reads = 0;
    const late: RowSource<List, Row> = {
      definition: cached.direct.definition,
      observer: cached.direct.observer,
      lastTotal: () => undefined,
      row: async () => ({ row: null, sentAt: now() }),
      page: async (_list, page) => ({
        start: 0,
        rows: [],
        total: 0,
        last: page.pageNo === 1,
        sentAt: monotonic(performance.now() - (reads++ === 0 ? 1 : 0)),
        answeredAt: now(),
      }),
    };
    const cache = new PageCache(late, { ttlMs: TTL_MS, staleIfErrorMs: 0 }, 500);
    const { sentAt } = await cache.page('left', { pageNo: 1, pageSize: GRID }, now());
    expect([sentAt, reads]).toEqual([now(), 2]);
  });

  test('does not cache a failure, and fails all concurrent callers', async () => {
    const cached = new Cached();
    cached.broken = failure();
    const both = await Promise.allSettled([cached.page(2), cached.page(2)]);
    expect(both).toEqual([1, 2].map(() => ({ status: 'rejected', reason: cached.broken })));
    await expect(cached.cache.row('left 12')).rejects.toBe(cached.broken);
    cached.broken = undefined;
    expect((await cached.page(2)).rows).toHaveLength(GRID);
  });
});

describe('PageCache.cachedRange', () => {
  test('returns the grid page that holds the window', async () => {
    const cached = new Cached();
    const second = await cached.page(2);
    const range = (start: number, end: number) => cached.cache.cachedRange('left', { start, end });
    expect(range(10, 20)).toBe(second);
    expect(range(19, 20)).toBe(second);
    expect(range(9, 12)).toBeUndefined();
    expect(range(15, 21)).toBeUndefined();
    expect(range(20, 21)).toBeUndefined();
    expect(cached.cache.cachedRange('right', { start: 10, end: 20 })).toBeUndefined();
  });

  test('returns the last page for a window that continues past the end', async () => {
    const cached = new Cached();
    const last = await cached.page(10);
    expect(cached.cache.cachedRange('left', { start: 92, end: 120 })).toBe(last);
  });

  test('returns a page off the grid that holds the window', async () => {
    const cached = new Cached();
    const page = await cached.page(2, 9);
    const range = (start: number, end: number) => cached.cache.cachedRange('left', { start, end });
    expect(range(9, 18)).toBe(page);
    expect(range(10, 12)).toBe(page);
    expect(range(8, 12)).toBeUndefined();
    expect(range(12, 19)).toBeUndefined();
    expect(cached.cache.cachedRange('right', { start: 9, end: 18 })).toBeUndefined();
  });

  test('tries every page off the grid', async () => {
    const cached = new Cached();
    await cached.page(1, 9);
    const held = await cached.page(2, 9);
    await cached.page(3, 9);
    expect(cached.cache.cachedRange('left', { start: 10, end: 12 })).toBe(held);
  });

  test('returns another page if one has expired', async () => {
    const cached = new Cached();
    await cached.page(2, 9);
    vi.advanceTimersByTime(TTL_MS);
    const younger = await cached.page(2, 8);
    expect(cached.cache.cachedRange('left', { start: 10, end: 12 })).toBe(younger);
  });

  test('is fresh for the TTL and stale for staleIfErrorMs, on and off the grid', async () => {
    const cached = new Cached();
    const pages = [await cached.page(2), await cached.page(4, 9)];
    const windows = [
      { start: 12, end: 14 },
      { start: 30, end: 33 },
    ];
    const fresh = () => windows.map((window) => cached.cache.cachedRange('left', window));
    const stale = () => windows.map((window) => cached.cache.staleRange('left', window));
    vi.advanceTimersByTime(TTL_MS - 1);
    expect(fresh()).toEqual(pages);
    vi.advanceTimersByTime(1);
    expect(fresh()).toEqual([undefined, undefined]);
    vi.advanceTimersByTime(STALE_MS - TTL_MS - 1);
    expect(stale()).toEqual(pages);
    vi.advanceTimersByTime(1);
    expect(stale()).toEqual([undefined, undefined]);
  });

  test('tracks the last 32 pages off the grid', async () => {
    const cached = new Cached();
    cached.total = 1000;
    for (let pageNo = 1; pageNo <= 32; pageNo++) await cached.page(pageNo, 9);
    const held = (pageNo: number) => {
      const start = (pageNo - 1) * 9;
      return cached.cache.cachedRange('left', { start, end: start + 9 }) !== undefined;
    };
    expect(held(1)).toBe(true);
    // Pages of the grid do not count.
    await cached.page(50);
    expect(held(1)).toBe(true);
    vi.advanceTimersByTime(1);
    await cached.cache.page('left', { pageNo: 1, pageSize: 9 }, now());
    await cached.page(33, 9);
    expect([held(1), held(2), held(3), held(33)]).toEqual([true, false, true, true]);
  });
});

describe('the total in PageCache', () => {
  test('is that of the page requested last', async () => {
    const cached = new Cached();
    const sentAt = now();
    await cached.page(1);
    expect(cached.cache.cachedTotal('left')).toEqual({ total: 95, sentAt });
    cached.total = 96;
    await cached.page(2);
    expect(cached.cache.cachedTotal('left')).toEqual({ total: 96, sentAt });
    expect(cached.cache.cachedTotal('right')).toBeUndefined();
  });

  test('is not that of a page requested earlier that arrived later', async () => {
    const cached = new Cached();
    cached.tookMs = 100;
    cached.total = 95;
    const slow = cached.page(1);
    await vi.advanceTimersByTimeAsync(50);
    cached.tookMs = 0;
    cached.total = 97;
    await cached.page(2);
    cached.total = 95;
    await vi.advanceTimersByTimeAsync(50);
    await slow;
    expect(cached.cache.lastTotal('left')).toBe(97);
  });

  test('is fresh for the TTL, stale for staleIfErrorMs, and an estimate afterwards', async () => {
    const cached = new Cached();
    expect(cached.cache.lastTotal('left')).toBeUndefined();
    const sentAt = now();
    await cached.page(1);
    vi.advanceTimersByTime(TTL_MS - 1);
    expect(cached.cache.cachedTotal('left')).toEqual({ total: 95, sentAt });
    vi.advanceTimersByTime(1);
    expect(cached.cache.cachedTotal('left')).toBeUndefined();
    vi.advanceTimersByTime(STALE_MS - TTL_MS - 1);
    expect(cached.cache.staleTotal('left')).toEqual({ total: 95, sentAt });
    vi.advanceTimersByTime(1);
    expect(cached.cache.staleTotal('left')).toBeUndefined();
    expect(cached.cache.lastTotal('left')).toBe(95);
  });
});

describe('PageCache.row', () => {
  test('is cached with the page that contains it', async () => {
    const cached = new Cached();
    const { sentAt } = await cached.page(2);
    expect(await cached.cache.row('left 12')).toEqual({
      row: { id: 'left 12', createdSecond: null },
      sentAt,
    });
    expect(cached.reads).toEqual(['left 2 of 10']);
  });

  test('is read once per TTL, and counted by the row name', async () => {
    const cached = new Cached({ definition: { rowName: 'book' } });
    const both = await Promise.all([cached.cache.row('left 12'), cached.cache.row('left 12')]);
    expect(both[0]).toBe(both[1]);
    vi.advanceTimersByTime(TTL_MS - 1);
    expect(await cached.cache.row('left 12')).toBe(both[0]);
    vi.advanceTimersByTime(1);
    await cached.cache.row('left 12');
    expect(cached.reads).toEqual(['left 12', 'left 12']);
    expect(cached.events).toEqual(['book miss', 'book shared', 'book miss']);
  });

  test('that does not exist is cached too', async () => {
    const cached = new Cached();
    cached.changed.set('left 12', null);
    expect((await cached.cache.row('left 12')).row).toBeNull();
    expect((await cached.cache.row('left 12')).row).toBeNull();
    expect(cached.reads).toHaveLength(1);
  });

  test('in a final state is cached longer', async () => {
    const cached = new Cached();
    cached.changed.set('left 12', { id: 'left 12', createdSecond: null, isFinal: true });
    await cached.cache.row('left 12');
    vi.advanceTimersByTime(TTL_MS * FINAL_TTL_FACTOR - 1);
    expect(cached.cache.cachedRow('left 12')).toBeDefined();
    vi.advanceTimersByTime(1);
    expect(cached.cache.cachedRow('left 12')).toBeUndefined();
  });

  test('of a family without isFinal is cached like any other', async () => {
    const { isFinal: _, ...rest } = new Cached().direct.definition;
    const source = { ...new Cached().direct, definition: rest };
    const cache = new PageCache<List, Row>(
      Object.assign(Object.create(new Cached().direct), source, {
        row: async (): Promise<TimedRow<Row>> => ({
          row: { id: 'a', createdSecond: null, isFinal: true },
          sentAt: now(),
        }),
      }),
      { ttlMs: TTL_MS, staleIfErrorMs: 0 },
      500,
    );
    await cache.row('a');
    vi.advanceTimersByTime(TTL_MS);
    expect(cache.cachedRow('a')).toBeUndefined();
  });

  test('is read again if it was requested before since, and not served stale then', async () => {
    const cached = new Cached();
    const { sentAt } = await cached.cache.row('left 12');
    vi.advanceTimersByTime(10);
    expect((await cached.cache.row('left 12', sentAt)).sentAt).toBe(sentAt);
    cached.broken = failure();
    await expect(cached.cache.row('left 12', now())).rejects.toThrow(UpstreamError);
    expect(cached.served).toEqual([]);
    expect(cached.reads).toHaveLength(2);
  });

  test('is served stale for staleIfErrorMs while the upstream fails', async () => {
    const cached = new Cached();
    const first = await cached.cache.row('left 12');
    cached.broken = failure();
    vi.advanceTimersByTime(STALE_MS - 1);
    expect(await cached.cache.row('left 12')).toBe(first);
    expect(cached.served).toEqual(['UPSTREAM_UNAVAILABLE']);
    await expect(cached.cache.row('left 13')).rejects.toThrow(UpstreamError);
    vi.advanceTimersByTime(1);
    await expect(cached.cache.row('left 12')).rejects.toThrow(UpstreamError);
  });

  test('is read even if another row has just failed', async () => {
    const cached = new Cached();
    await Promise.all([cached.cache.row('left 12'), cached.cache.row('left 13')]);
    vi.advanceTimersByTime(TTL_MS);
    cached.broken = failure();
    await cached.cache.row('left 12');
    cached.broken = undefined;
    expect((await cached.cache.row('left 13')).sentAt).toBe(now());
  });

  test('keeps fields that only an earlier read contained', async () => {
    const completed = (row: Row, earlier: Row | null | undefined): Row => ({
      ...row,
      remark: row.remark ?? earlier?.remark,
    });
    const cached = new Cached({ definition: { completed } });
    cached.changed.set('left 12', { id: 'left 12', createdSecond: null, remark: 'first' });
    await cached.cache.row('left 12');
    cached.changed.clear();
    vi.advanceTimersByTime(TTL_MS);
    await cached.page(2);
    expect((await cached.cache.row('left 12')).row?.remark).toBe('first');
    vi.advanceTimersByTime(TTL_MS);
    cached.changed.set('left 12', null);
    expect((await cached.cache.row('left 12')).row).toBeNull();
  });
});

describe('PageCache with shared lookups', () => {
  const page: PageRef = { pageNo: 2, pageSize: GRID };
  const range = (): RowRange<Row> => ({
    start: 10,
    rows: [{ id: 'of another replica', createdSecond: null }],
    total: 42,
    last: true,
    sentAt: monotonic(performance.now() - 5000),
    answeredAt: monotonic(performance.now() - 4000),
  });

  test('caches a stale page of another replica when its read fails, and the read still fails', async () => {
    const asked: unknown[] = [];
    const stale = range();
    const cached = new Cached({
      shared: {
        stalePage: async (...args) => {
          asked.push(args);
          return stale;
        },
      },
    });
    cached.broken = failure();
    await expect(cached.page(2)).rejects.toBe(cached.broken);
    expect(asked).toEqual([['left', page]]);
    expect(cached.cache.staleRange('left', { start: 10, end: 11 })).toBe(stale);
    expect(cached.cache.staleTotal('left')?.total).toBe(42);
    expect(cached.cache.cachedRange('left', { start: 10, end: 11 })).toBeUndefined();
  });

  test('caches a stale row of another replica when its read fails, and serves it', async () => {
    const row = { id: 'a', createdSecond: null };
    const sentAt = monotonic(performance.now() - 5000);
    const cached = new Cached({
      shared: { staleRow: async (id) => (id === 'a' ? { row, sentAt } : undefined) },
    });
    cached.broken = failure();
    expect(await cached.cache.row('a')).toEqual({ row, sentAt });
    await expect(cached.cache.row('b')).rejects.toThrow(UpstreamError);
  });

  test('does not look up stale values for an error that is not the upstream’s', async () => {
    let asked = 0;
    const count = async () => {
      asked++;
      return undefined;
    };
    const cached = new Cached({ shared: { stalePage: count, staleRow: count } });
    cached.broken = new RangeError('no page');
    await expect(cached.page(2)).rejects.toThrow('no page');
    await expect(cached.cache.row('a')).rejects.toThrow('no page');
    expect(asked).toBe(0);
  });
});

describe('PageCache.cursorKnownSince', () => {
  const anchor = (offset: number, rest: Partial<Anchor> = {}): Anchor => ({
    offset,
    total: 95,
    key: keyOf(`left ${offset}`),
    createdAt: null,
    ordered: false,
    neighbours: { side: 'above', keys: [], complete: true },
    ...rest,
  });

  test('is the first time at which the cursor was received', () => {
    const { cache } = new Cached();
    expect(cache.cursorKnownSince('left', anchor(5), monotonic(10))).toBe(10);
    expect(cache.cursorKnownSince('left', anchor(5), monotonic(20))).toBe(10);
    expect(cache.cursorKnownSince('left', anchor(6), monotonic(20))).toBe(20);
    expect(cache.cursorKnownSince('right', anchor(5), monotonic(20))).toBe(20);
  });

  test('is tracked from its making only for the last row of a grid page', () => {
    const { cache } = new Cached();
    for (const offset of [8, 9, 10]) cache.cursorMade('left', anchor(offset), monotonic(10));
    const known = [8, 9, 10].map((offset) => cache.cursorKnownSince('left', anchor(offset), monotonic(20)));
    expect(known).toEqual([20, 10, 20]);
  });

  test('is the arrival of the grid page that ends with its row, if that is unchanged in the cache', async () => {
    const cached = new Cached();
    cached.tookMs = 100;
    const reading = cached.page(2);
    await vi.advanceTimersByTimeAsync(100);
    const { answeredAt } = await reading;
    expect(answeredAt).toBe(now());
    const since = (made: Anchor, at: number) => {
      cached.cache.cursorMade('left', made, monotonic(at));
      return cached.cache.cursorKnownSince('left', made, monotonic(at + 1));
    };
    const at = answeredAt + 500;
    expect(since(anchor(19, { total: 94 }), at)).toBe(at);
    expect(since(anchor(19, { key: keyOf('another') }), at)).toBe(at);
    expect(since(anchor(29), at)).toBe(at);
    expect(since(anchor(19), at)).toBe(answeredAt);
  });

  test('is never later than the making of the cursor', async () => {
    const cached = new Cached();
    const { answeredAt } = await cached.page(2);
    cached.cache.cursorMade('left', anchor(19), monotonic(answeredAt - 7));
    expect(cached.cache.cursorKnownSince('left', anchor(19), answeredAt)).toBe(answeredAt - 7);
  });

  test('is not derived from a page with fewer rows than requested', async () => {
    const cached = new Cached();
    cached.total = 12;
    await cached.page(2);
    const last = anchor(19, { total: 12, key: keyOf('left 11') });
    cached.cache.cursorMade('left', last, monotonic(performance.now() + 500));
    expect(cached.cache.cursorKnownSince('left', last, monotonic(0))).toBe(performance.now() + 500);
  });

  test('is not derived from a page whose last row is unusable', async () => {
    const cached = new Cached();
    cached.changed.set('left 19', null);
    await cached.page(2);
    cached.cache.cursorMade('left', anchor(19), monotonic(performance.now() + 500));
    expect(cached.cache.cursorKnownSince('left', anchor(19), monotonic(0))).toBe(performance.now() + 500);
  });

  test('is the earlier time of another replica, which is looked up once', async () => {
    const asked: unknown[] = [];
    const { promise, resolve } = Promise.withResolvers<MonotonicMs>();
    const { cache } = new Cached({
      shared: {
        cursorKnownSince: (...args) => {
          asked.push(args);
          return promise;
        },
      },
    });
    const both = [10, 20].map((at) => cache.cursorKnownSince('left', anchor(5), monotonic(at)));
    resolve(monotonic(3));
    expect(await Promise.all(both)).toEqual([3, 3]);
    expect(cache.cursorKnownSince('left', anchor(5), monotonic(30))).toBe(3);
    expect(asked).toEqual([['left', anchor(5), 10]]);
  });

  test('is looked up again after a failed lookup', async () => {
    let asked = 0;
    const { cache } = new Cached({
      shared: {
        cursorKnownSince: async () => {
          if (asked++ === 0) throw new RangeError('no Redis');
          return monotonic(3);
        },
      },
    });
    await expect(cache.cursorKnownSince('left', anchor(5), monotonic(10))).rejects.toThrow('no Redis');
    await vi.advanceTimersByTimeAsync(0);
    expect(await cache.cursorKnownSince('left', anchor(5), monotonic(20))).toBe(3);
  });
});

describe('the memory limits of PageCache', () => {
  test('apply to the sizes by bytesOf, and evict the least recently used values', async () => {
    const cached = new Cached({ definition: { bytesOf: () => 1024 * 1024 } });
    cached.total = 1000;
    for (let pageNo = 1; pageNo <= 4; pageNo++) await cached.page(pageNo);
    const held = (start: number) => cached.cache.cachedRange('left', { start, end: start + 1 }) !== undefined;
    expect([0, 10, 20, 30].map(held)).toEqual([false, true, true, true]);
    expect(cached.cache.cachedRow('left 24')).toBeUndefined();
    expect(cached.cache.cachedRow('left 25')).toBeDefined();
  });

  test('count a kilobyte for a row without bytesOf', async () => {
    const cached = new Cached();
    cached.total = 100_000;
    for (let pageNo = 1; pageNo <= 3500; pageNo++) await cached.page(pageNo);
    const held = (start: number) => cached.cache.cachedRange('left', { start, end: start + 1 }) !== undefined;
    expect(held(0)).toBe(false);
    expect(held(34_999 - 3000 * GRID)).toBe(true);
  });
});

test('ifFresh returns a value younger than the maximum age', () => {
  const value = { sentAt: monotonic(performance.now() - 100) };
  expect(ifFresh(value, 101)).toBe(value);
  expect(ifFresh(value, 100)).toBeUndefined();
  expect(ifFresh(undefined, 100)).toBeUndefined();
});

test('rowNameOf is row by default', () => {
  expect(rowNameOf({})).toBe('row');
  expect(rowNameOf({ rowName: 'book' })).toBe('book');
});

test('cursorKey differs for different positions', () => {
  const anchor = { offset: 1, total: 2, key: 'k' } as Anchor;
  expect(cursorKey('left', anchor)).toBe('left/1/2/k');
});
