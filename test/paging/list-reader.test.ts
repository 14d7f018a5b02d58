import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { UpstreamError, type UpstreamErrorCode } from '../../src/errors.ts';
import { Freshness } from '../../src/paging/caller.ts';
import type { Anchor } from '../../src/paging/cursor.ts';
import { DirectSource } from '../../src/paging/direct-source.ts';
import { ListReaders } from '../../src/paging/list-reader.ts';
import { PageCache } from '../../src/paging/page-cache.ts';
import type { PageSource } from '../../src/paging/page-source.ts';
import { REALIGN_CALLS_PER_LIST, RealignBudget } from '../../src/paging/realign/realign-budget.ts';
import { endOf, type ListRow, type RowRange } from '../../src/paging/row-range.ts';
import { monotonic } from '../monotonic.ts';
import { unobserved } from '../unobserved.ts';

type List = 'left' | 'right';

const TTL_MS = 1000;
const STALE_MS = 60_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  vi.advanceTimersByTime(1_000_000);
});

afterEach(() => {
  vi.useRealTimers();
});

const now = () => monotonic(performance.now());

/** Two lists of 1000 rows named by their second, in pages of up to 100. */
class Lists {
  /** As `left 3 of 100`. */
  readonly calls: string[] = [];
  readonly events: string[] = [];
  readonly served: UpstreamErrorCode[] = [];
  readonly rows: Record<List, ListRow[]>;
  broken = false;
  /** Whether a page arrives only after the current task of the process. */
  isRemote = false;
  /** Called before each page is read. */
  happens: () => void = () => {};
  freshness = new Freshness();
  readonly #source: DirectSource<List, ListRow> | PageCache<List, ListRow>;

  constructor({
    isCached = false,
    order = 'newest first',
    length = 1000,
  }: { isCached?: boolean; order?: 'newest first' | 'own'; length?: number } = {}) {
    const rowsOf = (list: List) =>
      Array.from({ length }, (_, n) => ({
        id: `${list} ${n}`,
        createdSecond: order === 'own' ? null : 100_000 - n,
      }));
    this.rows = { left: rowsOf('left'), right: rowsOf('right') };
    const source: PageSource<List, ListRow> = {
      lists: ['left', 'right'],
      maxPageSize: 100,
      order,
      read: async (list, { pageNo, pageSize }) => {
        this.calls.push(`${list} ${pageNo} of ${pageSize}`);
        this.happens();
        if (this.broken) throw new UpstreamError('UPSTREAM_UNAVAILABLE', { detail: 'made by the test' });
        const rows = this.rows[list].slice((pageNo - 1) * pageSize, pageNo * pageSize);
        const { length: total } = this.rows[list];
        if (this.isRemote) await setImmediate();
        vi.advanceTimersByTime(1);
        return { total, rows };
      },
    };
    const observer = {
      ...unobserved,
      cacheRead: (kind: string, result: string) => void this.events.push(`${kind} ${result}`),
      servedStale: (code: UpstreamErrorCode) => void this.served.push(code),
    };
    const direct = new DirectSource(source, observer);
    const times = { ttlMs: TTL_MS, staleIfErrorMs: STALE_MS };
    this.#source = isCached ? new PageCache(direct, times, 60_000) : direct;
  }

