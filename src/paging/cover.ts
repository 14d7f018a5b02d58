import type { Window } from './window.ts';

/** A page of the upstream: `pageNo` is 1-based, `pageSize` is 1 to `maxPageSize` of its list. */
export interface PageRef {
  readonly pageNo: number;
  readonly pageSize: number;
}

/** Cache key of a page. */
export function pageKey(list: string, { pageNo, pageSize }: PageRef): string {
  return `${list}/${pageSize}/${pageNo}`;
}

/** The window of a page, as 0-based offsets. */
export function rowsOf(page: PageRef): Window {
  const start = (page.pageNo - 1) * page.pageSize;
  return { start, end: start + page.pageSize };
}

/** For page sizes below {@link HALF_FROM}: the first `maxPageSize` at which one page holds any window of `rows` rows. */
const ROWS_ON_ONE_PAGE: readonly (readonly [maxPageSize: number, rows: number])[] = [
  [100, 49],
  [89, 43],
  [79, 35],
  [64, 25],
  [50, 16],
  [38, 9],
  [23, 2],
];

/** From this `maxPageSize`, one page holds any window of half of it. */
const HALF_FROM = 108;

/**
 * Largest number of rows that one page holds at every offset, in lists of fewer than 2^30 rows. For small page sizes this is less than
 * half a page: at an offset right before a multiple of every page size, each page ends within the window. For example, no page of up to
 * 100 rows holds the 50 rows from offset 135,431,981. Found by trying every offset, for page sizes up to 1,200.
 */
export function rowsOnOnePage(maxPageSize: number): number {
  if (maxPageSize >= HALF_FROM) return Math.ceil(maxPageSize / 2);
  return ROWS_ON_ONE_PAGE.find(([size]) => maxPageSize >= size)?.[1] ?? 1;
}

/** Maximum number of pages that cover a window of this many rows, at any offset. */
export function mostPages(rows: number, maxPageSize: number): number {
  return rows <= rowsOnOnePage(maxPageSize) ? 1 : Math.ceil((rows - 1) / maxPageSize) + 1;
}

/** The fewest pages that cover a window, in order; none for an empty window. Of two pages, the pair with the fewest rows. */
export function cover({ start, end }: Window, maxPageSize: number): PageRef[] {
  if (end <= start) return [];
  const single = smallestPage(start, end, maxPageSize);
  if (single !== undefined) return [single];
  if (end - start <= 2 * maxPageSize) {
    const pair = cheapestPair(start, end, maxPageSize);
    if (pair.length > 0) return pair;
  }
  const first = farthestPage(start, maxPageSize);
  return [first, ...cover({ start: rowsOf(first).end, end }, maxPageSize)];
}

/** The pages of size `maxPageSize` (the grid) that cover a window. */
export function grid({ start, end }: Window, maxPageSize: number): PageRef[] {
  const pages: PageRef[] = [];
  for (let pageNo = Math.floor(start / maxPageSize) + 1; (pageNo - 1) * maxPageSize < end; pageNo++)
    pages.push({ pageNo, pageSize: maxPageSize });
  return start < end ? pages : [];
}

/**
 * One page that holds a window, with as many further rows as possible; undefined if there is none.
 *
 * @param from the end at which a walk started: prefers the page that reaches farthest in the walk's direction. Without it, returns the
 *   largest page
 */
export function around(
  { start, end }: Window,
  maxPageSize: number,
  from?: 'start' | 'end',
): PageRef | undefined {
  let best: PageRef | undefined;
  let mostAhead = Number.NEGATIVE_INFINITY;
  for (let pageSize = maxPageSize; pageSize > 0; pageSize--) {
    const page = pageAt(start, pageSize);
    const rows = rowsOf(page);
    if (rows.end < end) continue;
    if (from === undefined) return page;
    const ahead = from === 'start' ? rows.end : -rows.start;
    if (ahead > mostAhead) [best, mostAhead] = [page, ahead];
  }
  return best;
}

/** The page that holds the row at an offset and ends last. */
export function farthestPage(offset: number, maxPageSize: number): PageRef {
  let best = pageAt(offset, maxPageSize);
  for (let pageSize = maxPageSize - 1; pageSize > 0; pageSize--) {
    const page = pageAt(offset, pageSize);
    if (rowsOf(page).end > rowsOf(best).end) best = page;
  }
  return best;
}

function pageAt(offset: number, pageSize: number): PageRef {
  return { pageNo: Math.floor(offset / pageSize) + 1, pageSize };
}

/** The smallest page that holds `[start, end)`; undefined if there is none. */
function smallestPage(start: number, end: number, maxPageSize: number): PageRef | undefined {
  for (let pageSize = end - start; pageSize <= maxPageSize; pageSize++) {
    const index = Math.floor(start / pageSize);
    if ((index + 1) * pageSize >= end) return { pageNo: index + 1, pageSize };
  }
  return undefined;
}

/** Two pages that hold `[start, end)` with the fewest rows; empty if two pages cannot hold it. */
function cheapestPair(start: number, end: number, maxPageSize: number): PageRef[] {
  let best: PageRef[] = [];
  let bestRows = Number.POSITIVE_INFINITY;
  for (let split = start + 1; split < end; split++) {
    const head = smallestPage(start, split, maxPageSize);
    const tail = smallestPage(split, end, maxPageSize);
    if (head === undefined || tail === undefined) continue;
    const rows = head.pageSize + tail.pageSize;
    if (rows < bestRows) [best, bestRows] = [[head, tail], rows];
  }
  return best;
}
