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

/**
 * Rows that one page holds wherever in the list they begin: with pages of up to 100 rows anywhere in the first million, with
 * pages of up to 50 at all but 19 of a million offsets. With smaller pages, more windows of so many rows take two.
 */
export function rowsOnOnePage(maxPageSize: number): number {
  return Math.floor(maxPageSize / 2);
}

/** The pages that a window of so many rows takes at most, wherever it begins, as far as {@link rowsOnOnePage} is true. */
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
