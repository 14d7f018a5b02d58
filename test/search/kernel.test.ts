import { describe, expect, test } from 'vitest';
import { Library, steps } from '../paging/foreign-list.ts';
import { fc, fraction, runs } from '../runs.ts';
import { everyNth, walkSearch } from './book-search.ts';

const LISTS = ['left', 'right', 'All'] as const;
const CACHES = [
  ['without a cache', undefined],
  ['with a cache', { ttlMs: 3_600_000, staleIfErrorMs: 0 }],
] as const;
const WHOLE = 1000;

describe.each(CACHES)('%s', (_, cache) => {
  test('every page of a search at rest equals that of a plain array, with page info and counts', async () => {
    const library = new Library('newest first', 100, cache);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...LISTS),
        fc.nat(450),
        fc.nat(220),
        fc.integer({ min: 0, max: 100 }),
        fc.constantFrom('forwards' as const, 'backwards' as const),
        fc.constantFrom(1, 2, 3, 7, 40, 1000),
        fc.option(fc.tuple(fraction, fraction), {
          nil: undefined,
        }),
        fc.boolean(),
        fc.constantFrom(0, 1, 7),
        async (list, left, right, rows, direction, nth, times, isCounted, everySeconds) => {
          library.fill({ left, right }, everySeconds);
          const newest = 1000 + Math.max(left, right) * everySeconds;
          const seconds = times?.map((part) => Math.floor(900 + part * (newest - 800))).sort((a, b) => a - b);
          const filter = everyNth(nth, seconds && { oldestSecond: seconds[0], newestSecond: seconds[1] });
          const ids = library.ids(list);
          const matching = library
            .books(list)
            .filter(filter.matches)
            .map(({ id }) => id);
          const isForwards = direction === 'forwards';
          let cursor: string | null = null;
          let left2 = isForwards ? matching : matching.toReversed();
          let scanned = 0;
          for (let page = 0; ; page++) {
            const { edges, info, matchCount, scannedCount } = await library.search(
              list,
              filter,
              isForwards ? { first: rows, after: cursor } : { last: rows, before: cursor },
              WHOLE,
              isCounted,
            );
            scanned += scannedCount;
            const shown = edges.map(({ node }) => node.id);
            if (!isForwards) shown.reverse();
            expect(shown).toEqual(left2.slice(0, rows));
            left2 = left2.slice(shown.length);
            if (isCounted) expect(matchCount).toBe(matching.length);
            const [ahead, behind] = isForwards
              ? [info.hasNextPage, info.hasPreviousPage]
              : [info.hasPreviousPage, info.hasNextPage];
            if (left2.length > 0 || isCounted) expect(ahead).toBe(left2.length > 0);
            expect(behind).toBe(page > 0 && matching.length > left2.length + shown.length);
            cursor = isForwards ? info.endCursor : info.startCursor;
            if (!ahead || rows === 0) break;
            expect(cursor).not.toBeNull();
          }
          if (!isCounted && rows > 0 && seconds === undefined) expect(scanned).toBe(ids.length);
        },
      ),
      { numRuns: runs(500) },
    );
  });

  test.each(['forwards', 'backwards'] as const)(
    'a walk %s through a search of concatenated lists returns the matches of a plain array',
    async (direction) => {
      const library = new Library('oldest first', 10, cache);
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...LISTS),
          fc.nat(45),
          fc.nat(45),
          fc.integer({ min: 1, max: 30 }),
          fc.constantFrom(1, 2, 7, 40),
          // Backwards, the length of an empty list costs a call, and that of the next list another.
          fc.constantFrom(3, 5, WHOLE),
          async (list, left, right, rows, nth, calls) => {
            library.fill({ left, right });
            const filter = everyNth(nth);
            const { ids, endless } = await walkSearch(library, list, filter, direction, rows, calls, []);
            expect(endless).toBe(false);
            const matching = library.books(list).filter(filter.matches);
            const expected = direction === 'forwards' ? matching : matching.toReversed();
            expect(ids).toEqual(expected.map(({ id }) => id));
          },
        ),
        { numRuns: runs(500) },
      );
    },
  );

  test.each(['forwards', 'backwards'] as const)(
    'a walk %s through a search returns each match that stood throughout exactly once, under any inserts and deletes',
    async (direction) => {
      const library = new Library('newest first', 100, cache);
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...LISTS),
          fc.nat(450),
          fc.nat(140),
          fc.integer({ min: 1, max: 60 }),
          fc.constantFrom(1, 2, 5, 30),
          fc.constantFrom(2, 3, 5, 10),
          steps(30),
          async (list, left, right, rows, nth, calls, plan) => {
            library.fill({ left, right });
            const filter = everyNth(nth);
            const { ids, endless } = await walkSearch(library, list, filter, direction, rows, calls, plan);
            expect(endless).toBe(false);
            const seen = new Set(ids);
            expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
            const missed = library
              .standing(list)
              .filter((id) => filter.matches({ id, createdSecond: 0 }) && !seen.has(id));
            expect(missed).toEqual([]);
          },
        ),
        { numRuns: runs(250) },
      );
    },
  );
});
