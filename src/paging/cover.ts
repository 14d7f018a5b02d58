import type { Window } from './window.ts';

/** One page as the upstream numbers them: `pageNo` is 1-based, `pageSize` in 1..`maxPageSize` of its list. */
export interface PageRef {
  readonly pageNo: number;
  readonly pageSize: number;
}

/** Names a page of a list in caches. */
export function pageKey(list: string, { pageNo, pageSize }: PageRef): string {
  return `${list}/${pageSize}/${pageNo}`;
}

/** The rows that a page holds, as 0-based offsets. */
export function rowsOf(page: PageRef): Window {
  const start = (page.pageNo - 1) * page.pageSize;
  return { start, end: start + page.pageSize };
}

/** Page sizes from which on one page holds so many rows wherever they begin. */
const ROWS_ON_ONE_PAGE: readonly (readonly [maxPageSize: number, rows: number])[] = [
  [100, 49],
  [89, 43],
  [79, 35],
  [64, 25],
  [50, 16],
  [38, 9],
  [23, 2],
];

/** The page size from which on it is half of a page. */
const HALF_FROM = 108;

/**
 * Rows that one page holds wherever in the list they begin, in lists of fewer than 2^30 rows, as all are. Half a page is not
 * true of smaller pages: where the rows begin right before a multiple of every page size, each page ends among them. So the 50
 * rows from 135,431,981 on stand on no page of up to 100. Found by trying every offset, for page sizes up to 1,200.
 */
export function rowsOnOnePage(maxPageSize: number): number {
  if (maxPageSize >= HALF_FROM) return Math.ceil(maxPageSize / 2);
  return ROWS_ON_ONE_PAGE.find(([size]) => maxPageSize >= size)?.[1] ?? 1;
}

/** The pages that a window of so many rows takes at most, wherever it begins. */
export function mostPages(rows: number, maxPageSize: number): number {
  return rows <= rowsOnOnePage(maxPageSize) ? 1 : Math.ceil((rows - 1) / maxPageSize) + 1;
}

/**
 * The fewest pages that hold a window, in order: none for an empty one, one wherever one does. Where two will do, those with the
 * fewest rows.
 */
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

/** The pages of the largest size that a window touches. */
export function grid({ start, end }: Window, maxPageSize: number): PageRef[] {
  const pages: PageRef[] = [];
  for (let pageNo = Math.floor(start / maxPageSize) + 1; (pageNo - 1) * maxPageSize < end; pageNo++)
    pages.push({ pageNo, pageSize: maxPageSize });
  return start < end ? pages : [];
}

/**
 * One page that holds a window and as much around it as it has room for; undefined where none does.
 *
 * @param from the end from which a walk comes, beyond which rows will be wanted. Without it the largest page is taken
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

/** Of the pages that hold the row at an offset, the one that reaches farthest. */
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

/** The smallest page that holds `[start, end)` alone, if one does. */
function smallestPage(start: number, end: number, maxPageSize: number): PageRef | undefined {
  for (let pageSize = end - start; pageSize <= maxPageSize; pageSize++) {
    const index = Math.floor(start / pageSize);
    if ((index + 1) * pageSize >= end) return { pageNo: index + 1, pageSize };
  }
  return undefined;
}

/** Splits where the two smallest pages of the halves have the fewest rows together; none where two do not hold them. */
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
