import { describe, expect, test } from 'vitest';
import { farthestPage, rowsOf } from '../../src/paging/cover.ts';
import { fc, fractionBelowOne, runs } from '../runs.ts';
import { Library, ORDERS, SHELVES, steps } from './foreign-list.ts';

const MAX_PAGE_SIZES = [50, 100, 200] as const;
const HOUR = { ttlMs: 3_600_000, staleIfErrorMs: 0 };
const CACHES = [
  ['without a cache', undefined],
  ['with a cache', HOUR],
] as const;

/** Reads all of them in one request; the id of each row, or null. */
async function readAll(library: Library, ids: readonly string[]): Promise<(string | null)[]> {
  const loader = library.loader();
  return Promise.all(ids.map(async (id) => (await loader.byId(id))?.id ?? null));
}

const pagesOf = (length: number, maxPageSize: number) => Math.max(1, Math.ceil(length / maxPageSize));

/** The number of pages through a list if each must include the last row of the previous one. */
function overlappingPagesOf(length: number, maxPageSize: number): number {
  let pages = 1;
  for (let end = maxPageSize; end < length; pages++) end = rowsOf(farthestPage(end - 1, maxPageSize)).end;
  return pages;
}

/** Some rows of the lists, and unknown ids. Offsets are fractions of a list, so that they suit any length. */
const wanted = fc.record({
  left: fc.nat(450),
  right: fc.nat(120),
  places: fc.array(fractionBelowOne, { maxLength: 150 }),
  unknown: fc.nat(5),
});

function idsOf(library: Library, { places, unknown }: { places: readonly number[]; unknown: number }) {
  const all = library.ids('All');
  const ids = places.flatMap((place) => all[Math.floor(place * all.length)] ?? []);
  return [...ids, ...Array.from({ length: unknown }, (_, index) => `no book ${index}`)];
}

describe.each(ORDERS)('rows by id of lists that are %s', (order) => {
  describe.each(MAX_PAGE_SIZES)('in pages of up to %i', (maxPageSize) => {
    test.each(CACHES)(
      'cost one call each, or the pages of the lists if these are fewer, %s',
      async (_, cache) => {
        const library = new Library(order, maxPageSize, cache);
        await fc.assert(
          fc.asyncProperty(wanted, async ({ left, right, ...which }) => {
            library.fill({ left, right });
            await library.learnLengths();
            const ids = idsOf(library, which);
            const known = new Set(library.ids('All'));
            expect(await readAll(library, ids)).toEqual(ids.map((id) => (known.has(id) ? id : null)));
            const lengths = [left, right];
            const pages = lengths.reduce((sum, length) => sum + pagesOf(length, maxPageSize), 0);
            // Without times, two pages must share a row to prove that nothing moved between them.
            const overlap = order !== 'newest first';
            const shared = lengths.reduce(
              (sum, length) => sum + overlappingPagesOf(length, maxPageSize) - pagesOf(length, maxPageSize),
              0,
            );
            const fewest = Math.min(new Set(ids).size, pages);
            expect(library.calls.length).toBeLessThanOrEqual(fewest + (overlap ? shared : 0));
          }),
          { numRuns: runs(200) },
        );
      },
    );

    test.each(CACHES)('are all found while other rows are inserted and deleted, %s', async (_, cache) => {
      const library = new Library(order, maxPageSize, cache);
      await fc.assert(
        fc.asyncProperty(wanted, steps(12), async ({ left, right, ...which }, plan) => {
          library.fill({ left, right });
          await library.learnLengths();
          const ids = idsOf(library, which);
          const rows = await library.whileMoving(plan, () => readAll(library, ids));
          const standing = new Set(library.standing('All'));
          for (const [index, id] of ids.entries()) {
            if (standing.has(id)) expect(rows[index]).toBe(id);
            else expect([id, null]).toContain(rows[index]);
            if (id.startsWith('no book')) expect(rows[index]).toBeNull();
          }
        }),
        { numRuns: runs(200) },
      );
    });
  });

  test('a hundred rows by id cost the four pages of their lists', async () => {
    const library = new Library(order, 100, HOUR);
    library.fill({ left: 237, right: 80 });
    await library.learnLengths();
    const ids = library.ids('All').filter((_, index) => index % 3 === 0);
    expect(await readAll(library, ids)).toEqual(ids);
    expect(library.calls).toHaveLength(4);
  });

  test('rows on the first pages cost these pages alone, however long the lists are', async () => {
    const library = new Library(order, 100, HOUR);
    library.fill({ left: 900, right: 80 });
    await library.learnLengths();
    const [left, right] = [library.ids('left').slice(0, 30), library.ids('right').slice(0, 30)];
    expect(await readAll(library, [...left, ...right])).toEqual([...left, ...right]);
    expect(library.calls).toHaveLength(2);
  });

  test('a few rows cost one call each, and a repeated one costs one', async () => {
    const library = new Library(order, 100, HOUR);
    library.fill({ left: 237, right: 80 });
    await library.learnLengths();
    const [, one = '', other = ''] = library.ids('left').slice(200);
    expect(await readAll(library, [one, other, one, 'no book', 'no book'])).toEqual([
      ...[one, other, one],
      ...[null, null],
    ]);
    expect(library.calls).toHaveLength(3);
  });

  test.each([
    [63, 63],
    [64, 4],
  ])('%i rows of lists of unknown lengths cost %i calls', async (count, calls) => {
    const library = new Library(order, 100, HOUR);
    library.fill({ left: 237, right: 80 });
    const everywhere = library
      .ids('left')
      .concat(library.ids('right'))
      .filter((_, index) => index % 4 === 0);
    const ids = everywhere.slice(0, count);
    expect(await readAll(library, ids)).toEqual(ids);
    expect(library.calls).toHaveLength(calls);
  });

  test('a row on one page is found although another page fails, and only the others fail', async () => {
    const library = new Library(order, 100, HOUR);
    library.fill({ left: 237, right: 80 });
    await library.learnLengths();
    library.fails = (read, shelf) => shelf === 'left' && typeof read === 'object' && read.pageNo === 2;
    const ids = library.ids('All').filter((_, index) => index % 3 === 0);
    const loader = library.loader();
    const read = await Promise.allSettled(ids.map((id) => loader.byId(id)));
    // The rows of the failing list that were read before it failed.
    const shown = new Set(SHELVES.flatMap((shelf) => library.ids(shelf).slice(0, 100)));
    for (const [index, id] of ids.entries()) {
      if (shown.has(id)) expect(read[index]).toMatchObject({ status: 'fulfilled', value: { id } });
      else expect(read[index]).toMatchObject({ reason: { code: 'UPSTREAM_UNAVAILABLE' } });
    }
  });

  test('a row that cannot be read by id does not fail the others', async () => {
    const library = new Library(order, 100, HOUR);
    library.fill({ left: 500, right: 80 });
    await library.learnLengths();
    const [one = '', other = '', third = ''] = library.ids('left').slice(200);
    library.fails = (read) => read === other;
    const loader = library.loader();
    const read = await Promise.allSettled([one, other, third].map((id) => loader.byId(id)));
    expect(read.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });
});
