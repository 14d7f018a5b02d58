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

/** Two lists of 1000 rows named by the second in which they were made, read in pages of up to 100. */
class Lists {
  /** As `left 3 of 100`. */
  readonly calls: string[] = [];
  readonly events: string[] = [];
  readonly served: UpstreamErrorCode[] = [];
  readonly rows: Record<List, ListRow[]>;
  broken = false;
  /** Whether a page takes longer than what the process has to do at the moment. */
  isRemote = false;
  /** Before each page is read. */
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

  /** A row comes in on top. */
  grow(list: List = 'left'): void {
    const id = `new ${this.rows[list].length}`;
    this.rows[list].unshift({ id, createdSecond: (this.rows[list][0]?.createdSecond ?? 0) + 1 });
  }

  /** A row comes in on top and the last one goes, so that the length stays. */
  shift(list: List = 'left'): void {
    this.grow(list);
    this.rows[list].pop();
  }
}

const budget = () => new RealignBudget();
const spanOf = (range: RowRange | undefined) => range && [range.start, endOf(range)];

/** How many calls a budget still pays. */
function leftOf(spent: RealignBudget): number {
  for (let calls = 0; ; calls++) {
    try {
      spent.spend();
    } catch {
      return calls;
    }
  }
}

describe('the readers of a request', () => {
  test('are one for each list', () => {
    const readers = new Lists().readers();
    expect(readers.of('left')).toBe(readers.of('left'));
    expect(readers.of('left')).not.toBe(readers.of('right'));
    expect(readers.of('right').list).toBe('right');
  });

  test('find a row that any of them has read, where no cache remembers it', async () => {
    const readers = new Lists().readers();
    await readers.of('left').read({ start: 0, end: 10 }, 'start', budget());
    const sentAt = now();
    await readers.of('right').read({ start: 0, end: 10 }, 'start', budget());
    expect(readers.find('right 9')).toEqual({ row: { id: 'right 9', createdSecond: 99_991 }, sentAt });
    expect(readers.find('left 0')?.row.id).toBe('left 0');
    expect(readers.find('left 10')).toBeUndefined();
  });

  test('find the youngest read of a row', async () => {
    const lists = new Lists();
    const readers = lists.readers();
    await readers.of('left').read({ start: 0, end: 10 }, 'start', budget());
    const sentAt = now();
    await readers.of('left').reread({ start: 0, end: 10 }, 'start', sentAt, budget());
    expect(readers.find('left 3')?.sentAt).toBe(sentAt);
  });

  test('find nothing where a cache remembers rows', async () => {
    const readers = new Lists({ isCached: true }).readers();
    await readers.of('left').read({ start: 0, end: 10 }, 'start', budget());
    expect(readers.find('left 3')).toBeUndefined();
  });
});

