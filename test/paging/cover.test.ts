import { describe, expect, test } from 'vitest';
import * as pages from '../../src/paging/cover.ts';
import { mostPages, type PageRef, rowsOf } from '../../src/paging/cover.ts';
import type { Window } from '../../src/paging/window.ts';
import { fc } from '../runs.ts';

/** For pages of up to 100 rows, where nothing else is said. */
const cover = (window: Window) => pages.cover(window, 100);
const grid = (window: Window) => pages.grid(window, 100);
const around = (window: Window, from?: 'start' | 'end') => pages.around(window, 100, from);

/** A list in which each row is its own offset: what a page or a window holds of it can be seen. */
const offsets = Array.from({ length: 1200 }, (_, offset) => offset);

/** Every page of up to 100 rows that holds one offset, as [first row, past the last, rows]. */
function pagesAt(offset: number): [number, number, number][] {
  const pages: [number, number, number][] = [];
  for (let size = 1; size <= 100; size++) {
    const start = offset - (offset % size);
    pages.push([start, start + size, size]);
  }
  return pages;
}

/** `fewestRows[offset][end]`: rows of the smallest page that holds the offset and reaches to the end; infinite for none. */
const fewestRows = Array.from({ length: 400 }, (_, offset) => {
  const pages = pagesAt(offset);
  return Array.from({ length: 400 }, (_, end) =>
    pages.reduce((fewest, [, pageEnd, rows]) => (pageEnd >= end ? Math.min(fewest, rows) : fewest), Infinity),
  );
});

/** The fewest calls for a window, and the fewest rows of that many calls, found by trying every page. */
function bruteForce(start: number, end: number): { calls: number; rows: number } {
  if (start === end) return { calls: 0, rows: 0 };
  const alone = fewestRows[start]?.[end] ?? Infinity;
  if (alone < Infinity) return { calls: 1, rows: alone };
  const pairs = pagesAt(start).map(([, pageEnd, rows]) => rows + (fewestRows[pageEnd]?.[end] ?? Infinity));
  return { calls: 2, rows: Math.min(...pairs) };
}

describe('every window of 0 to 101 rows at every offset of a list of 271', () => {
  test('is held by the pages, at the least number of calls and then of rows', () => {
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

test('pages are as the upstream numbers them', () => {
  expect(cover({ start: 0, end: 10 })).toEqual([{ pageNo: 1, pageSize: 10 }]);
  expect(cover({ start: 10, end: 20 })).toEqual([{ pageNo: 2, pageSize: 10 }]);
  expect(cover({ start: 5, end: 15 })).toEqual([{ pageNo: 1, pageSize: 15 }]);
  expect(
    cover({ start: 150, end: 251 }).every(({ pageNo, pageSize }) => pageNo >= 1 && pageSize <= 100),
  ).toBe(true);
});

test.each([7, 50, 100, 200])('pages of up to %i hold any window, and one fewer would not', (maxPageSize) => {
  /** Past the last row that so many pages can reach, each beginning where the one before ended. */
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
      if (maxPageSize >= 50) expect(found.length).toBeLessThanOrEqual(mostPages(rows, maxPageSize));
    }),
  );
});

test.each([50, 100])(
  'half a page of up to %i rows is on one page wherever it begins, and a row more is not',
  (size) => {
    const isOnOne = (rows: number) =>
      offsets.every((start) => pages.cover({ start, end: start + rows }, size).length === 1);
    expect(isOnOne(pages.rowsOnOnePage(size))).toBe(true);
    expect(isOnOne(pages.rowsOnOnePage(size) + 1)).toBe(false);
  },
);

test('a window takes one page where half a page holds it, else as many as of the grid where it begins worst', () => {
  for (const maxPageSize of [50, 100]) {
    for (let rows = 1; rows <= 2 * maxPageSize + 2; rows++) {
      const starts = offsets.slice(0, maxPageSize);
      const most = Math.max(
        ...starts.map((start) => pages.grid({ start, end: start + rows }, maxPageSize).length),
      );
      expect(mostPages(rows, maxPageSize)).toBe(rows <= maxPageSize / 2 ? 1 : most);
    }
  }
});

test('the page that reaches farthest holds its row, and no page that holds it ends later', () => {
  fc.assert(
    fc.property(fc.nat(300), (offset) => {
      const { start, end } = rowsOf(pages.farthestPage(offset, 100));
      expect(start).toBeLessThanOrEqual(offset);
      expect(end).toBe(Math.max(...pagesAt(offset).map(([, pageEnd]) => pageEnd)));
      // The others of those show fewer rows above.
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

describe('the grid', () => {
  test('holds every window, in order and without a gap, by whole hundreds of which none could be left out', () => {
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

  test('takes one page for up to 100 rows from the start of a hundred, and never more than two for 101', () => {
    fc.assert(
      fc.property(windows(101), fc.nat(8), ({ start, end }, hundred) => {
        expect(grid({ start, end }).length).toBeLessThanOrEqual(2);
        const rows = Math.min(end - start, 100);
        const pages = rows === 0 ? [] : [{ pageNo: hundred + 1, pageSize: 100 }];
        expect(grid({ start: 100 * hundred, end: 100 * hundred + rows })).toEqual(pages);
      }),
    );
  });

  test('is the same for windows that overlap: they share the pages that both touch', () => {
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

describe('the page around a window', () => {
  /** Every page of up to 100 rows that holds a window, which has rows. */
  const holding = ({ start, end }: Window) =>
    pagesAt(start)
      .filter(([, pageEnd]) => pageEnd >= end)
      .map(([first, , pageSize]): PageRef => ({ pageNo: first / pageSize + 1, pageSize }));
  const withRows = windows(101).filter(({ start, end }) => start < end);
  const rowsBefore = (page: PageRef, { start }: Window) => rowsOn(page).filter((row) => row < start).length;
  const rowsAfter = (page: PageRef, { end }: Window) => rowsOn(page).filter((row) => row >= end).length;
  const most = (pages: readonly PageRef[], count: (page: PageRef) => number) => Math.max(...pages.map(count));

  test('holds it, and is missing only where no page does', () => {
    fc.assert(
      fc.property(withRows, fc.constantFrom(undefined, 'start', 'end'), (window, from) => {
        const page = around(window, from);
        if (page === undefined) expect(holding(window)).toEqual([]);
        else expect(rowsOn(page)).toEqual(expect.arrayContaining(cut(window)));
      }),
    );
  });

  test('exists for up to 50 rows', () => {
    fc.assert(
      fc.property(windows(50), (window) => {
        expect(around(window)).toBeDefined();
      }),
    );
  });

  test('is the largest one', () => {
    fc.assert(
      fc.property(withRows, (window) => {
        const pages = holding(window);
        fc.pre(pages.length > 0);
        expect(around(window)?.pageSize).toBe(most(pages, ({ pageSize }) => pageSize));
      }),
    );
  });

  test('has as many rows as can be where a walk goes on, after the window forwards and before it backwards', () => {
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
