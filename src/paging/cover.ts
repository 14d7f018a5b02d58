import type { Window } from './window.ts';

/** Largest `PageSize` the upstream takes. */
export const MAX_PAGE_SIZE = 100;

/** One page as the upstream numbers them: `pageNo` is 1-based, `pageSize` in 1..{@link MAX_PAGE_SIZE}. */
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
 * The fewest pages that hold a window of at most {@link MAX_PAGE_SIZE} + 1 rows, in order, and of those choices the one with the
 * fewest rows: none for an empty window, one always for up to 50 rows, else two at most. @throws RangeError for a longer window
 */
export function cover(window: Window): PageRef[] {
  const { start, end } = window;
  if (end - start > MAX_PAGE_SIZE + 1)
    throw new RangeError(`window of ${end - start} rows: two pages cannot hold it`);
  if (end <= start) return [];
  const single = smallestPage(start, end);
  return single === undefined ? cheapestPair(start, end) : [single];
}

/** The pages of {@link MAX_PAGE_SIZE} that a window touches: at most two for one of up to 101 rows. */
export function grid({ start, end }: Window): PageRef[] {
  const pages: PageRef[] = [];
  for (let pageNo = Math.floor(start / MAX_PAGE_SIZE) + 1; (pageNo - 1) * MAX_PAGE_SIZE < end; pageNo++)
    pages.push({ pageNo, pageSize: MAX_PAGE_SIZE });
  return start < end ? pages : [];
}

/**
 * One page that holds a window and as much around it as it has room for; undefined where none does.
 *
 * @param from the end from which a walk comes, beyond which rows will be wanted. Without it the largest page is taken
 */
export function around({ start, end }: Window, from?: 'start' | 'end'): PageRef | undefined {
  let best: PageRef | undefined;
  let mostAhead = -1;
  for (let pageSize = MAX_PAGE_SIZE; pageSize >= end - start && pageSize > 0; pageSize--) {
    const page = { pageNo: Math.floor(start / pageSize) + 1, pageSize };
    const rows = rowsOf(page);
    if (rows.end < end) continue;
    if (from === undefined) return page;
    const ahead = from === 'start' ? rows.end - end : start - rows.start;
    if (ahead > mostAhead) [best, mostAhead] = [page, ahead];
  }
  return best;
}

/** The smallest page that holds `[start, end)` alone, if one does. */
function smallestPage(start: number, end: number): PageRef | undefined {
  for (let pageSize = end - start; pageSize <= MAX_PAGE_SIZE; pageSize++) {
    const index = Math.floor(start / pageSize);
    if ((index + 1) * pageSize >= end) return { pageNo: index + 1, pageSize };
  }
  return undefined;
}

/** Splits where the two smallest pages of the halves have the fewest rows together. Two pages of 100 always do. */
function cheapestPair(start: number, end: number): PageRef[] {
  let best: PageRef[] = [];
  let bestRows = Number.POSITIVE_INFINITY;
  for (let split = start + 1; split < end; split++) {
    const head = smallestPage(start, split);
    const tail = smallestPage(split, end);
    if (head === undefined || tail === undefined) continue;
    const rows = head.pageSize + tail.pageSize;
    if (rows < bestRows) [best, bestRows] = [[head, tail], rows];
  }
  return best;
}
