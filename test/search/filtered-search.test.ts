import { describe, expect, test } from 'vitest';
import { UpstreamError } from '../../src/errors.ts';
import { SearchConnection } from '../../src/paging/filtered-search.ts';
import { Library } from '../paging/foreign-list.ts';
import { everyNth, walkSearch } from './book-search.ts';

const MANY_CALLS = 1000;
const CACHE = { ttlMs: 3_600_000, staleIfErrorMs: 0 };

/** A library of two shelves of 60 and 30 books, in pages of ten. */
function smallLibrary(cache?: typeof CACHE): Library {
  const library = new Library('newest first', 10, cache);
  library.fill({ left: 60, right: 30 });
  return library;
}

describe('searches of one request', () => {
  const filter = everyNth(2);

  test('with equal arguments are one search', async () => {
    const library = smallLibrary();
    const readers = library.readers();
    const [one, other] = [1, 2].map(() =>
      SearchConnection.of('left', filter, { first: 3 }, readers, MANY_CALLS),
    );
    expect(other).toBe(one);
    await Promise.all([one?.edges, other?.pageInfo]);
    expect(library.calls).toHaveLength(1);
  });

  test('with other lists, filters, numbers of rows, directions or cursors are searches of their own', async () => {
    const library = smallLibrary();
    const { edges } = await library.search('left', filter, { first: 3 }, MANY_CALLS, false);
    const [after, before] = [edges[0]?.cursor, edges[2]?.cursor];
    const readers = library.readers();
    const found = [
      SearchConnection.of('left', filter, { first: 3 }, readers, MANY_CALLS),
      SearchConnection.of('right', filter, { first: 3 }, readers, MANY_CALLS),
      SearchConnection.of('left', everyNth(3), { first: 3 }, readers, MANY_CALLS),
      SearchConnection.of('left', filter, { first: 4 }, readers, MANY_CALLS),
      SearchConnection.of('left', filter, { last: 3 }, readers, MANY_CALLS),
      SearchConnection.of('left', filter, { first: 3, after }, readers, MANY_CALLS),
      SearchConnection.of('left', filter, { first: 3, before }, readers, MANY_CALLS),
      SearchConnection.of('left', filter, { first: 3, after: before }, readers, MANY_CALLS),
      SearchConnection.of('left', filter, { first: 3, before: after }, readers, MANY_CALLS),
      SearchConnection.of('left', filter, { first: 3, after, before }, readers, MANY_CALLS),
    ];
    expect(new Set(found).size).toBe(found.length);
  });

  test('of different requests are searches of their own', () => {
    const library = smallLibrary();
    const [one, other] = [1, 2].map(() =>
      SearchConnection.of('left', filter, { first: 3 }, library.readers(), MANY_CALLS),
    );
    expect(other).not.toBe(one);
  });
});

test('a filter that matches nothing returns an empty page without a call', async () => {
  const library = smallLibrary();
  const filter = { ...everyNth(1), matchesNothing: true };
  const { edges, info, matchCount, scannedCount } = await library.search(
    'All',
    filter,
    { first: 5 },
    MANY_CALLS,
    true,
  );
  expect([edges, matchCount, scannedCount]).toEqual([[], 0, 0]);
  expect(info).toEqual({ hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null });
  expect(library.calls).toEqual([]);
});

test('a search for no rows reads no further than the first match', async () => {
  const library = smallLibrary();
  const found = await library.search('left', everyNth(2), { first: 0 }, MANY_CALLS, false);
  expect(found.edges).toEqual([]);
  expect(found.info).toEqual({
    hasNextPage: true,
    hasPreviousPage: false,
    startCursor: null,
    endCursor: null,
  });
  expect(library.calls).toHaveLength(1);
});

describe('a failed call', () => {
  const failing = () => {
    const library = smallLibrary();
    library.fails = (read) => typeof read === 'object' && read.pageNo > 2;
    return library;
  };

  test('of a search rejects it with the error of the upstream', async () => {
    await expect(failing().search('left', everyNth(50), { first: 5 }, MANY_CALLS, false)).rejects.toThrow(
      UpstreamError,
    );
  });

  test('of the count rejects the search with the error of the upstream', async () => {
    const library = failing();
    const { edges } = await library.search('left', everyNth(2), { first: 5 }, MANY_CALLS, false);
    const before = edges.at(-1)?.cursor;
    expect(
      (await library.search('left', everyNth(2), { first: 2, before }, MANY_CALLS, false)).edges,
    ).toEqual(edges.slice(0, 2));
    await expect(library.search('left', everyNth(2), { first: 2, before }, MANY_CALLS, true)).rejects.toThrow(
      UpstreamError,
    );
  });
});

