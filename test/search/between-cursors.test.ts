import { describe, expect, test } from 'vitest';
import { type Book, Library } from '../paging/foreign-list.ts';
import { fc, fraction, runs } from '../runs.ts';
import { everyNth } from './book-search.ts';

const CACHES = [
  ['without a cache', undefined],
  ['with a cache', { ttlMs: 3_600_000, staleIfErrorMs: 0 }],
] as const;
const MANY_CALLS = 1000;

const numberOf = ({ id }: Book) => Number(id.split(' ')[1]);

/** A share of the matches, also all or none; undefined for no cursor. */
const place = fc.option(fc.oneof(fraction, fc.constantFrom(0, 1)), { nil: undefined });

const searches = fc.record({
  list: fc.constantFrom('left', 'right', 'All'),
  lengths: fc.record({ left: fc.nat(60), right: fc.nat(30) }),
  // Creation times that contradict the order must not end a search early.
  everySeconds: fc.constantFrom(7, 7, 7, 0, -7),
  unusableNth: fc.constantFrom(2, 3, 4, Number.POSITIVE_INFINITY),
  rows: fc.integer({ min: 1, max: 12 }),
  isForwards: fc.boolean(),
  nth: fc.constantFrom(1, 2, 5),
  times: fc.option(fc.tuple(fraction, fraction), { nil: undefined }),
  cursors: fc.record({ after: place, before: place }),
  isCounted: fc.boolean(),
});

describe.each(CACHES)('%s', (_, cache) => {
  test.each(['newest first', 'oldest first'] as const)(
    'a search between two cursors of lists that are %s, some of whose rows are unusable, equals that of a plain array',
    async (order) => {
      const library = new Library(order, 10, cache);
      await fc.assert(
        fc.asyncProperty(searches, async (search) => {
          const { list, lengths, everySeconds, unusableNth, rows, nth, isCounted } = search;
          const isContradictory = everySeconds < 0;
          const isForwards = search.isForwards || isContradictory;
          // Lists without order have no merged order.
          fc.pre(list !== 'All' || everySeconds > 0);
          library.isUnusable = (book) => numberOf(book) % unusableNth === 1;
          library.fill(lengths, everySeconds);
          const times = order === 'newest first' ? search.times : undefined;
          const [oldestSecond, newest] = (times ?? [])
            .map((part) => Math.floor(570 + part * 860))
            .sort((one, other) => one - other);
          // Binary search would trust the times of few rows.
          const newestSecond = isContradictory ? undefined : newest;
          const filter = everyNth(nth, { oldestSecond, newestSecond });
          const matching = library
            .books(list)
            .filter((book) => filter.matches(book) && !library.isUnusable(book));
          const all = await library.search(list, filter, { first: 100 }, MANY_CALLS, true);
          expect(all.edges.map(({ node }) => node)).toEqual(matching);
          expect(all.matchCount).toBe(matching.length);

          const indexOf = (part: number | undefined) =>
            part === undefined || matching.length === 0
              ? undefined
              : Math.floor(part * (matching.length - 1));
          const [after, before] = [indexOf(search.cursors.after), indexOf(search.cursors.before)];
          fc.pre(after === undefined || before === undefined || after < before);
          const cursorOf = (index: number | undefined) =>
            index === undefined ? null : all.edges[index]?.cursor;
          const args = {
            [isForwards ? 'first' : 'last']: rows,
            after: cursorOf(after),
            before: cursorOf(before),
          };
          const { edges, info, matchCount } = await library.search(list, filter, args, MANY_CALLS, isCounted);
          const between = matching.slice((after ?? -1) + 1, before);
          const expected = isForwards ? between.slice(0, rows) : between.slice(-rows);
          expect(edges.map(({ node }) => node)).toEqual(expected);
          expect([info.startCursor, info.endCursor]).toEqual(
            expected.length === 0 ? [null, null] : [edges[0]?.cursor, edges.at(-1)?.cursor],
          );
          expect(matchCount).toBe(isCounted ? matching.length : null);
          const far = isForwards ? info.endCursor : info.startCursor;
          if (far !== null) {
            const farther = isForwards ? { ...args, after: far } : { ...args, before: far };
            const next = await library.search(list, filter, farther, MANY_CALLS, false);
            expect(next.edges.map(({ node }) => node)).toEqual(
              isForwards ? between.slice(rows, 2 * rows) : between.slice(-2 * rows, -rows),
            );
          }

          const { hasNextPage, hasPreviousPage } = info;
          const [ahead, behind] = isForwards
            ? [hasNextPage, hasPreviousPage]
            : [hasPreviousPage, hasNextPage];
          const [stop, base] = isForwards ? [before, after] : [after, before];
          const isAhead = between.length > rows || stop !== undefined;
          // Without the count, rows that were not read may match.
          if (isAhead || isCounted) expect(ahead).toBe(isAhead);
          // Unusable rows at the edge of the time range leave open whether rows behind it match.
          if (base !== undefined || times === undefined) expect(behind).toBe(base !== undefined);
        }),
        { numRuns: runs(500) },
      );
    },
  );
});

test('regression: a search before a cursor ended where a page ended with an unusable row', async () => {
  const library = new Library('newest first', 10);
  library.isUnusable = (book) => numberOf(book) % 3 === 1;
  library.fill({ left: 28, right: 0 });
  const filter = everyNth(5);
  const { edges } = await library.search('left', filter, { first: 100 }, MANY_CALLS, false);
  expect(edges.map(({ node }) => node.id)).toEqual(['book 20', 'book 15', 'book 5']);
  const before = edges[2]?.cursor;
  const page = await library.search('left', filter, { first: 4, before }, MANY_CALLS, false);
  expect(page.edges).toEqual(edges.slice(0, 2));
});
