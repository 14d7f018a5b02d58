import { describe, expect, test } from 'vitest';
import { Freshness } from '../../src/paging/caller.ts';
import { DirectSource } from '../../src/paging/direct-source.ts';
import { ListConnection } from '../../src/paging/list-connection.ts';
import { ListReaders } from '../../src/paging/list-reader.ts';
import { PageCache } from '../../src/paging/page-cache.ts';
import type { ListRow } from '../../src/paging/row-range.ts';
import type { ConnectionArgs } from '../../src/paging/window.ts';
import { fc, runs } from '../runs.ts';
import { unobserved } from '../unobserved.ts';

type Name = 'one' | 'two' | 'three';
const NAMES = ['one', 'two', 'three'] as const;

/** Three lists, read as one. Rows in short form: `a9` is row a of second 9, a dot an unusable row. */
class Three {
  readonly lists: Record<Name, (ListRow | undefined)[]>;
  /** As `one 1 of 5`. */
  pages: string[] = [];
  /** Called before each page is read. */
  happens: (list: Name) => void = () => {};
  #source: DirectSource<Name, ListRow> | PageCache<Name, ListRow>;

  constructor(order: 'newest first' | 'own', ...texts: [string, string, string]) {
    const [one, two, three] = texts.map((text) =>
      text
        .split(' ')
        .filter(Boolean)
        .map((word) =>
          word === '.'
            ? undefined
            : { id: word, createdSecond: order === 'own' ? null : Number(word.slice(1)) },
        ),
    ) as [ListRow[], ListRow[], ListRow[]];
    this.lists = { one, two, three };
    const read = async (list: Name, { pageNo, pageSize }: { pageNo: number; pageSize: number }) => {
      this.pages.push(`${list} ${pageNo} of ${pageSize}`);
      this.happens(list);
      await null;
      const rows = this.lists[list].slice((pageNo - 1) * pageSize, pageNo * pageSize);
      return { total: this.lists[list].length, rows };
    };
    this.#source = new DirectSource({ lists: NAMES, maxPageSize: 50, order, read }, unobserved);
  }

  /** Caches pages without expiry from now on. */
  remember(): void {
    this.#source = new PageCache(this.#source, { ttlMs: 3_600_000, staleIfErrorMs: 0 }, 60_000);
  }

