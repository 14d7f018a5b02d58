import { describe, expect, test } from 'vitest';
import {
  type ListObserver,
  type ListRow,
  Lists,
  type Page,
  type PageSource,
  UpstreamError,
} from '../../src/paging/index.ts';
import { fc, runs } from '../runs.ts';
import { atEdges, Library, ORDERS, steps } from './foreign-list.ts';

type Source = PageSource<string, ListRow>;

const row = (id: number, createdSecond: number | null = null): ListRow => ({ id: String(id), createdSecond });
const rows = (count: number) => Array.from({ length: count }, (_, index) => row(index));

/** A list in memory, in an order of its own. */
const sourceOf = (all: readonly ListRow[], more: Partial<Source> = {}): Source => ({
  lists: ['all'],
  maxPageSize: 50,
  read: async (_list, { pageNo, pageSize }) => {
    const start = (pageNo - 1) * pageSize;
    return { total: all.length, rows: all.slice(start, start + pageSize) };
  },
  ...more,
});

const firstPage = (source: Source) => new Lists(source).forRequest().connection('all', { first: 10 }).edges;

describe('an invalid definition is rejected by the constructor', () => {
  const cases: [string, Partial<Source>, RegExp][] = [
    ['no list', { lists: [] }, /^lists: \[\]\. Expected at least one name/],
    ['a name twice', { lists: ['a', 'a'] }, /^lists: \["a","a"\]\. Expected at least one name, each once/],
    ['the reserved name All', { lists: ['a', 'All'] }, /none that is "All"\.$/],
    [
      'pages of one row',
      { maxPageSize: 1 },
      /^maxPageSize of \["all"\]: 1\. Expected a whole number from 2 on\.$/,
    ],
    ['a fractional page size', { maxPageSize: 2.5 }, /2\.5\. Expected a whole number from 2 on/],
    [
      'a list code that does not fit into cursors',
      { cursorCode: 15 },
      /^cursorCode of \["all"\]: 15\. Expected a whole number from 0 to 14: it and the next 1 name/,
    ],
    [
      'a number that leaves no room for the second list',
      { lists: ['a', 'b'], cursorCode: 13 },
      /13\. Expected a whole number from 0 to 12: it and the next 3 name/,
    ],
    ['a negative list code', { cursorCode: -1 }, /-1\. Expected a whole number from 0 to 14/],
    ['more lists than there are list codes', { lists: [...'abcdefghi'] }, /cursorCode of .*: 0\. Expected/],
  ];
  test.each(cases)('%s', (_, wrong, message) => {
    expect(() => new Lists(sourceOf([], wrong))).toThrow(TypeError);
    expect(() => new Lists(sourceOf([], wrong))).toThrow(message);
  });

  test.each([{ lists: [...'abcdefgh'] }, { lists: ['a'], cursorCode: 14 }, { maxPageSize: 2 }])(
    'and a valid one is not: %j',
    (right) => {
      expect(() => new Lists(sourceOf([], right))).not.toThrow();
    },
  );
});

test.each([1_700_000_000_000, 1_700_000_000.5, -1, Number.NaN])(
  'a row with createdSecond %d is an error that names the row and the unit',
  async (second) => {
    await expect(firstPage(sourceOf([row(1), row(2, second)]))).rejects.toThrow(
      `createdSecond of row "2": ${second}. Expected whole seconds since 1970, 0 to 1099511627774, or null.`,
    );
  },
);

test('cursors of rows with the first and last possible second work', async () => {
  const all = [row(1, 1_099_511_627_774), row(2, 0), row(3, 0)];
  const lists = new Lists(sourceOf(all, { order: 'newest first' }));
  let after: string | null = null;
  for (const { id } of all) {
    const page = lists.forRequest().connection('all', { first: 1, after });
    expect((await page.edges).map(({ node }) => node.id)).toEqual([id]);
    after = (await page.pageInfo).endCursor;
  }
});

const WRONG_PAGES: [string, Page<ListRow>, string][] = [
  ['more rows than requested', { total: 11, rows: rows(11) }, '11 rows; expected at most 10, as requested'],
  [
    'no total',
    { total: Number.NaN, rows: rows(2) },
    'total: NaN; expected a whole number from 0 to 1073741823',
  ],
  ['a negative total', { total: -1, rows: [] }, 'total: -1; expected'],
  ['a string as total', { total: '7' as unknown as number, rows: rows(2) }, 'total: "7"; expected'],
];

