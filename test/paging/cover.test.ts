import { describe, expect, test } from 'vitest';
import { MAX_TOTAL } from '../../src/foreign-values.ts';
import * as pages from '../../src/paging/cover.ts';
import { mostPages, type PageRef, rowsOf, rowsOnOnePage } from '../../src/paging/cover.ts';
import type { Window } from '../../src/paging/window.ts';
import { FULL, fc } from '../runs.ts';

/** For pages of up to 100 rows, the default here. */
const cover = (window: Window) => pages.cover(window, 100);
const grid = (window: Window) => pages.grid(window, 100);
const around = (window: Window, from?: 'start' | 'end') => pages.around(window, 100, from);

/** A list in which each row is its own offset, so that the contents of a page or window are visible. */
const offsets = Array.from({ length: 1200 }, (_, offset) => offset);

/** Every page of up to 100 rows that holds an offset, as [start, end, size]. */
function pagesAt(offset: number): [number, number, number][] {
  const pages: [number, number, number][] = [];
  for (let size = 1; size <= 100; size++) {
    const start = offset - (offset % size);
    pages.push([start, start + size, size]);
  }
  return pages;
}

/** `fewestRows[offset][end]`: size of the smallest page that holds the offset and reaches the end; infinite if there is none. */
const fewestRows = Array.from({ length: 400 }, (_, offset) => {
  const pages = pagesAt(offset);
  return Array.from({ length: 400 }, (_, end) =>
    pages.reduce((fewest, [, pageEnd, rows]) => (pageEnd >= end ? Math.min(fewest, rows) : fewest), Infinity),
  );
});

/** The fewest calls for a window, and the fewest rows with that many calls, found by trying every page. */
function bruteForce(start: number, end: number): { calls: number; rows: number } {
  if (start === end) return { calls: 0, rows: 0 };
  const alone = fewestRows[start]?.[end] ?? Infinity;
  if (alone < Infinity) return { calls: 1, rows: alone };
  const pairs = pagesAt(start).map(([, pageEnd, rows]) => rows + (fewestRows[pageEnd]?.[end] ?? Infinity));
  return { calls: 2, rows: Math.min(...pairs) };
}

describe('cover, every window of 0 to 101 rows at every offset of a list of 271', () => {
  test('holds the window with the fewest calls, then the fewest rows', () => {
    let windows = 0;
    for (let start = 0; start <= 271; start++) {
      for (let end = start; end <= Math.min(start + 101, 280); end++) {
        const pages = cover({ start, end });
        const held = new Set(
          pages.flatMap((page) => {
            const rows = rowsOf(page);
            return Array.from({ length: rows.end - rows.start }, (_, index) => rows.start + index);
          }),
        );
        for (let offset = start; offset < end; offset++) {
          if (!held.has(offset)) expect.fail(`[${start}, ${end}) is not held at ${offset}`);
        }
        const found = { calls: pages.length, rows: pages.reduce((sum, { pageSize }) => sum + pageSize, 0) };
        const least = bruteForce(start, end);
        if (found.calls !== least.calls || found.rows !== least.rows) {
          expect.fail(`[${start}, ${end}): ${JSON.stringify(found)} instead of ${JSON.stringify(least)}`);
        }
        windows++;
      }
    }
    expect(windows).toBeGreaterThan(20_000);
  });
});

test('returns pages as the upstream numbers them', () => {
  expect(cover({ start: 0, end: 10 })).toEqual([{ pageNo: 1, pageSize: 10 }]);
  expect(cover({ start: 10, end: 20 })).toEqual([{ pageNo: 2, pageSize: 10 }]);
  expect(cover({ start: 5, end: 15 })).toEqual([{ pageNo: 1, pageSize: 15 }]);
  expect(
    cover({ start: 150, end: 251 }).every(({ pageNo, pageSize }) => pageNo >= 1 && pageSize <= 100),
  ).toBe(true);
});

