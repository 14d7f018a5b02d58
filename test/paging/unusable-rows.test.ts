import { describe, expect, test } from 'vitest';
import type { MonotonicMs } from '../../src/clock.ts';
import { keyOf, NEIGHBOUR_DIGITS } from '../../src/paging/cursor.ts';
import { type BoundaryPosition, locateBoundary } from '../../src/paging/realign/locate-boundary.ts';
import { fc, fraction, runs } from '../runs.ts';
import { type Book, Library, ORDERS } from './foreign-list.ts';

const CACHES = [
  ['without a cache', undefined],
  ['with a cache', { ttlMs: 3_600_000, staleIfErrorMs: 0 }],
] as const;

const at = (ms: number) => ms as MonotonicMs;
const share = fc.option(fraction, { nil: undefined });

/** The first rows; if none of them is usable, those from the first usable row on. */
function firstRows(rows: readonly (Book | undefined)[], count: number): readonly (Book | undefined)[] {
  const some = rows.slice(0, count);
  if (some.some(Boolean)) return some;
  const usable = rows.findIndex(Boolean);
  return usable === -1 ? [] : rows.slice(usable, usable + count);
}

describe.each(CACHES)('%s', (_, cache) => {
  test.each(ORDERS)(
    'a page between two cursors of a list that is %s, some of whose rows are unusable, equals that of a plain array',
    async (order) => {
      const library = new Library(order, 10, cache);
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 60 }),
          fc.integer({ min: 1, max: 12 }),
          fc.boolean(),
          fc.constantFrom(2, 3, 4),
          share,
          share,
          async (left, rows, isForwards, unusableNth, from, to) => {
            library.isUnusable = ({ id }) => Number(id.split(' ')[1]) % unusableNth === 1;
            library.fill({ left, right: 0 });
            const all = library.books('left').map((book) => (library.isUnusable(book) ? undefined : book));
            const usable = all.filter((book) => book !== undefined);
            const edges = await library.connection('left', { first: 60 }).edges;
            expect(edges.map(({ node }) => node)).toEqual(usable);
            const [after, before] = [from, to].map((part) =>
              part === undefined || usable.length === 0 ? undefined : Math.floor(part * (usable.length - 1)),
            );
            fc.pre(after === undefined || before === undefined || after < before);
            const offsetOf = (index: number | undefined) =>
              index === undefined ? undefined : all.indexOf(usable[index]);
            const between = all.slice((offsetOf(after) ?? -1) + 1, offsetOf(before));
            const expected = isForwards
              ? firstRows(between, rows)
              : firstRows(between.toReversed(), rows).toReversed();
            const page = await library.connection('left', {
              [isForwards ? 'first' : 'last']: rows,
              after: after === undefined ? null : edges[after]?.cursor,
              before: before === undefined ? null : edges[before]?.cursor,
            }).edges;
            expect(page.map(({ node }) => node)).toEqual(expected.filter(Boolean));
          },
        ),
        { numRuns: runs(500) },
      );
    },
  );
});

test('regression: a page before the first usable row contained the rows below it', async () => {
  const library = new Library('newest first', 10);
  library.isUnusable = ({ id }) => id === 'book 13';
  library.fill({ left: 13, right: 0 });
  const [edge] = await library.connection('left', { first: 1 }).edges;
  expect(edge?.node.id).toBe('book 12');
  expect(await library.connection('left', { first: 5, before: edge?.cursor }).edges).toEqual([]);
});

test('regression: with a cache, a page of one row was empty although its first row was only unusable', async () => {
  const library = new Library('newest first', 10, CACHES[1][1]);
  library.isUnusable = ({ id }) => id === 'book 8';
  library.fill({ left: 8, right: 0 });
  const edges = await library.connection('left', { first: 8 }).edges;
  const page = await library.connection('left', { first: 1, before: edges.at(-1)?.cursor }).edges;
  expect(page.map(({ node }) => node.id)).toEqual(['book 7']);
});

test('a boundary without times is after all unusable rows at the end of a page', () => {
  const row = (id: string) => ({ id, createdSecond: null });
  const rows = [row('a'), row('b'), undefined, undefined];
  const range = { start: 20, rows, total: 40, last: false, sentAt: at(2), answeredAt: at(3) };
  const boundary = (side: 'above' | 'below', keys: readonly string[]) => ({
    side: 'after' as const,
    anchor: {
      offset: 23,
      total: 40,
      key: keyOf('gone'),
      createdAt: null,
      ordered: false,
      neighbours: { side, keys: keys.map((id) => keyOf(id).slice(0, NEIGHBOUR_DIGITS)), complete: false },
    },
  });
  const offsetIn = (found: BoundaryPosition) => (found.kind === 'at' ? found.offset : found.kind);
  expect(offsetIn(locateBoundary(range, boundary('above', ['b', 'a']), 'start'))).toBe(24);
  expect(offsetIn(locateBoundary(range, boundary('above', ['a']), 'start'))).toBe(21);
  const mirrored = { ...range, rows: rows.toReversed() };
  expect(offsetIn(locateBoundary(mirrored, boundary('below', ['b', 'a']), 'end'))).toBe(20);
  expect(offsetIn(locateBoundary(mirrored, boundary('below', ['a']), 'end'))).toBe(23);
});
