import { describe, expect, test } from 'vitest';
import { UpstreamError } from '../../src/errors.ts';
import { CallCounter, Freshness } from '../../src/paging/caller.ts';
import { DirectSource } from '../../src/paging/direct-source.ts';
import { ListConnection } from '../../src/paging/list-connection.ts';
import { ListReaders } from '../../src/paging/list-reader.ts';
import { PageCache } from '../../src/paging/page-cache.ts';
import type { PageSource } from '../../src/paging/page-source.ts';
import { RowLoader } from '../../src/paging/row-loader.ts';
import type { ListRow } from '../../src/paging/row-range.ts';
import { unobserved } from '../unobserved.ts';

interface Row extends ListRow {
  readonly remark?: string | undefined;
}

type List = 'left' | 'right';

const SIZE = 50;

/** Two lists with rows named `left 0` and so on, newest first, on an upstream that records its calls. */
class Shop {
  /** As `left 2` for the second page, or an id. */
  readonly calls: string[] = [];
  readonly events: string[] = [];
  readonly lengths: Record<List, number> = { left: 150, right: 50 };
  broken: (call: string) => boolean = () => false;
  /** Called before a page is read. */
  beforePage: () => void = () => {};
  readonly freshness = new Freshness();
  readonly counter = new CallCounter();
  readonly #direct: DirectSource<List, Row>;
  #source: DirectSource<List, Row> | PageCache<List, Row>;