test.each([7, 50, 100, 200])(
  'one page of up to %i rows holds any window of rowsOnOnePage, which is the largest such number',
  (maxPageSize) => {
    /** The farthest end that this many pages can reach, each starting where the previous one ended. */
    const reach = (start: number, count: number): number =>
      count === 0 ? start : reach(rowsOf(pages.farthestPage(start, maxPageSize)).end, count - 1);
    fc.assert(
      fc.property(fc.nat(5000), fc.integer({ min: 1, max: 450 }), (start, rows) => {
        const end = start + rows;
        const found = pages.cover({ start, end }, maxPageSize).map((page) => ({ ...page, ...rowsOf(page) }));
        for (const { pageNo, pageSize } of found) {
          expect(pageNo).toBeGreaterThanOrEqual(1);
          expect(pageSize).toBeLessThanOrEqual(maxPageSize);
        }
        let held = start;
        for (const page of found) {
          expect(page.start).toBeLessThanOrEqual(held);
          held = page.end;
        }
        expect(held).toBeGreaterThanOrEqual(end);
        expect(reach(start, found.length - 1)).toBeLessThan(end);
        expect(found.length).toBeLessThanOrEqual(mostPages(rows, maxPageSize));
      }),
    );
  },
);

/**
 * An offset below 2^30 at which no page of up to `maxPageSize` holds this many rows; undefined if there is none. A page ends
 * within the window if a multiple of its size is after the first row and at most at the last: narrows the offsets down, size by
 * size.
 */
