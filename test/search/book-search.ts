import { hash } from 'node:crypto';
import type { RowFilter } from '../../src/paging/filtered-search.ts';
import type { ListName } from '../../src/paging/list-cursor.ts';
import type { TimeRange } from '../../src/paging/list-walk.ts';
import type { Book, Library, Shelf, Step } from '../paging/foreign-list.ts';

/** Matches every n-th book ever created, within a time range. */
export function everyNth(nth: number, times: TimeRange = {}): RowFilter<Book> {
  const { oldestSecond = Number.NEGATIVE_INFINITY, newestSecond = Number.POSITIVE_INFINITY } = times;
  const isTimed = times.oldestSecond !== undefined || times.newestSecond !== undefined;
  return {
    ...times,
    key: hash('sha256', JSON.stringify([nth, times]), 'hex').slice(0, 12),
    matches: ({ id, createdSecond }) =>
      Number(id.split(' ')[1]) % nth === 0 &&
      (!isTimed ||
        (createdSecond !== null && createdSecond >= oldestSecond && createdSecond <= newestSecond)),
  };
}

/** Follows the pages of a search to the end as a client does, while the steps are applied. */
export async function walkSearch(
  library: Library,
  list: ListName<Shelf>,
  filter: RowFilter<Book>,
  direction: 'forwards' | 'backwards',
  rows: number,
  calls: number,
  steps: readonly Step[],
): Promise<{ readonly ids: readonly string[]; readonly scanned: number; readonly endless: boolean }> {
  const isForwards = direction === 'forwards';
  const ids: string[] = [];
  let scanned = 0;
  let cursor: string | null = null;
  let goesOn = true;
  const most = 100 + library.ids('All').length + 80 * steps.length;
  await library.whileMovingBetween(steps, async (happenBetween) => {
    for (let pages = 0; goesOn && pages < most; pages++) {
      if (pages > 0) happenBetween(ids.at(-1));
      const args = isForwards ? { first: rows, after: cursor } : { last: rows, before: cursor };
      const page = await library.search(list, filter, args, calls, false);
      const shown = page.edges.map(({ node }) => node.id);
      ids.push(...(isForwards ? shown : shown.reverse()));
      scanned += page.scannedCount;
      cursor = isForwards ? page.info.endCursor : page.info.startCursor;
      // Without a cursor nothing was scanned, and the client repeats the request.
      goesOn = isForwards ? page.info.hasNextPage : page.info.hasPreviousPage;
    }
  });
  return { ids, scanned, endless: goesOn };
}