  readers(): ListReaders<List, ListRow> {
    return new ListReaders(this.#source, this.freshness);
  }

  reader(list: List = 'left') {
    return this.readers().of(list);
  }

  /** Inserts a row on top. */
  grow(list: List = 'left'): void {
    const id = `new ${this.rows[list].length}`;
    this.rows[list].unshift({ id, createdSecond: (this.rows[list][0]?.createdSecond ?? 0) + 1 });
  }

  /** Inserts a row on top and deletes the last one, so that the length is unchanged. */
  shift(list: List = 'left'): void {
    this.grow(list);
    this.rows[list].pop();
  }
}

const budget = () => new RealignBudget();
const spanOf = (range: RowRange | undefined) => range && [range.start, endOf(range)];

/** Number of calls left in a budget. */
function leftOf(spent: RealignBudget): number {
  for (let calls = 0; ; calls++) {
    try {
      spent.spend();
    } catch {
      return calls;
    }
  }
}

describe('ListReaders', () => {
  test('has one reader per list', () => {
    const readers = new Lists().readers();
    expect(readers.of('left')).toBe(readers.of('left'));
    expect(readers.of('left')).not.toBe(readers.of('right'));
    expect(readers.of('right').list).toBe('right');
  });

  test('finds a row that any reader has read, without a cache', async () => {
    const readers = new Lists().readers();
    await readers.of('left').read({ start: 0, end: 10 }, 'start', budget());
    const sentAt = now();
    await readers.of('right').read({ start: 0, end: 10 }, 'start', budget());
    expect(readers.find('right 9')).toEqual({ row: { id: 'right 9', createdSecond: 99_991 }, sentAt });
    expect(readers.find('left 0')?.row.id).toBe('left 0');
    expect(readers.find('left 10')).toBeUndefined();
  });

  test('finds the newest read of a row', async () => {
    const lists = new Lists();
    const readers = lists.readers();
    await readers.of('left').read({ start: 0, end: 10 }, 'start', budget());
    const sentAt = now();
    await readers.of('left').reread({ start: 0, end: 10 }, 'start', sentAt, budget());
    expect(readers.find('left 3')?.sentAt).toBe(sentAt);
  });

  test('finds no row with a cache', async () => {
    const readers = new Lists({ isCached: true }).readers();
    await readers.of('left').read({ start: 0, end: 10 }, 'start', budget());
    expect(readers.find('left 3')).toBeUndefined();
  });
});

describe('ListReader.total', () => {
  test('alone costs the smallest page, once per request', async () => {
    const lists = new Lists();
    const reader = lists.reader();
    expect(await Promise.all([reader.total(), reader.total()])).toEqual([1000, 1000]);
    expect(await reader.total()).toBe(1000);
    expect(lists.calls).toEqual(['left 1 of 1']);
  });

  test('costs nothing beside a page of the same list that another field requests', async () => {
    const lists = new Lists();
    lists.isRemote = true;
    const reader = lists.reader();
    const total = reader.total();
    const page = Promise.resolve().then(() => reader.read({ start: 0, end: 10 }, 'start', budget()));
    expect(await total).toBe(1000);
    await page;
    expect(lists.calls).toEqual(['left 1 of 10']);
  });

  test('is read separately if the page beside it has arrived before', async () => {
    const lists = new Lists();
    const reader = lists.reader();
    await reader.read({ start: 0, end: 10 }, 'start', budget());
    await vi.advanceTimersByTimeAsync(0);
    await reader.total();
    expect(lists.calls).toEqual(['left 1 of 10', 'left 1 of 1']);
  });

  test('is read separately if the page beside it has failed', async () => {
    const lists = new Lists();
    const reader = lists.reader();
    lists.broken = true;
    await expect(reader.read({ start: 0, end: 10 }, 'start', budget())).rejects.toThrow(UpstreamError);
    await vi.advanceTimersByTimeAsync(0);
    lists.broken = false;
    expect(await reader.total()).toBe(1000);
  });

  test('comes from the cache while it is fresh, and counts as a hit', async () => {
    const lists = new Lists({ isCached: true });
    const sentAt = now();
    await lists.reader().total();
    lists.events.length = 0;
    lists.freshness = new Freshness();
    expect(await lists.reader().total()).toBe(1000);
    expect(lists.events).toEqual(['total hit']);
    expect(lists.freshness.oldestSentAt).toBe(sentAt);
    expect(lists.calls).toHaveLength(1);
  });

  test('is served stale while the upstream fails', async () => {
    const lists = new Lists({ isCached: true });
    const sentAt = now();
    await lists.reader().total();
    vi.advanceTimersByTime(TTL_MS);
    lists.broken = true;
    lists.freshness = new Freshness();
    expect(await lists.reader().total()).toBe(1000);
    expect(lists.freshness.oldestSentAt).toBe(sentAt);
    expect(lists.served).toEqual(['UPSTREAM_UNAVAILABLE']);
    await expect(lists.reader('right').total()).rejects.toThrow(UpstreamError);
  });
});

describe('ListReader.read without a cache', () => {
  test.each([
    [{ start: 0, end: 10 }, ['left 1 of 10']],
    [{ start: 95, end: 105 }, ['left 8 of 13']],
    [{ start: 150, end: 240 }, ['left 3 of 68', 'left 7 of 36']],
  ])('%o reads the smallest pages that cover it: %s', async (window, calls) => {
    const lists = new Lists();
    const reader = lists.reader();
    const range = await reader.read(window, 'start', budget());
    expect(range.start).toBeLessThanOrEqual(window.start);
    expect(endOf(range)).toBeGreaterThanOrEqual(window.end);
    expect(lists.calls).toHaveLength(calls.length);
    expect(reader.pagesOf(window)).toBe(calls.length);
    expect(lists.events).toEqual([]);
  });

  test('of an empty window costs the total alone, and returns an empty range', async () => {
    const lists = new Lists();
    const range = await lists.reader().read({ start: 7, end: 7 }, 'start', budget());
    expect(range).toMatchObject({ start: 7, rows: [], total: 1000 });
    expect(lists.calls).toEqual(['left 1 of 1']);
  });

  test('in a list without times reads pages that share a row, which proves that nothing moved', async () => {
    const lists = new Lists({ order: 'own' });
    const range = await lists.reader().read({ start: 0, end: 150 }, 'start', budget());
    expect(spanOf(range)?.[0]).toBe(0);
    expect(endOf(range)).toBeGreaterThanOrEqual(150);
    const [first, second] = lists.calls.map(
      (call) =>
        call
          .match(/(\d+) of (\d+)/)
          ?.slice(1)
          .map(Number) ?? [],
    );
    const endOfFirst = (first?.[0] ?? 0) * (first?.[1] ?? 0);
    const startOfSecond = ((second?.[0] ?? 0) - 1) * (second?.[1] ?? 0);
    expect(startOfSecond).toBeLessThan(endOfFirst);
    expect(lists.calls).toHaveLength(2);
  });

  test('in a list without times costs one page if one page holds the window', async () => {
    const lists = new Lists({ order: 'own' });
    await lists.reader().read({ start: 0, end: 100 }, 'start', budget());
    expect(lists.calls).toEqual(['left 1 of 100']);
  });

  test('ends with the list, whatever more was requested', async () => {
    const lists = new Lists({ length: 120 });
    const range = await lists.reader().read({ start: 60, end: 400 }, 'start', budget());
    expect(range.last).toBe(true);
    expect(endOf(range)).toBe(120);
    expect(lists.calls.length).toBeLessThanOrEqual(2);
  });
});

describe('ListReader.read with a cache', () => {
  test('costs the grid page that holds the window, and then nothing', async () => {
    const lists = new Lists({ isCached: true });
    const range = await lists.reader().read({ start: 120, end: 130 }, 'start', budget());
    expect(spanOf(range)).toEqual([100, 200]);
    lists.events.length = 0;
    lists.freshness = new Freshness();
    const again = await lists.reader().read({ start: 150, end: 170 }, 'end', budget());
    expect(again).toBe(range);
    expect(lists.freshness.oldestSentAt).toBe(range.sentAt);
    expect(lists.events).toEqual(['page hit']);
    expect(lists.calls).toEqual(['left 2 of 100']);
    expect(lists.reader().pagesOf({ start: 95, end: 105 })).toBe(2);
  });

  test('across a grid line costs one page off the grid, reaching as far ahead as possible', async () => {
    const lists = new Lists({ isCached: true });
    const range = await lists.reader().read({ start: 195, end: 205 }, 'start', budget());
    expect(lists.calls).toHaveLength(1);
    expect(range.start).toBeLessThanOrEqual(195);
    expect(endOf(range)).toBeGreaterThan(280);
  });

  test('across a grid line costs the lower page alone if the upper one is cached', async () => {
    const lists = new Lists({ isCached: true });
    await lists.reader().read({ start: 100, end: 110 }, 'start', budget());
    lists.calls.length = 0;
    const range = await lists.reader().read({ start: 195, end: 205 }, 'start', budget());
    expect(spanOf(range)).toEqual([100, 300]);
    expect(lists.calls).toEqual(['left 3 of 100']);
  });

  test('of a window that no single page holds costs grid pages', async () => {
    const lists = new Lists({ isCached: true });
    const range = await lists.reader().read({ start: 150, end: 249 }, 'start', budget());
    expect(lists.calls).toEqual(['left 2 of 100', 'left 3 of 100']);
    expect(spanOf(range)).toEqual([100, 300]);
  });

  test('backwards costs a page off the grid if it reaches farther than the grid page', async () => {
    const lists = new Lists({ isCached: true });
    const range = await lists.reader().read({ start: 310, end: 320 }, 'end', budget());
    expect(lists.calls).toHaveLength(1);
    expect(range.start).toBe(240);
    expect(endOf(range)).toBeGreaterThanOrEqual(320);
  });

  test('backwards costs the grid page if half of it is ahead', async () => {
    const lists = new Lists({ isCached: true });
    await lists.reader().read({ start: 350, end: 360 }, 'end', budget());
    expect(lists.calls).toEqual(['left 4 of 100']);
    await lists.reader().read({ start: 749, end: 755 }, 'end', budget());
    expect(lists.calls[1]).not.toBe('left 8 of 100');
  });

  test('backwards costs nothing if the page is cached, however close the window is to the grid line', async () => {
    const lists = new Lists({ isCached: true });
    await lists.reader().read({ start: 300, end: 310 }, 'start', budget());
    await lists.reader().read({ start: 305, end: 310 }, 'end', budget());
    expect(lists.calls).toEqual(['left 4 of 100']);
  });

  test('of an empty window costs the total alone', async () => {
    const lists = new Lists({ isCached: true });
    const range = await lists.reader().read({ start: 7, end: 7 }, 'end', budget());
    expect(range).toMatchObject({ start: 7, rows: [], total: 1000 });
    expect(lists.calls).toEqual(['left 1 of 1']);
  });
});

describe('pages of a list that changes between them', () => {
  test('are read again once, and then are of one state', async () => {
    const lists = new Lists();
    let pages = 0;
    lists.happens = () => {
      if (++pages === 2) lists.grow();
    };
    const range = await lists.reader().read({ start: 100, end: 290 }, 'start', budget());
    expect(lists.calls).toHaveLength(4);
    expect(range.total).toBe(1001);
    const ids = range.rows.map((row) => row?.id);
    expect(ids.slice(100 - range.start)[0]).toBe('left 99');
    expect(endOf(range)).toBeGreaterThanOrEqual(290);
  });

  test.each([
    ['start', 100],
    ['end', 290],
  ] as const)('return only the rows at the requested %s if they never join', async (from, edge) => {
    const lists = new Lists();
    lists.happens = () => lists.shift();
    const range = await lists.reader().read({ start: 100, end: 290 }, from, budget());
    expect(lists.calls).toHaveLength(from === 'start' ? 4 : 4);
    if (from === 'start') expect(range.start).toBeLessThanOrEqual(edge);
    else expect(endOf(range)).toBeGreaterThanOrEqual(edge);
    expect(endOf(range) - range.start).toBeLessThanOrEqual(100);
  });

  test('are read again only within the budget', async () => {
    const lists = new Lists();
    lists.happens = () => lists.shift();
    const spent = budget();
    while (leftOf(spent) > 0);
    const range = await lists.reader().read({ start: 100, end: 290 }, 'start', spent);
    expect(lists.calls).toHaveLength(2);
    expect(range.start).toBeLessThanOrEqual(100);
  });

  test('take two calls of the budget', async () => {
    const lists = new Lists();
    lists.happens = () => lists.shift();
    const paying = budget();
    await lists.reader().read({ start: 100, end: 290 }, 'start', paying);
    expect(leftOf(paying)).toBe(REALIGN_CALLS_PER_LIST - 2);
  });
});

describe('ListReader.reread, for newer rows', () => {
  test('reads a window again within the budget', async () => {
    const lists = new Lists();
    const reader = lists.reader();
    const window = { start: 0, end: 10 };
    const first = await reader.read(window, 'start', budget());
    const paying = budget();
    expect(await reader.reread(window, 'start', first.sentAt, paying)).toBe(first);
    const second = await reader.reread(window, 'start', now(), paying);
    expect(second?.sentAt).toBeGreaterThan(first.sentAt);
    expect(lists.calls).toHaveLength(2);
    expect(leftOf(paying)).toBe(REALIGN_CALLS_PER_LIST - 1);
  });

  test('is undefined if the budget is spent', async () => {
    const lists = new Lists();
    const spent = budget();
    while (leftOf(spent) > 0);
    expect(await lists.reader().reread({ start: 0, end: 10 }, 'start', now(), spent)).toBeUndefined();
    expect(await lists.reader().readAround({ start: 0, end: 10 }, 'start', now(), spent)).toBeUndefined();
    expect(lists.calls).toEqual([]);
  });

  test('readAround reads the largest page around the window', async () => {
    const lists = new Lists();
    const range = await lists.reader().readAround({ start: 195, end: 205 }, 'start', now(), budget());
    expect(lists.calls).toHaveLength(1);
    expect(range?.rows.length).toBeGreaterThan(90);
  });

  test('readAround reads several pages if one cannot hold the window', async () => {
    const lists = new Lists();
    const range = await lists.reader().readAround({ start: 150, end: 280 }, 'start', now(), budget());
    expect(lists.calls).toHaveLength(2);
    expect(endOf(range as RowRange)).toBeGreaterThanOrEqual(280);
  });

  test('costs no budget if another request has read the page meanwhile', async () => {
    const lists = new Lists({ isCached: true });
    const since = now();
    vi.advanceTimersByTime(1);
    await lists.reader().read({ start: 0, end: 10 }, 'start', budget());
    vi.advanceTimersByTime(1);
    const paying = budget();
    expect(spanOf(await lists.reader().reread({ start: 0, end: 10 }, 'start', since, paying))).toEqual([
      0, 100,
    ]);
    await vi.advanceTimersByTimeAsync(0);
    expect(leftOf(paying)).toBe(REALIGN_CALLS_PER_LIST);
    expect(lists.calls).toHaveLength(1);
  });

  test('serves no stale range that is too old', async () => {
    const lists = new Lists({ isCached: true });
    const { sentAt } = await lists.reader().read({ start: 0, end: 10 }, 'start', budget());
    vi.advanceTimersByTime(TTL_MS);
    lists.broken = true;
    const stale = await lists.reader().reread({ start: 0, end: 10 }, 'start', sentAt, budget());
    expect(stale?.sentAt).toBe(sentAt);
    const younger = lists.reader().reread({ start: 0, end: 10 }, 'start', monotonic(sentAt + 1), budget());
    await expect(younger).rejects.toThrow(UpstreamError);
  });
});

describe('ListReader while the upstream fails', () => {
  const failing = async (...windows: { start: number; end: number }[]) => {
    const lists = new Lists({ isCached: true });
    for (const window of windows) {
      await lists.reader().read(window, 'start', budget());
      vi.advanceTimersByTime(1);
    }
    vi.advanceTimersByTime(TTL_MS);
    lists.broken = true;
    lists.freshness = new Freshness();
    return lists;
  };

  test('serves a stale window', async () => {
    const lists = await failing({ start: 100, end: 110 });
    const range = await lists.reader().read({ start: 150, end: 160 }, 'start', budget());
    expect(spanOf(range)).toEqual([100, 200]);
    expect(lists.freshness.oldestSentAt).toBe(range.sentAt);
    expect(lists.served).toEqual(['UPSTREAM_UNAVAILABLE']);
  });

  test('serves a stale window across two pages if the lower one is newer', async () => {
    const lists = await failing({ start: 100, end: 110 }, { start: 200, end: 210 });
    const range = await lists.reader().read({ start: 195, end: 205 }, 'start', budget());
    expect(spanOf(range)).toEqual([100, 300]);
  });

  test('fails for a window across two pages if the upper one is newer', async () => {
    const lists = await failing({ start: 200, end: 210 }, { start: 100, end: 110 });
    await expect(lists.reader().read({ start: 195, end: 205 }, 'start', budget())).rejects.toThrow(
      UpstreamError,
    );
  });

  test('fails for a window with a missing page, at an end or in between', async () => {
    const upper = await failing({ start: 100, end: 110 });
    await expect(upper.reader().read({ start: 195, end: 205 }, 'start', budget())).rejects.toThrow(
      UpstreamError,
    );
    const lower = await failing({ start: 200, end: 210 });
    await expect(lower.reader().read({ start: 195, end: 205 }, 'start', budget())).rejects.toThrow(
      UpstreamError,
    );
    const outer = await failing({ start: 100, end: 110 }, { start: 300, end: 310 });
    await expect(outer.reader().read({ start: 195, end: 305 }, 'start', budget())).rejects.toThrow(
      UpstreamError,
    );
  });

  test('reads a window of another page, whose read has not failed', async () => {
    const lists = await failing({ start: 100, end: 110 }, { start: 300, end: 310 });
    await lists.reader().read({ start: 100, end: 110 }, 'start', budget());
    lists.broken = false;
    lists.calls.length = 0;
    const range = await lists.reader().read({ start: 300, end: 310 }, 'start', budget());
    expect(lists.calls).toEqual(['left 4 of 100']);
    expect(range.sentAt).toBeGreaterThan(lists.freshness.oldestSentAt);
  });
});

describe('cursorKnownSince', () => {
  const anchor = { offset: 99, total: 1000, key: '0123456789abcdef' } as Anchor;

  test('is remembered by the cache, per list', () => {
    const lists = new Lists({ isCached: true });
    lists.reader().cursorMade(anchor, monotonic(10));
    expect(lists.reader().cursorKnownSince(anchor, monotonic(20))).toBe(10);
    expect(lists.reader('right').cursorKnownSince(anchor, monotonic(20))).toBe(20);
  });

  test('is the time of the request without a cache', () => {
    const lists = new Lists();
    lists.reader().cursorMade(anchor, monotonic(10));
    expect(lists.reader().cursorKnownSince(anchor, monotonic(20))).toBe(20);
  });
});

test('a page is read once for all fields of a request', async () => {
  const lists = new Lists();
  const reader = lists.reader();
  const window = { start: 0, end: 10 };
  const [one, other] = await Promise.all([
    reader.read(window, 'start', budget()),
    reader.read(window, 'end', budget()),
  ]);
  expect(one).toBe(other);
  expect(lists.calls).toHaveLength(1);
});

test('a page that two fields need newer is read again once', async () => {
  const lists = new Lists();
  const reader = lists.reader();
  const window = { start: 0, end: 10 };
  await reader.read(window, 'start', budget());
  const since = now();
  const both = [1, 2].map(() => reader.reread(window, 'start', since, budget()));
  const [one, other] = await Promise.all(both);
  expect(one).toBe(other);
  expect(lists.calls).toHaveLength(2);
});

test('a reader exposes hasTimes, isCached and maxPageSize of its list', () => {
  const readers = [new Lists().reader(), new Lists({ order: 'own', isCached: true }).reader()];
  expect(readers.map(({ hasTimes, isCached, maxPageSize }) => [hasTimes, isCached, maxPageSize])).toEqual([
    [true, false, 100],
    [false, true, 100],
  ]);
});