test.each(WRONG_PAGES)(
  'a page with %s is an upstream error with the details in its log text',
  async (_, page, detail) => {
    const error: unknown = await firstPage(sourceOf([], { read: async () => page })).catch(
      (reason) => reason,
    );
    expect(error).toBeInstanceOf(UpstreamError);
    expect(error).toMatchObject({ code: 'UPSTREAM_BAD_RESPONSE', detail: expect.stringContaining(detail) });
    expect(String((error as Error).message)).not.toContain(detail);
  },
);

test('a row is read by id once per request, and once for all requests with a cache', async () => {
  let calls = 0;
  const source = sourceOf([], {
    readById: async (id) => {
      calls++;
      return { row: id === '7' ? row(7) : null };
    },
  });
  const request = new Lists(source).forRequest();
  expect(await Promise.all(['7', '8', '7'].map((id) => request.byId(id)))).toEqual([row(7), null, row(7)]);
  expect(calls).toBe(2);
  const cached = new Lists(source, { cache: { ttlMs: 3_600_000, staleIfErrorMs: 0 } });
  for (let times = 0; times < 3; times++) expect(await cached.forRequest().byId('7')).toEqual(row(7));
  expect(calls).toBe(3);
  await expect(new Lists(sourceOf([])).forRequest().byId('7')).rejects.toThrow(
    'the lists have no `readById`',
  );
});

test('an observer receives only events that it has methods for, and may have none', async () => {
  const heard: unknown[][] = [];
  const observer: Partial<ListObserver> = { droppedRow: (...event) => heard.push(event) };
  const source = sourceOf([row(1), row(1), row(2)]);
  for (const options of [{ observer }, {}]) {
    const { edges } = new Lists(source, options).forRequest().connection('all', { first: 5 });
    expect((await edges).map(({ node }) => node.id)).toEqual(['1', '2']);
  }
  expect(heard).toEqual([['repeated on its page']]);
});

test.each([
  [undefined, 100],
  [250, 250],
])('with maxRows %s a page may have %i rows, more than the upstream’s 50', async (maxRows, most) => {
  const lists = new Lists(sourceOf(rows(300)), maxRows === undefined ? {} : { maxRows });
  const page = lists.forRequest().connection('all', { first: most });
  expect((await page.edges).length).toBe(most);
  expect(await page.totalCount).toBe(300);
  expect(() => lists.forRequest().connection('all', { first: most + 1 })).toThrow(`from 0 to ${most}`);
});

test('the caller’s signal reaches the read, and its reason the request', async () => {
  const leaving = new AbortController();
  const read: Source['read'] = (_list, _page, caller) =>
    new Promise((_resolve, reject) => {
      caller?.signal.addEventListener('abort', () => reject(caller.signal.reason));
      leaving.abort(new Error('left'));
    });
  const lists = new Lists(sourceOf([], { read }));
  const { edges } = lists.forRequest({ signal: leaving.signal }).connection('all', { first: 1 });
  await expect(edges).rejects.toThrow('left');
});

describe.each(ORDERS)('lists that are %s', (order) => {
  test.each([2, 3, 5])(
    'are walked in pages of %i rows, the smallest possible, without a row lost or repeated',
    async (size) => {
      const library = new Library(order, size);
      await fc.assert(
        fc.asyncProperty(
          fc.nat(40),
          fc.integer({ min: 1, max: 12 }),
          fc.constantFrom('forwards' as const, 'backwards' as const),
          steps(10),
          async (left, rows, direction, plan) => {
            library.fill({ left, right: 0 });
            const { ids, endless } = await library.walk(
              'left',
              direction,
              rows,
              order === 'unordered' ? atEdges(plan) : plan,
            );
            expect(endless).toBe(false);
            // The documented limit of lists without times: so many rows come in between two neighbours that no page shows both,
            // and the row between them is deleted.
            const inserted = plan.map(({ shelf, change }) =>
              shelf === 'left' && change.kind === 'insert' ? change.books : 0,
            );
            const areTold = inserted.reduce((sum, books) => sum + books, 0) < size - 1;
            if (
              order === 'unordered' &&
              !areTold &&
              plan.some(({ change }) => change.kind.startsWith('remove'))
            )
              return;
            // So few rows that all neighbours of a cursor may be deleted, or that a row is too far for re-alignment in small
            // pages.
            if (library.realignments.some(({ outcome }) => outcome !== 'found')) return;
            expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
            expect(library.standing('left').filter((id) => !ids.includes(id))).toEqual([]);
          },
        ),
        { numRuns: runs(200) },
      );
    },
  );
});
