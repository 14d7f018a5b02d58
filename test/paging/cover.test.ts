import { describe, expect, test } from 'vitest';
import { cover, rowsOf } from '../../src/paging/cover.ts';

/** Every page of up to 100 rows that holds one offset, as [first row, past the last, rows]. */
function pagesAt(offset: number): [number, number, number][] {
  const pages: [number, number, number][] = [];
  for (let size = 1; size <= 100; size++) {
    const start = offset - (offset % size);
    pages.push([start, start + size, size]);
  }
  return pages;
}

/** The fewest calls for a window, and the fewest rows of that many calls, found by trying every page. */
function bruteForce(start: number, end: number): { calls: number; rows: number } {
  if (start === end) return { calls: 0, rows: 0 };
  const alone = pagesAt(start).filter(([, pageEnd]) => pageEnd >= end);
  if (alone.length > 0) return { calls: 1, rows: Math.min(...alone.map(([, , rows]) => rows)) };
  let rows = Number.POSITIVE_INFINITY;
  for (const [, firstEnd, firstRows] of pagesAt(start)) {
    for (const [, secondEnd, secondRows] of pagesAt(firstEnd)) {
      if (secondEnd >= end) rows = Math.min(rows, firstRows + secondRows);
    }
  }
  return { calls: 2, rows };
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

test('a window that two pages cannot hold is a mistake of the gateway', () => {
  expect(() => cover({ start: 0, end: 102 })).toThrow(RangeError);
});
