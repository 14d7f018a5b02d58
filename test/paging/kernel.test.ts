import { describe, expect, test } from 'vitest';
import { fc, fraction, runs } from '../runs.ts';
import { atEdges, Library, ORDERS, steps } from './foreign-list.ts';

const LISTS = ['left', 'right', 'All'] as const;
const MAX_PAGE_SIZES = [50, 100, 200] as const;
const CACHES = [
  ['without a cache', undefined],
  ['with a cache', { ttlMs: 3_600_000, staleIfErrorMs: 0 }],
] as const;

/** The rows that Relay's algorithm returns on a plain array. */
function plain(ids: readonly string[], after?: number, before?: number, first?: number, last?: number) {
  const start = after === undefined ? 0 : Math.min(after + 1, ids.length);
  const end = Math.max(start, before === undefined ? ids.length : before);
  if (first !== undefined) return { start, end: Math.min(end, start + first) };
  return { start: last === undefined ? start : Math.max(start, end - last), end };
}

test('the last rows after a cursor of merged lists are returned even if one list has none after it', async () => {
  const library = new Library('newest first', 100);
  library.fill({ left: 1, right: 1 });
  const { endCursor } = await library.connection('All', { first: 1 }).pageInfo;
  const edges = await library.connection('All', { last: 1, after: endCursor }).edges;
  expect(edges.map(({ node }) => node.id)).toEqual(library.ids('All').slice(1));
});

describe.each(ORDERS)('lists that are %s', (order) => {
  describe.each(MAX_PAGE_SIZES)('in pages of up to %i', (maxPageSize) => {
    test.each(CACHES)(
      '%s, at rest: every window equals that of a plain array, with page info and total',
      async (_, cache) => {
        const library = new Library(order, maxPageSize, cache);
        await fc.assert(
          fc.asyncProperty(
            fc.constantFrom(...LISTS),
            fc.nat(450),
            fc.nat(120),
            fc.integer({ min: 0, max: 200 }),
            fc.boolean(),
            fc.option(fraction, { nil: undefined }),
            fc.option(fraction, { nil: undefined }),
            async (list, left, right, rows, isFirst, afterPart, beforePart) => {
              library.fill({ left, right });
              const ids = library.ids(list);
              const at = (part: number | undefined) =>
                part === undefined || ids.length === 0 ? undefined : Math.floor(part * (ids.length - 1));
              const [after, before] = [at(afterPart), at(beforePart)];
              const cursorAt = async (index: number | undefined) => {
                if (index === undefined) return undefined;
                const from = Math.max(0, index - 7);
                let cursor: string | undefined;
                if (from > 0) {
                  // From the nearer edge, as a client gets there.
                  const isNearer = index < ids.length / 2;
                  let edge: string | null | undefined;
                  for (let seen = 0; seen < (isNearer ? index + 1 : ids.length - index); seen += 200) {
                    const size = Math.min(200, (isNearer ? index + 1 : ids.length - index) - seen);
                    const args = isNearer ? { first: size, after: edge } : { last: size, before: edge };
                    const info = await library.connection(list, args).pageInfo;
                    edge = isNearer ? info.endCursor : info.startCursor;
                  }
                  cursor = edge ?? undefined;
                } else cursor = (await library.connection(list, { first: index + 1 }).edges).at(-1)?.cursor;
                return cursor;
              };
              const args = {
                [isFirst ? 'first' : 'last']: rows,
                after: await cursorAt(after),
                before: await cursorAt(before),
              };
              const connection = library.connection(list, args);
              const [edges, info, total] = await Promise.all([
                connection.edges,
                connection.pageInfo,
                connection.totalCount,
              ]);
              const expected = plain(
                ids,
                after,
                before,
                isFirst ? rows : undefined,
                isFirst ? undefined : rows,
              );
              expect(edges.map(({ node }) => node.id)).toEqual(ids.slice(expected.start, expected.end));
              expect(total).toBe(ids.length);
              if (edges.length === 0) return;
              expect(info.hasPreviousPage).toBe(expected.start > 0);
              expect(info.hasNextPage).toBe(expected.end < ids.length);
            },
          ),
          { numRuns: runs(60) },
        );
      },
    );

    describe.each(CACHES)('%s', (_, cache) => {
      test.each([
        ['left', 'forwards'],
        ['left', 'backwards'],
        ['All', 'forwards'],
        ['All', 'backwards'],
      ] as const)(
        'a walk of %s %s returns each row that stood throughout exactly once, under any inserts and deletes',
        async (list, direction) => {
          const library = new Library(order, maxPageSize, cache);
          await fc.assert(
            fc.asyncProperty(
              fc.nat(300),
              fc.nat(40),
              fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 30, max: 100 })),
              fc.constantFrom(0, 1, 7),
              steps(30),
              async (left, right, rows, everySeconds, plan) => {
                library.fill({ left, right }, everySeconds);
                const isByNeighbours =
                  order === 'unordered' || (order === 'newest first' && everySeconds === 0);
                const changes = isByNeighbours ? atEdges(plan) : plan;
                const { ids, endless } = await library.walk(list, direction, rows, changes);
                expect(endless).toBe(false);
                const seen = new Set(ids);
                expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
                expect(library.standing(list).filter((id) => !seen.has(id))).toEqual([]);
              },
            ),
            { numRuns: runs(60) },
          );
        },
      );
    });
  });

  test('at rest a walk costs one call per page, and one for the end of the list', async () => {
    const library = new Library(order, 100);
    library.fill({ left: 237, right: 0 });
    for (const direction of ['forwards', 'backwards'] as const) {
      for (const rows of [2, 10, 49]) {
        library.calls = [];
        const walk = await library.walk('left', direction, rows, []);
        expect(walk.ids).toEqual(library.ids('left'));
        expect(walk.calls).toBeLessThanOrEqual(walk.pages + 1);
      }
    }
  });
});