  connection(args: ConnectionArgs, list: Name | 'All' = 'All') {
    return new ListConnection(list, args, new ListReaders(this.#source, new Freshness()), 50);
  }

  async page(args: ConnectionArgs, list: Name | 'All' = 'All') {
    this.pages = [];
    const connection = this.connection(args, list);
    const [edges, info] = await Promise.all([connection.edges, connection.pageInfo]);
    return {
      ids: edges.map(({ node }) => node.id).join(' '),
      cursors: edges.map(({ cursor }) => cursor),
      ...info,
    };
  }
}

const MERGED: [string, string, string] = ['a9 b7 c7 d3', 'e8 f7 g7 h2', 'i7 j1'];
const MERGED_IDS = 'a9 e8 b7 c7 f7 g7 i7 d3 h2 j1'.split(' ');

describe.each([
  ['newest first, merged by time', 'newest first', MERGED, MERGED_IDS],
  ['in their own order, concatenated', 'own', MERGED, MERGED.join(' ').split(' ')],
  ['in their own order, the middle one empty', 'own', ['a1 b2', '', 'c3 d4'], ['a1', 'b2', 'c3', 'd4']],
  ['in their own order, the outer ones empty', 'own', ['', 'a1 b2', ''], ['a1', 'b2']],
  ['newest first, all but one empty', 'newest first', ['', 'a9 b8', ''], ['a9', 'b8']],
] as const)('several lists that are %s', (_, order, texts, ids) => {
  test('several lists return every window of a plain array, with page info, forwards and backwards', async () => {
    const lists = new Three(order, ...(texts as [string, string, string]));
    const { cursors } = await lists.page({ first: 50 });
    const backwards = (await lists.page({ last: 50 })).cursors;
    expect(cursors).toHaveLength(ids.length);
    for (const made of [cursors, backwards]) {
      for (let after = -1; after < ids.length; after++) {
        for (let before = after + 1; before <= ids.length; before++) {
          for (let rows = 1; rows <= ids.length + 1; rows++) {
            const bounds = { after: made[after], before: made[before] };
            const start = after + 1;
            const forwards = await lists.page({ first: rows, ...bounds });
            const end = Math.min(before, start + rows);
            expect(forwards.ids).toBe(ids.slice(start, end).join(' '));
            const last = await lists.page({ last: rows, ...bounds });
            const from = Math.max(start, before - rows);
            expect(last.ids).toBe(ids.slice(from, before).join(' '));
            if (start === before) continue;
            expect([forwards.hasPreviousPage, forwards.hasNextPage]).toEqual([start > 0, end < ids.length]);
            expect([last.hasPreviousPage, last.hasNextPage]).toEqual([from > 0, before < ids.length]);
          }
        }
      }
    }
  });

  test('several lists return the cursors of a walk in every window', async () => {
    const lists = new Three(order, ...(texts as [string, string, string]));
    const { cursors } = await lists.page({ first: 50 });
    let after: string | null = null;
    for (const cursor of cursors) {
      const { endCursor, startCursor } = await lists.page({ first: 1, after });
      expect([endCursor, startCursor]).toEqual([cursor, cursor]);
      after = endCursor;
    }
  });

  test('several lists return their total with rows and alone', async () => {
    const lists = new Three(order, ...(texts as [string, string, string]));
    expect(await lists.connection({ first: 2 }).totalCount).toBe(ids.length);
    const connection = lists.connection({ first: 1 });
    lists.pages = [];
    const [total] = await Promise.all([connection.totalCount, connection.edges]);
    expect(total).toBe(ids.length);
    // A page of each list includes its length, and no list is read twice.
    expect(new Set(lists.pages.map((page) => page.split(' ')[0])).size).toBe(lists.pages.length);
    for (const name of NAMES) {
      const alone = lists.connection({ first: 1 }, name);
      expect(await alone.totalCount).toBe(lists.lists[name].length);
    }
  });
});

describe('the calls for several lists', () => {
  test('merged by time are one page of each list', async () => {
    const lists = new Three('newest first', ...MERGED);
    const { cursors } = await lists.page({ first: 50 });
    await lists.page({ first: 3, after: cursors[3] });
    expect(lists.pages.toSorted()).toEqual(['one 4 of 1', 'three 1 of 2', 'two 1 of 4']);
  });

  test('concatenated are those for the lists with the rows', async () => {
    const lists = new Three('own', 'a b c d e f', 'g h i', 'j k l');
    await lists.page({ first: 3 });
    expect(lists.pages).toEqual(['one 1 of 3']);
    await lists.page({ last: 2 });
    expect(lists.pages).toEqual(['three 1 of 1', 'three 1 of 3']);
    const { endCursor } = await lists.page({ first: 7 });
    expect(lists.pages).toEqual(['one 1 of 7', 'two 1 of 1']);
    const next = await lists.page({ first: 1, after: endCursor });
    expect([next.ids, lists.pages]).toEqual(['h', ['two 1 of 2']]);
  });

  test('concatenated include the length of the next list if a page ends with its list', async () => {
    const lists = new Three('own', 'a b c', '', 'j k l');
    const page = await lists.page({ first: 3 });
    expect([page.ids, page.hasNextPage, page.hasPreviousPage]).toEqual(['a b c', true, false]);
    expect(lists.pages).toEqual(['one 1 of 3', 'two 1 of 1', 'three 1 of 1']);
  });
});

describe('unusable rows', () => {
  test.each(['newest first', 'own'] as const)(
    'of lists that are %s are omitted without ending the page',
    async (order) => {
      const lists = new Three(order, '. a9 . b7', '. .', 'c8 .');
      const expected = order === 'own' ? ['a9', 'b7', 'c8'] : ['a9', 'c8', 'b7'];
      expect((await lists.page({ first: 50 })).ids).toBe(expected.join(' '));
      expect((await lists.page({ last: 50 })).ids).toBe(expected.join(' '));
      const seen: string[] = [];
      let after: string | null = null;
      for (let pages = 0; pages < 9; pages++) {
        const page = await lists.page({ first: 2, after });
        seen.push(...page.ids.split(' ').filter(Boolean));
        if (!page.hasNextPage || page.endCursor === null) break;
        after = page.endCursor;
      }
      expect(seen).toEqual(expected);
    },
  );
});

describe('merged lists with unusable rows', () => {
  /** Rows of one list with seconds from 9 downwards, some of them unusable. */
  const list = fc
    .array(fc.record({ second: fc.integer({ min: 1, max: 9 }), isUsable: fc.boolean() }), { maxLength: 6 })
    .map((rows) => rows.sort((one, other) => other.second - one.second));

  test.each(['forwards', 'backwards'] as const)(
    'are walked %s in the order of a plain array',
    async (direction) => {
      await fc.assert(
        fc.asyncProperty(fc.tuple(list, list, list), fc.integer({ min: 1, max: 4 }), async (three, rows) => {
          const texts = three.map((one, at) =>
            one.map(({ second, isUsable }, n) => (isUsable ? `${'abc'[at]}${n}:${second}` : '.')).join(' '),
          );
          const lists = new Three('newest first', '', '', '');
          for (const [at, name] of NAMES.entries())
            lists.lists[name] = (texts[at] as string)
              .split(' ')
              .filter(Boolean)
              .map((id) => (id === '.' ? undefined : { id, createdSecond: Number(id.split(':')[1]) }));
          const usable = NAMES.flatMap((name) => lists.lists[name].flatMap((row) => row ?? []));
          const expected = usable
            .sort((one, other) => Number(other.createdSecond) - Number(one.createdSecond))
            .map(({ id }) => id);
          const seen: string[] = [];
          let cursor: string | null = null;
          for (let pages = 0; pages < 40; pages++) {
            const isForwards = direction === 'forwards';
            const page = await lists.page(
              isForwards ? { first: rows, after: cursor } : { last: rows, before: cursor },
            );
            const ids = page.ids.split(' ').filter(Boolean);
            if (isForwards) seen.push(...ids);
            else seen.unshift(...ids);
            cursor = isForwards ? page.endCursor : page.startCursor;
            if (cursor === null || !(isForwards ? page.hasNextPage : page.hasPreviousPage)) break;
          }
          expect(seen).toEqual(expected);
        }),
        { numRuns: runs(1000) },
      );
    },
  );
});

describe('merged lists one of which keeps changing while it is read', () => {
  /** 150 rows of list `one`, into which a row is inserted before each of its pages, and older rows of list `two`. */
  function moving(): Three {
    const rows = Array.from({ length: 80 }, (_, n) => `x${200 - n}`);
    const lists = new Three('newest first', rows.join(' '), 'y170 z2 z1', '');
    lists.happens = (list) => {
      if (list === 'one') lists.lists.one.unshift({ id: `new${lists.pages.length}`, createdSecond: 1000 });
    };
    return lists;
  }

  test('return no row that may follow one that could not be read', async () => {
    const lists = moving();
    const { endCursor } = await lists.page({ first: 2 });
    const page = await lists.connection({ first: 50, after: endCursor }).edges;
    const ids = page.map(({ node }) => node.id);
    // All rows of the other list are older than the missing rows of the first.
    expect(ids).not.toContain('z2');
    const all = [...lists.lists.one, ...lists.lists.two]
      .map((row) => row as ListRow)
      .sort((one, other) => Number(other.createdSecond) - Number(one.createdSecond))
      .map(({ id }) => id);
    const start = all.indexOf(ids[0] as string);
    expect(ids).toEqual(all.slice(start, start + ids.length));
  });
});

test('a second walk of cached merged lists at rest costs no call', async () => {
  const rows = (name: string, from: number) =>
    Array.from({ length: 120 }, (_, n) => `${name}${from - 2 * n}`);
  const lists = new Three('newest first', rows('a', 1000).join(' '), rows('b', 999).join(' '), 'c2 c1');
  lists.remember();
  const walk = async () => {
    const calls: string[] = [];
    let after: string | null = null;
    do {
      const page = await lists.page({ first: 50, after });
      calls.push(...lists.pages);
      after = page.hasNextPage ? page.endCursor : null;
    } while (after !== null);
    return calls;
  };
  expect(await walk()).toHaveLength(7);
  expect(await walk()).toEqual([]);
});

test('in merged lists a row without a time is before rows of later lists, and after rows of earlier ones', async () => {
  const lists = new Three('newest first', 'a9 b8', 'c8 d7', 'e9');
  lists.lists.one[1] = { id: 'b?', createdSecond: null };
  lists.lists.two[0] = { id: 'c?', createdSecond: null };
  for (const args of [{ first: 50 }, { last: 50 }])
    expect((await lists.page(args)).ids).toBe('a9 b? c? e9 d7');
});

test('merged lists without times return the rows of the first list first', async () => {
  const lists = new Three('newest first', 'a9 b8', 'c8', '');
  lists.lists.two[0] = { id: 'c?', createdSecond: null };
  expect((await lists.page({ first: 50 })).ids).toBe('a9 b8 c?');
  expect((await lists.page({ last: 50 })).ids).toBe('a9 b8 c?');
});

test('empty lists return an empty page without cursors', async () => {
  for (const order of ['newest first', 'own'] as const) {
    const lists = new Three(order, '', '', '');
    for (const args of [{ first: 3 }, { last: 3 }])
      expect(await lists.page(args)).toMatchObject({
        ids: '',
        startCursor: null,
        endCursor: null,
        hasNextPage: false,
        hasPreviousPage: false,
      });
  }
});

test('a connection reads nothing before a field is requested, and its rows once', async () => {
  const lists = new Three('newest first', ...MERGED);
  const connection = lists.connection({ first: 2 }, 'one');
  expect(lists.pages).toEqual([]);
  await connection.edges;
  await connection.pageInfo;
  await connection.totalCount;
  expect(lists.pages).toEqual(['one 1 of 2']);
});

test('a connection rejects invalid arguments in its constructor', () => {
  const lists = new Three('newest first', ...MERGED);
  expect(() => lists.connection({ first: 51 })).toThrow(
    '`first` is 51; allowed is a whole number from 0 to 50.',
  );
  expect(() => lists.connection({ after: 'none' })).toThrow('`after` is not a cursor of this gateway');
  expect(() => lists.connection({ before: 'none' })).toThrow('`before` is not a cursor of this gateway');
});