test('a failed call of a re-alignment rejects the search with the error of the upstream', async () => {
  const library = new Library('newest first', 10);
  library.fill({ left: 300, right: 0 });
  const { info } = await library.search('left', everyNth(2), { first: 80 }, MANY_CALLS, false);
  library.keepEvery('left', 3);
  let calls = 0;
  library.fails = () => ++calls > 1;
  await expect(
    library.search('left', everyNth(2), { first: 2, after: info.endCursor }, MANY_CALLS, false),
  ).rejects.toThrow(UpstreamError);
  expect(calls).toBe(2);
});

test('a search between crossed cursors has no rows, and counts the matches of the whole list', async () => {
  const library = smallLibrary();
  const { edges } = await library.search('All', everyNth(2), { first: 20 }, MANY_CALLS, false);
  const [before, after] = [edges[3]?.cursor, edges[12]?.cursor];
  const page = await library.search('All', everyNth(2), { first: 5, after, before }, MANY_CALLS, true);
  expect([page.edges, page.matchCount]).toEqual([[], 45]);
});

test('a count that the call budget does not suffice for is null, and the page is complete', async () => {
  const library = smallLibrary();
  const { edges } = await library.search('left', everyNth(2), { first: 5 }, MANY_CALLS, false);
  const before = edges.at(-1)?.cursor;
  const page = await library.search('left', everyNth(2), { first: 2, before }, 3, true);
  expect(page.edges).toEqual(edges.slice(0, 2));
  expect(page.matchCount).toBeNull();
  expect(page.calls).toBeLessThanOrEqual(3);
});

test('a search of 20,000 cached rows lets other work run after every 2,000 rows', async () => {
  const library = new Library('newest first', 100, CACHE);
  library.fill({ left: 20_000, right: 0 });
  const turnsOf = async () => {
    let turns = 0;
    let isRunning = true;
    const count = () => {
      turns++;
      if (isRunning) setImmediate(count);
    };
    setImmediate(count);
    await library.search('left', everyNth(20_001), { first: 1 }, MANY_CALLS, false);
    isRunning = false;
    return turns;
  };
  await turnsOf();
  // One for each 2,000 rows, of which the first and the last may fall outside the search.
  expect(Math.abs((await turnsOf()) - 20_000 / 2000)).toBeLessThanOrEqual(1);
});

test('a cursor at the end of a cached page continues on the next cached page without a call', async () => {
  const library = smallLibrary(CACHE);
  const { edges } = await library.connection('left', { first: 20 });
  expect(await edges).toHaveLength(20);
  const filter = everyNth(1);
  const first = await library.search('left', filter, { first: 10 }, MANY_CALLS, false);
  const second = await library.search(
    'left',
    filter,
    { first: 10, after: first.info.endCursor },
    MANY_CALLS,
    false,
  );
  expect([first.calls, second.calls]).toEqual([0, 0]);
  expect([...first.edges, ...second.edges].map(({ node }) => node)).toEqual(
    library.books('left').slice(0, 20),
  );
});

test('a search that finds only unusable rows on many pages says that there may be more, and has no count', async () => {
  const library = smallLibrary();
  library.fill({ left: 200, right: 0 });
  const usable = new Set(
    library
      .books('left')
      .slice(150)
      .map(({ id }) => id),
  );
  library.isUnusable = ({ id }) => !usable.has(id);
  for (const isCounted of [false, true]) {
    const { edges, info, matchCount } = await library.search(
      'left',
      everyNth(1),
      { first: 5 },
      MANY_CALLS,
      isCounted,
    );
    expect([edges, info.hasNextPage, matchCount]).toEqual([[], true, null]);
  }
  // A merge with a list of usable rows has those, but no count.
  library.fill({ left: 200, right: 12 });
  const isRight = new Set(library.ids('right'));
  library.isUnusable = ({ id }) => !isRight.has(id);
  const merged = await library.search('All', everyNth(1), { first: 20 }, MANY_CALLS, true);
  expect(merged.edges.map(({ node }) => node.id)).toEqual(library.ids('right'));
  expect([merged.info.hasNextPage, merged.matchCount]).toEqual([true, null]);
});