  constructor({
    isCached = false,
    definition,
  }: { isCached?: boolean; definition?: Partial<PageSource<List, Row>> } = {}) {
    const read = async (call: string) => {
      this.calls.push(call);
      await null;
      if (this.broken(call)) throw new UpstreamError('UPSTREAM_UNAVAILABLE', { detail: 'made by the test' });
    };
    const source: PageSource<List, Row> = {
      lists: ['left', 'right'],
      maxPageSize: SIZE,
      order: 'newest first',
      read: async (list, { pageNo, pageSize }) => {
        this.beforePage();
        await read(`${list} ${pageNo}`);
        const total = this.lengths[list];
        const offsets = Array.from({ length: pageSize }, (_, n) => (pageNo - 1) * pageSize + n);
        return { total, rows: offsets.filter((n) => n < total).map((n) => this.#row(`${list} ${n}`)) };
      },
      readById: async (id) => {
        await read(id);
        const [list, offset] = id.split(' ');
        const isThere = Number(offset) < (this.lengths[list as List] ?? 0);
        return { row: isThere ? this.#row(id) : null, sentAt: performance.now() as never };
      },
      ...definition,
    };
    const observer = {
      ...unobserved,
      cacheRead: (kind: string, result: string) => void this.events.push(`${kind} ${result}`),
    };
    this.#direct = new DirectSource(source, observer);
    this.#source = isCached
      ? new PageCache(this.#direct, { ttlMs: 3_600_000, staleIfErrorMs: 0 }, 60_000)
      : this.#direct;
  }

  readers(): ListReaders<List, Row> {
    const { signal } = new AbortController();
    return new ListReaders(this.#source, this.freshness, { signal, calls: this.counter });
  }

  /** Reads the first row of each list, so that their lengths are known. */
  async learnLengths(): Promise<void> {
    const readers = this.readers();
    await Promise.all((['left', 'right'] as const).map((list) => readers.of(list).total()));
    this.calls.length = 0;
  }

  #row(id: string): Row {
    return { id, createdSecond: 1000 - Number(id.split(' ')[1]) };
  }
}

const idsOf = (list: List, count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => `${list} ${from + n}`);
const load = (loader: RowLoader<List, Row>, ids: readonly string[]) =>
  Promise.all(ids.map(async (id) => (await loader.byId(id))?.id ?? null));

describe('RowLoader.byId', () => {
  test('costs one call, once per request', async () => {
    const shop = new Shop();
    const loader = new RowLoader(shop.readers());
    expect(await loader.byId('left 3')).toEqual({ id: 'left 3', createdSecond: 997 });
    expect(await loader.byId('left 3')).toEqual({ id: 'left 3', createdSecond: 997 });
    expect(shop.calls).toEqual(['left 3']);
    expect(shop.counter.count).toBe(1);
    expect(shop.freshness.oldestSentAt).toBeLessThan(Number.POSITIVE_INFINITY);
    expect(shop.events).toEqual([]);
  });

  test('returns null for a missing row', async () => {
    const shop = new Shop();
    expect(await new RowLoader(shop.readers()).byId('left 999')).toBeNull();
  });

  test('fails alone if a row cannot be read', async () => {
    const shop = new Shop();
    shop.broken = (call) => call === 'left 3';
    const loader = new RowLoader(shop.readers());
    const results = await Promise.allSettled([loader.byId('left 3'), loader.byId('left 4')]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });

  test('costs no call for a row on a page that the request has read', async () => {
    const shop = new Shop();
    const readers = shop.readers();
    await new ListConnection('left', { first: 10 }, readers).edges;
    shop.calls.length = 0;
    expect(await load(new RowLoader(readers), ['left 3', 'left 9'])).toEqual(['left 3', 'left 9']);
    expect(shop.calls).toEqual([]);
  });

  test('costs no call for a cached row, which counts as a hit', async () => {
    const shop = new Shop({ isCached: true, definition: { rowName: 'book' } });
    await new RowLoader(shop.readers()).byId('left 3');
    shop.events.length = 0;
    expect((await new RowLoader(shop.readers()).byId('left 3'))?.id).toBe('left 3');
    expect(shop.calls).toEqual(['left 3']);
    expect(shop.events).toEqual(['book hit']);
  });

  test('adds fields that only an earlier read contained', async () => {
    const completed = (row: Row, earlier: Row | null | undefined): Row => ({
      ...row,
      remark: earlier === undefined ? 'never read' : `as ${earlier?.id}`,
    });
    const shop = new Shop({ definition: { completed } });
    expect(await new RowLoader(shop.readers()).byId('left 3')).toMatchObject({ remark: 'never read' });
    expect(await new RowLoader(shop.readers()).byId('left 999')).toBeNull();
  });
});

describe('RowLoader, a batch of rows', () => {
  test('costs the pages of the lists if these are fewer than the rows', async () => {
    const shop = new Shop();
    await shop.learnLengths();
    // Three pages of the left list and one of the right.
    expect(await load(new RowLoader(shop.readers()), idsOf('left', 4))).toEqual(idsOf('left', 4));
    expect(shop.calls).toEqual(idsOf('left', 4));
    shop.calls.length = 0;
    const ids = ['left 0', 'left 70', 'left 110', 'right 5', 'right 6'];
    expect(await load(new RowLoader(shop.readers()), ids)).toEqual(ids);
    expect(shop.calls.toSorted()).toEqual(['left 1', 'left 2', 'left 3', 'right 1']);
  });

  test('costs at least one page of each list, even of an empty one', async () => {
    const shop = new Shop();
    Object.assign(shop.lengths, { left: 2, right: 0 });
    await shop.learnLengths();
    await load(new RowLoader(shop.readers()), ['left 0', 'left 1']);
    expect(shop.calls).toEqual(['left 0', 'left 1']);
    shop.calls.length = 0;
    expect(await load(new RowLoader(shop.readers()), ['left 0', 'left 1', 'left 2'])).toEqual([
      'left 0',
      'left 1',
      null,
    ]);
    expect(shop.calls.toSorted()).toEqual(['left 1', 'right 1']);
  });

  test.each([
    [undefined, 64],
    [5, 5],
  ])(
    'costs one call per row while the list lengths are unknown, below the given number (%s)',
    async (given, from) => {
      for (const count of [from - 1, from]) {
        const shop = new Shop();
        const ids = idsOf('left', count, 30);
        const loader = new RowLoader(shop.readers());
        await Promise.all(ids.map((id) => loader.byId(id, given)));
        if (count < from) expect(shop.calls).toEqual(ids);
        else expect(shop.calls.slice(0, 2)).toEqual(['left 1', 'right 1']);
      }
    },
  );

  test('does not count rows that are known already', async () => {
    const shop = new Shop({ isCached: true });
    await shop.learnLengths();
    await load(new RowLoader(shop.readers()), ['left 60', 'left 61']);
    shop.calls.length = 0;
    const ids = idsOf('left', 5, 60);
    expect(await load(new RowLoader(shop.readers()), ids)).toEqual(ids);
    expect(shop.calls).toEqual(['left 62', 'left 63', 'left 64']);
  });

  test('returns null for rows in no list, without a call for each', async () => {
    const shop = new Shop();
    await shop.learnLengths();
    const ids = ['left 0', 'left 900', 'left 901', 'left 902', 'right 900'];
    expect(await load(new RowLoader(shop.readers()), ids)).toEqual(['left 0', null, null, null, null]);
    expect(shop.calls.toSorted()).toEqual(['left 1', 'left 2', 'left 3', 'right 1']);
  });

  test('stops scanning when all rows are found', async () => {
    const shop = new Shop();
    await shop.learnLengths();
    expect(await load(new RowLoader(shop.readers()), idsOf('left', 5))).toEqual(idsOf('left', 5));
    expect(shop.calls.toSorted()).toEqual(['left 1', 'right 1']);
  });

  test('costs one call for each remaining row once fewer rows are missing than pages are left', async () => {
    const shop = new Shop();
    shop.lengths.left = 500;
    await shop.learnLengths();
    const ids = [...idsOf('left', 12), 'left 499', 'left 498'];
    expect(await load(new RowLoader(shop.readers()), ids)).toEqual(ids);
    expect(shop.calls.toSorted()).toEqual(['left 1', 'left 498', 'left 499', 'right 1']);
  });

  test('continues scanning a list that turns out longer', async () => {
    const shop = new Shop();
    await shop.learnLengths();
    shop.lengths.left = 300;
    const ids = idsOf('left', 10, 190);
    expect(await load(new RowLoader(shop.readers()), ids)).toEqual(ids);
    expect(shop.calls.toSorted()).toEqual(['left 1', 'left 2', 'left 3', 'left 4', 'right 1']);
  });

  test('fails for the rows not found if a page could not be read', async () => {
    const shop = new Shop();
    await shop.learnLengths();
    shop.broken = (call) => call === 'left 2';
    const loader = new RowLoader(shop.readers());
    const ids = ['left 0', 'left 1', 'right 2', 'left 70', 'left 71', 'left 72'];
    const results = await Promise.allSettled(ids.map((id) => loader.byId(id)));
    expect(results.map(({ status }) => status)).toEqual([
      ...['fulfilled', 'fulfilled', 'fulfilled'],
      ...['rejected', 'rejected', 'rejected'],
    ]);
  });

  test('finds every row although the list moves while its pages are read', async () => {
    const shop = new Shop();
    await shop.learnLengths();
    const names = idsOf('left', 120);
    let pages = 0;
    let rows = names;
    const moving = new Shop({
      definition: {
        read: async (list, { pageNo, pageSize }) => {
          if (list === 'right') return { total: 0, rows: [] };
          // Inserts three rows on top before each page.
          if (pages++ > 2)
            rows = [...Array.from({ length: 3 }, (_, n) => `new ${1000 * pages + n}`).reverse(), ...rows];
          const secondOf = (id: string) =>
            id.startsWith('new') ? 1000 + Number(id.slice(4)) : 1000 - Number(id.slice(5));
          const page = rows.slice((pageNo - 1) * pageSize, pageNo * pageSize);
          return { total: rows.length, rows: page.map((id) => ({ id, createdSecond: secondOf(id) })) };
        },
      },
    });
    await moving.learnLengths();
    expect(await load(new RowLoader(moving.readers()), names)).toEqual(names);
  });
});