describe('the length of a list', () => {
  test('alone costs the smallest page, once in a request', async () => {
    const lists = new Lists();
    const reader = lists.reader();
    expect(await Promise.all([reader.total(), reader.total()])).toEqual([1000, 1000]);
    expect(await reader.total()).toBe(1000);
    expect(lists.calls).toEqual(['left 1 of 1']);
  });

  test('costs nothing beside a page of the same list that a field beside it begins', async () => {
    const lists = new Lists();
    lists.isRemote = true;
    const reader = lists.reader();
    const total = reader.total();
    const page = Promise.resolve().then(() => reader.read({ start: 0, end: 10 }, 'start', budget()));
    expect(await total).toBe(1000);
    await page;
    expect(lists.calls).toEqual(['left 1 of 10']);
  });

  test('is read by itself where the page beside it has ended', async () => {
    const lists = new Lists();
    const reader = lists.reader();
    await reader.read({ start: 0, end: 10 }, 'start', budget());
    await vi.advanceTimersByTimeAsync(0);
    await reader.total();
    expect(lists.calls).toEqual(['left 1 of 10', 'left 1 of 1']);
  });

  test('is read by itself where the page beside it has failed', async () => {
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

describe('a window without a cache', () => {
  test.each([
    [{ start: 0, end: 10 }, ['left 1 of 10']],
    [{ start: 95, end: 105 }, ['left 8 of 13']],
    [{ start: 150, end: 240 }, ['left 3 of 68', 'left 7 of 36']],
  ])('%o costs the smallest pages that hold it: %s', async (window, calls) => {
    const lists = new Lists();
    const reader = lists.reader();
    const range = await reader.read(window, 'start', budget());
    expect(range.start).toBeLessThanOrEqual(window.start);
    expect(endOf(range)).toBeGreaterThanOrEqual(window.end);
    expect(lists.calls).toHaveLength(calls.length);
    expect(reader.pagesOf(window)).toBe(calls.length);
    expect(lists.events).toEqual([]);
  });

  test('that is empty costs the length of the list alone, and gives an empty range of it', async () => {
    const lists = new Lists();
    const range = await lists.reader().read({ start: 7, end: 7 }, 'start', budget());
    expect(range).toMatchObject({ start: 7, rows: [], total: 1000 });
    expect(lists.calls).toEqual(['left 1 of 1']);
  });

  test('of rows without times takes pages that share a row, which proves that nothing moved', async () => {
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

  test('of rows without times that has one page costs one', async () => {
    const lists = new Lists({ order: 'own' });
    await lists.reader().read({ start: 0, end: 100 }, 'start', budget());
    expect(lists.calls).toEqual(['left 1 of 100']);
  });

  test('ends with the list, whatever more was asked for', async () => {
    const lists = new Lists({ length: 120 });
    const range = await lists.reader().read({ start: 60, end: 400 }, 'start', budget());
    expect(range.last).toBe(true);
    expect(endOf(range)).toBe(120);
    expect(lists.calls.length).toBeLessThanOrEqual(2);
  });
});

describe('a window with a cache', () => {
  test('costs the page of the grid that holds it, and then nothing', async () => {
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

  test('across a line of the grid costs one page off it, as far ahead as can be', async () => {
    const lists = new Lists({ isCached: true });
    const range = await lists.reader().read({ start: 195, end: 205 }, 'start', budget());
    expect(lists.calls).toHaveLength(1);
    expect(range.start).toBeLessThanOrEqual(195);
    expect(endOf(range)).toBeGreaterThan(280);
  });

  test('across a line of the grid costs the lower page alone where the upper one is cached', async () => {
    const lists = new Lists({ isCached: true });
    await lists.reader().read({ start: 100, end: 110 }, 'start', budget());
    lists.calls.length = 0;
    const range = await lists.reader().read({ start: 195, end: 205 }, 'start', budget());
    expect(spanOf(range)).toEqual([100, 300]);
    expect(lists.calls).toEqual(['left 3 of 100']);
  });

  test('that is wider than any page across the line costs the pages of the grid', async () => {
    const lists = new Lists({ isCached: true });
    const range = await lists.reader().read({ start: 150, end: 249 }, 'start', budget());
    expect(lists.calls).toEqual(['left 2 of 100', 'left 3 of 100']);
    expect(spanOf(range)).toEqual([100, 300]);
  });

  test('backwards costs a page that reaches far behind, where the page on the grid would not', async () => {
    const lists = new Lists({ isCached: true });
    const range = await lists.reader().read({ start: 310, end: 320 }, 'end', budget());
    expect(lists.calls).toHaveLength(1);
    expect(range.start).toBe(240);
    expect(endOf(range)).toBeGreaterThanOrEqual(320);
  });

  test('backwards costs the page on the grid where half of it lies behind', async () => {
    const lists = new Lists({ isCached: true });
    await lists.reader().read({ start: 350, end: 360 }, 'end', budget());
    expect(lists.calls).toEqual(['left 4 of 100']);
    await lists.reader().read({ start: 749, end: 755 }, 'end', budget());
    expect(lists.calls[1]).not.toBe('left 8 of 100');
  });

  test('backwards costs nothing where its page is cached, however near it is to the line', async () => {
    const lists = new Lists({ isCached: true });
    await lists.reader().read({ start: 300, end: 310 }, 'start', budget());
    await lists.reader().read({ start: 305, end: 310 }, 'end', budget());
    expect(lists.calls).toEqual(['left 4 of 100']);
  });

  test('that is empty costs the length of the list alone', async () => {
    const lists = new Lists({ isCached: true });
    const range = await lists.reader().read({ start: 7, end: 7 }, 'end', budget());
    expect(range).toMatchObject({ start: 7, rows: [], total: 1000 });
    expect(lists.calls).toEqual(['left 1 of 1']);
  });
});

describe('pages of a list that moves between them', () => {
  test('are read once more, and then are of one state', async () => {
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
  ] as const)('are given alone at the %s that was asked for, where they never join', async (from, edge) => {
    const lists = new Lists();
    lists.happens = () => lists.shift();
    const range = await lists.reader().read({ start: 100, end: 290 }, from, budget());
    expect(lists.calls).toHaveLength(from === 'start' ? 4 : 4);
    if (from === 'start') expect(range.start).toBeLessThanOrEqual(edge);
    else expect(endOf(range)).toBeGreaterThanOrEqual(edge);
    expect(endOf(range) - range.start).toBeLessThanOrEqual(100);
  });

  test('are read again at the expense of the budget alone', async () => {
    const lists = new Lists();
    lists.happens = () => lists.shift();
    const spent = budget();
    while (leftOf(spent) > 0);
    const range = await lists.reader().read({ start: 100, end: 290 }, 'start', spent);
    expect(lists.calls).toHaveLength(2);
    expect(range.start).toBeLessThanOrEqual(100);
  });

  test('leave a budget with two calls fewer', async () => {
    const lists = new Lists();
    lists.happens = () => lists.shift();
    const paying = budget();
    await lists.reader().read({ start: 100, end: 290 }, 'start', paying);
    expect(leftOf(paying)).toBe(REALIGN_CALLS_PER_LIST - 2);
  });
});

describe('a window that has to be younger', () => {
  test('is read again, at the expense of the budget', async () => {
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

  test('is undefined where the budget does not pay for it', async () => {
    const lists = new Lists();
    const spent = budget();
    while (leftOf(spent) > 0);
    expect(await lists.reader().reread({ start: 0, end: 10 }, 'start', now(), spent)).toBeUndefined();
    expect(await lists.reader().readAround({ start: 0, end: 10 }, 'start', now(), spent)).toBeUndefined();
    expect(lists.calls).toEqual([]);
  });

  test('is read with as much around it as a page has room for', async () => {
    const lists = new Lists();
    const range = await lists.reader().readAround({ start: 195, end: 205 }, 'start', now(), budget());
    expect(lists.calls).toHaveLength(1);
    expect(range?.rows.length).toBeGreaterThan(90);
  });

  test('is read as pages where none holds it', async () => {
    const lists = new Lists();
    const range = await lists.reader().readAround({ start: 150, end: 280 }, 'start', now(), budget());
    expect(lists.calls).toHaveLength(2);
    expect(endOf(range as RowRange)).toBeGreaterThanOrEqual(280);
  });

  test('costs the budget nothing where another request has read it meanwhile', async () => {
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

  test('is not served stale where that is too old', async () => {
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

describe('while the upstream fails', () => {
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

  test('a window is served stale', async () => {
    const lists = await failing({ start: 100, end: 110 });
    const range = await lists.reader().read({ start: 150, end: 160 }, 'start', budget());
    expect(spanOf(range)).toEqual([100, 200]);
    expect(lists.freshness.oldestSentAt).toBe(range.sentAt);
    expect(lists.served).toEqual(['UPSTREAM_UNAVAILABLE']);
  });

  test('a window across two pages is served stale where the lower one is the younger', async () => {
    const lists = await failing({ start: 100, end: 110 }, { start: 200, end: 210 });
    const range = await lists.reader().read({ start: 195, end: 205 }, 'start', budget());
    expect(spanOf(range)).toEqual([100, 300]);
  });

  test('a window across two pages fails where the upper one is the younger', async () => {
    const lists = await failing({ start: 200, end: 210 }, { start: 100, end: 110 });
    await expect(lists.reader().read({ start: 195, end: 205 }, 'start', budget())).rejects.toThrow(
      UpstreamError,
    );
  });

  test('a window fails where one of its pages is missing, or one between them', async () => {
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

  test('a window of another page is read as if nothing had failed', async () => {
    const lists = await failing({ start: 100, end: 110 }, { start: 300, end: 310 });
    await lists.reader().read({ start: 100, end: 110 }, 'start', budget());
    lists.broken = false;
    lists.calls.length = 0;
    const range = await lists.reader().read({ start: 300, end: 310 }, 'start', budget());
    expect(lists.calls).toEqual(['left 4 of 100']);
    expect(range.sentAt).toBeGreaterThan(lists.freshness.oldestSentAt);
  });
});

describe('since when a cursor is known', () => {
  const anchor = { offset: 99, total: 1000, key: '0123456789abcdef' } as Anchor;

  test('is remembered by the cache, for its list', () => {
    const lists = new Lists({ isCached: true });
    lists.reader().cursorMade(anchor, monotonic(10));
    expect(lists.reader().cursorKnownSince(anchor, monotonic(20))).toBe(10);
    expect(lists.reader('right').cursorKnownSince(anchor, monotonic(20))).toBe(20);
  });

  test('is when it came, without a cache', () => {
    const lists = new Lists();
    lists.reader().cursorMade(anchor, monotonic(10));
    expect(lists.reader().cursorKnownSince(anchor, monotonic(20))).toBe(20);
  });
});

test('a page is read once by all fields of a request that need it', async () => {
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

test('a page that two fields of a request need younger is read again once', async () => {
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

test('a reader says whether times tell places, whether pages are cached, and how large they are', () => {
  const readers = [new Lists().reader(), new Lists({ order: 'own', isCached: true }).reader()];
  expect(readers.map(({ hasTimes, isCached, maxPageSize }) => [hasTimes, isCached, maxPageSize])).toEqual([
    [true, false, 100],
    [false, true, 100],
  ]);
});