function offsetOnNoPage(rows: number, maxPageSize: number): number | undefined {
  const narrowed = (from: number, to: number, size: number): number | undefined => {
    if (size < rows) return from;
    for (let end = (Math.floor(from / size) + 1) * size; end <= to + rows - 1; end += size) {
      const found = narrowed(Math.max(from, end - rows + 1), Math.min(to, end - 1), size - 1);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return rows < 2 ? undefined : narrowed(0, MAX_TOTAL - rows, maxPageSize);
}

describe('rowsOnOnePage', () => {
  // Trying every offset takes a second or more per size; a larger page size holds whatever a smaller one does.
  test.each(FULL ? [23, 38, 50, 64, 79, 89, 100, 108, 150, 200] : [100, 200])(
    'is correct for pages of up to %i rows and every offset',
    (maxPageSize) => {
      expect(offsetOnNoPage(rowsOnOnePage(maxPageSize), maxPageSize)).toBeUndefined();
    },
  );

  test.each([
    [22, 2, 232_792_559],
    [50, 17, 477_279_347],
    [74, 34, 1_335_149],
    [100, 50, 135_431_981],
    [200, 101, 100],
  ])('is exact: one page of up to %i rows does not hold %i rows at offset %i', (maxPageSize, rows, start) => {
    expect(rowsOnOnePage(maxPageSize)).toBeLessThan(rows);
    expect(pages.around({ start, end: start + rows }, maxPageSize)).toBeUndefined();
    expect(pages.cover({ start, end: start + rows }, maxPageSize)).toHaveLength(2);
  });

  test('grows with the page size, and mostPages is never exceeded at the hardest known offsets', () => {
    /** Right before multiples of many sizes, where one more row than rowsOnOnePage is on no page. */
    const multiples = [1, 2, 6, 12, 60, 420, 840, 2520, 27_720, 360_360, 720_720, 12_252_240, 232_792_560];
    const hard = [
      ...[68_468_399, 107_881_199, 205_405_199, 339_065_998, 226_860_474, 151_351_199, 414_802_071],
      ...[691_891_192, 145_061_267, 615_847_670, 477_279_347, 398_865_583, 93_869_981, 28_491_098],
      ...[322_040_876, 978_377_399, 35_236_079, 1_335_149, 366_153_449, 385_382_444, 227_038_943],
      ...[175_528_041, 177_901_916, 493_775_094, 598_973_812, 135_431_981, 412_554_860],
    ];
    for (let maxPageSize = 1; maxPageSize <= 200; maxPageSize++) {
      const most = rowsOnOnePage(maxPageSize);
      expect(most).toBeGreaterThanOrEqual(rowsOnOnePage(Math.max(1, maxPageSize - 1)));
      for (const start of [...multiples.map((multiple) => multiple - 1), ...hard])
        for (const rows of [most, most + 1, maxPageSize]) {
          const found = pages.cover({ start, end: start + rows }, maxPageSize);
          if (found.length > mostPages(rows, maxPageSize))
            expect.fail(`${rows} rows from ${start}, pages of up to ${maxPageSize}: ${found.length} pages`);
        }
    }
  });
});

test('farthestPage holds its row, and no other page that holds it ends later', () => {
  fc.assert(
    fc.property(fc.nat(300), (offset) => {
      const { start, end } = rowsOf(pages.farthestPage(offset, 100));
      expect(start).toBeLessThanOrEqual(offset);
      expect(end).toBe(Math.max(...pagesAt(offset).map(([, pageEnd]) => pageEnd)));
      // The other pages with the same end have fewer rows above.
      const sizes = pagesAt(offset).flatMap(([, pageEnd, size]) => (pageEnd === end ? size : []));
      expect(end - start).toBe(Math.max(...sizes));
    }),
  );
});

const cut = ({ start, end }: Window) => offsets.slice(start, end);
const rowsOn = (page: PageRef) => cut(rowsOf(page));

const windows = (maxRows: number): fc.Arbitrary<Window> =>
  fc
    .record({ start: fc.nat(900), rows: fc.nat(maxRows) })
    .map(({ start, rows }) => ({ start, end: start + rows }));

describe('grid', () => {
  test('holds every window with consecutive pages, each of which is needed', () => {
    fc.assert(
      fc.property(windows(101), (window) => {
        const pages = grid(window);
        const read = pages.flatMap(rowsOn);
        expect(read.filter((offset) => offset >= window.start && offset < window.end)).toEqual(cut(window));
        expect(read).toEqual(offsets.slice(read[0] ?? 0, (read.at(-1) ?? -1) + 1));
        for (const page of pages) {
          expect(page.pageSize).toBe(100);
          expect(rowsOn(page).some((offset) => cut(window).includes(offset))).toBe(true);
        }
      }),
    );
  });

  test('takes one page for up to 100 rows from a grid line, and at most two for 101', () => {
    fc.assert(
      fc.property(windows(101), fc.nat(8), ({ start, end }, hundred) => {
        expect(grid({ start, end }).length).toBeLessThanOrEqual(2);
        const rows = Math.min(end - start, 100);
        const pages = rows === 0 ? [] : [{ pageNo: hundred + 1, pageSize: 100 }];
        expect(grid({ start: 100 * hundred, end: 100 * hundred + rows })).toEqual(pages);
      }),
    );
  });

  test('returns the same pages for overlapping windows', () => {
    fc.assert(
      fc.property(windows(101), windows(101), (one, other) => {
        const shared = cut(one).filter((offset) => cut(other).includes(offset));
        const pages = grid(other);
        const found = grid(one).filter(({ pageNo }) => pages.some((page) => page.pageNo === pageNo));
        expect(shared.every((offset) => found.flatMap(rowsOn).includes(offset))).toBe(true);
      }),
    );
  });
});

describe('around', () => {
  /** Every page of up to 100 rows that holds a window with rows. */
  const holding = ({ start, end }: Window) =>
    pagesAt(start)
      .filter(([, pageEnd]) => pageEnd >= end)
      .map(([first, , pageSize]): PageRef => ({ pageNo: first / pageSize + 1, pageSize }));
  const withRows = windows(101).filter(({ start, end }) => start < end);
  const rowsBefore = (page: PageRef, { start }: Window) => rowsOn(page).filter((row) => row < start).length;
  const rowsAfter = (page: PageRef, { end }: Window) => rowsOn(page).filter((row) => row >= end).length;
  const most = (pages: readonly PageRef[], count: (page: PageRef) => number) => Math.max(...pages.map(count));

  test('holds the window, and is undefined only if no page does', () => {
    fc.assert(
      fc.property(withRows, fc.constantFrom(undefined, 'start', 'end'), (window, from) => {
        const page = around(window, from);
        if (page === undefined) expect(holding(window)).toEqual([]);
        else expect(rowsOn(page)).toEqual(expect.arrayContaining(cut(window)));
      }),
    );
  });

  test('exists for every window of up to 49 rows', () => {
    fc.assert(
      fc.property(windows(49), (window) => {
        expect(around(window)).toBeDefined();
      }),
    );
  });

  test('returns the largest page without a direction', () => {
    fc.assert(
      fc.property(withRows, (window) => {
        const pages = holding(window);
        fc.pre(pages.length > 0);
        expect(around(window)?.pageSize).toBe(most(pages, ({ pageSize }) => pageSize));
      }),
    );
  });

  test('reaches as far as possible after the window forwards, and before it backwards', () => {
    fc.assert(
      fc.property(withRows, (window) => {
        const pages = holding(window);
        const [forwards, backwards] = [around(window, 'start'), around(window, 'end')];
        fc.pre(forwards !== undefined && backwards !== undefined);
        expect(rowsAfter(forwards, window)).toBe(most(pages, (page) => rowsAfter(page, window)));
        expect(rowsBefore(backwards, window)).toBe(most(pages, (page) => rowsBefore(page, window)));
        const asFar = pages.filter((page) => rowsAfter(page, window) === rowsAfter(forwards, window));
        expect(forwards.pageSize).toBe(most(asFar, ({ pageSize }) => pageSize));
      }),
    );
  });
});
