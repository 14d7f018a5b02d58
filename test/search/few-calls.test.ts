import { describe, expect, test } from 'vitest';
import { CallBudget, CallBudgetSpent } from '../../src/paging/call-budget.ts';
import { decodeCursor } from '../../src/paging/cursor.ts';
import { Library } from '../paging/foreign-list.ts';
import { everyNth } from './book-search.ts';

const DIRECTIONS = ['forwards', 'backwards'] as const;

describe('a search of two lists of 20,000 rows without a cache', () => {
  test.each(DIRECTIONS.flatMap((direction) => [2, 3, 5, 10].map((calls) => [direction, calls] as const)))(
    'continues %s with %i calls per request after thousands of rows were deleted, and returns each match once',
    async (direction, calls) => {
      const library = new Library('newest first', 100);
      library.fill({ left: 20_000, right: 20_000 });
      const filter = everyNth(40);
      const isForwards = direction === 'forwards';
      const ids: string[] = [];
      let cursor: string | null = null;
      let requests = 0;
      const next = async () => {
        const args = isForwards ? { first: 20, after: cursor } : { last: 20, before: cursor };
        const page = await library.search('All', filter, args, calls, false);
        expect(page.calls).toBeLessThanOrEqual(calls);
        requests++;
        const shown = page.edges.map(({ node }) => node.id);
        ids.push(...(isForwards ? shown : shown.reverse()));
        cursor = isForwards ? page.info.endCursor : page.info.startCursor;
        return isForwards ? page.info.hasNextPage : page.info.hasPreviousPage;
      };
      while (ids.length < 400) await next();
      const before = requests;
      const wereShown = new Set(ids);
      // Above and below the cursor, so that its position may be anywhere.
      for (const shelf of ['left', 'right'] as const) library.keepEvery(shelf, 3);
      const standing = library
        .books('All')
        .filter(filter.matches)
        .map(({ id }) => id);
      while (await next()) if (requests > 3000) break;
      const expected = isForwards ? standing : standing.toReversed();
      expect(ids.slice(wereShown.size)).toEqual(expected.filter((id) => !wereShown.has(id)));
      // Finding both positions again takes at most the logarithm of the pages, however few calls each request may make.
      const pages = 2 * (20_000 / 100);
      expect(requests - before).toBeLessThanOrEqual(pages + 2 * Math.ceil(Math.log2(20_000 / 100)) + 2);
    },
  );

  test.each([
    [2, 405],
    [4, 20],
    [10, 13],
  ])(
    'with %i calls per request a search finds its time range and all its rows within %i requests',
    async (calls, most) => {
      const library = new Library('newest first', 100);
      library.fill({ left: 20_000, right: 20_000 });
      const oldest = Math.min(...library.books('All').map(({ createdSecond }) => createdSecond ?? 0));
      const filter = everyNth(1, { newestSecond: oldest + 7 * 500 });
      const ids: string[] = [];
      let cursor: string | null = null;
      let requests = 0;
      for (let goesOn = true; goesOn; requests++) {
        const page = await library.search('All', filter, { first: 100, after: cursor }, calls, false);
        ids.push(...page.edges.map(({ node }) => node.id));
        cursor = page.info.endCursor;
        goesOn = page.info.hasNextPage && requests < 1000;
      }
      expect(ids).toEqual(
        library
          .books('All')
          .filter(filter.matches)
          .map(({ id }) => id),
      );
      expect(requests).toBeLessThanOrEqual(most);
    },
  );
});

test('a search that spends its calls before its first row returns a cursor from which the next one continues', async () => {
  const library = new Library('newest first', 100);
  library.fill({ left: 20_000, right: 0 });
  const filter = everyNth(1);
  const first = await library.search('left', filter, { first: 100 }, 10, false);
  const cursor = first.info.endCursor;
  // Deletes all rows around the cursor's, and most below, so that the length alone does not tell the positions.
  library.keepEvery('left', 3);
  const cut = await library.search('left', filter, { first: 100, after: cursor }, 1, false);
  expect(cut.edges).toEqual([]);
  expect(cut.info.hasNextPage).toBe(true);
  expect(cut.info.endCursor).not.toBe(cursor);
  const [anchor] = decodeCursor(String(cut.info.endCursor)).anchors;
  expect(anchor).toMatchObject({ key: decodeCursor(String(cursor)).anchors[0]?.key });
});

describe('CallBudget', () => {
  test('reserves one call for each merged list until it was read, so that no list takes those of the others', () => {
    const budget = new CallBudget(4, ['left', 'right'], true);
    for (let call = 0; call < 3; call++) budget.of('left').spend();
    expect(() => budget.of('left').spend()).toThrow(CallBudgetSpent);
    budget.of('right').spend();
    expect(() => budget.of('right').spend()).toThrow(CallBudgetSpent);
  });

  test('shares the remaining calls once each list was read', () => {
    const budget = new CallBudget(4, ['left', 'right'], true);
    budget.of('left').spend();
    budget.of('left').release();
    budget.of('right').release();
    for (let call = 0; call < 3; call++) budget.of('left').spend();
    expect(() => budget.spend()).toThrow(CallBudgetSpent);
    expect(() => budget.of('left').spend()).toThrow(CallBudgetSpent);
    budget.of('left').refund();
    budget.of('right').spend();
  });

  test('reserves no call if the lists are concatenated', () => {
    const budget = new CallBudget(2, ['left', 'right'], false);
    budget.of('left').spend();
    budget.spend();
    expect(() => budget.of('right').spend()).toThrow(CallBudgetSpent);
  });
});