test('the count of a search after a cursor is null if many pages before the cursor have only unusable rows', async () => {
  const library = smallLibrary();
  library.fill({ left: 200, right: 0 });
  const usable = library.ids('left').slice(150);
  library.isUnusable = ({ id }) => !usable.includes(id);
  // From the other end of the list, the count needs the unusable rows too.
  const last = await library.search('left', everyNth(1), { last: 5 }, MANY_CALLS, true);
  expect(last.edges.map(({ node }) => node.id)).toEqual(usable.slice(-5));
  expect(last.matchCount).toBeNull();
  const after = last.info.startCursor;
  const rest = await library.search('left', everyNth(1), { first: 5, after }, MANY_CALLS, true);
  expect(rest.edges.map(({ node }) => node.id)).toEqual(usable.slice(-4));
  expect(rest.matchCount).toBeNull();
});

test.each([
  ['forwards', 2],
  ['forwards', 3],
  ['backwards', 3],
  ['backwards', 5],
] as const)(
  'a search %s of a list without times goes on with %i calls per request although rows around its cursor are deleted',
  async (direction, calls) => {
    const library = new Library('oldest first', 10);
    library.fill({ left: 300, right: 300 });
    const change = { kind: 'remove around the cursor', above: 40, below: 40 } as const;
    const shelf = direction === 'forwards' ? 'left' : 'right';
    const steps = [1, 2, 3].map(() => ({ shelf, when: 'between', change }) as const);
    const { ids, endless } = await walkSearch(library, 'All', everyNth(3), direction, 5, calls, steps);
    expect(endless).toBe(false);
    expect(new Set(ids).size).toBe(ids.length);
  },
);

test('a search of concatenated lists knows of the rows of other lists when the list of its cursor is empty', async () => {
  const library = new Library('oldest first', 10);
  const filter = everyNth(1);
  const cursorAt = async (index: number) => {
    library.fill({ left: 5, right: 5 });
    return (await library.search('All', filter, { first: 10 }, MANY_CALLS, false)).edges[index]?.cursor;
  };
  for (const rows of [{ first: 3 }, { last: 3 }]) {
    const before = await cursorAt(2);
    library.empty('left');
    const above = await library.search('All', filter, { ...rows, before }, MANY_CALLS, false);
    expect([above.edges, above.info.hasPreviousPage, above.info.hasNextPage]).toEqual([[], false, true]);
    const after = await cursorAt(7);
    library.empty('right');
    const below = await library.search('All', filter, { ...rows, after }, MANY_CALLS, false);
    expect([below.edges, below.info.hasPreviousPage, below.info.hasNextPage]).toEqual([[], true, false]);
  }
});

test.each([{ first: 100 }, { last: 100 }])(
  'a search of %j includes the first and the last second of its time range',
  async (rows) => {
    const library = smallLibrary();
    const seconds = library.books('left').map(({ createdSecond }) => createdSecond as number);
    const [newestSecond, oldestSecond] = [seconds[3], seconds[42]];
    const filter = everyNth(1, { newestSecond, oldestSecond });
    const { edges } = await library.search('left', filter, rows, MANY_CALLS, false);
    expect(edges.map(({ node }) => node)).toEqual(library.books('left').slice(3, 43));
  },
);

test('a search backwards from the end of a list has no next page, although the last rows are unusable', async () => {
  const library = smallLibrary(CACHE);
  library.fill({ left: 31, right: 0 });
  library.isUnusable = ({ id }) => id === library.ids('left').at(-1);
  // Now the last page, which has only this row, is in the cache.
  await library.search('left', everyNth(1), { first: 40 }, MANY_CALLS, false);
  const { edges, info } = await library.search('left', everyNth(1), { last: 1 }, MANY_CALLS, false);
  expect(edges.map(({ node }) => node)).toEqual(library.books('left').slice(-2, -1));
  expect(info).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
});
