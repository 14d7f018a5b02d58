import { expect, test } from 'vitest';
import { decodeCursor } from '../../../src/paging/cursor.ts';
import type { ListName } from '../../../src/paging/list-cursor.ts';
import type { TimeRange } from '../../../src/paging/list-walk.ts';
import { everyNth } from '../../search/book-search.ts';
import { Library, type Order, type Shelf } from '../foreign-list.ts';

/** Maximum number of recorded pages of a search. */
const MOST_PAGES = 4;

const CACHE = { ttlMs: 3_600_000, staleIfErrorMs: 0 };

/** The books of the left shelf have the seconds 1000 to 1658, those of the right one 1000 to 1273. */
const LENGTHS = { left: 95, right: 40 };

const TIMES: Readonly<Record<string, TimeRange>> = {
  'of any time': {},
  'made up to second 1300': { newestSecond: 1300 },
  'made since second 1300': { oldestSecond: 1300 },
  'made in seconds 1100 to 1200': { oldestSecond: 1100, newestSecond: 1200 },
  'made after all': { oldestSecond: 9000 },
  'made before all': { newestSecond: 10 },
};

/** Changes of the shelves after the first page. */
const CHANGES: Readonly<Record<string, (library: Library) => void>> = {
  'at rest': () => {},
  'every third book left after the first page': (library) => {
    for (const shelf of ['left', 'right'] as const) library.keepEvery(shelf, 3);
  },
};

interface Search {
  readonly order: Order;
  readonly list: ListName<Shelf>;
  readonly direction: 'forwards' | 'backwards';
  readonly nth: number;
  readonly times: TimeRange;
  readonly calls: number;
  readonly isCached: boolean;
  readonly isCounted: boolean;
  readonly change: (library: Library) => void;
}

/** A cursor in short form: offset, length, order and neighbours of each anchor, and its resumption. */
function shortOf(cursor: string | null): string {
  if (cursor === null) return 'none';
  const { list, anchors } = decodeCursor(cursor);
  const texts = anchors.map(
    ({ offset, total, ordered, neighbours: { side, keys, complete }, resumption }) => {
      const rest =
        resumption === undefined ? '' : ` ${resumption.side} ${JSON.stringify(resumption.within ?? '')}`;
      return `${offset}/${total}${ordered ? '' : ' unordered'} ${keys.length} ${side}${complete ? '' : '+'}${rest}`;
    },
  );
  return `${list}: ${texts.join(', ')}`;
}

/** Follows a search page by page, with five matches each. Returns the matches and the pages of ten that were read. */
async function record({ order, list, direction, nth, times, calls, isCached, isCounted, change }: Search) {
  const library = new Library(order, 10, isCached ? CACHE : undefined);
  library.fill(LENGTHS);
  const filter = everyNth(nth, times);
  const lines: string[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < MOST_PAGES; page++) {
    if (page === 1) change(library);
    library.calls = [];
    const isForwards: boolean = direction === 'forwards';
    const args = isForwards ? { first: 5, after: cursor } : { last: 5, before: cursor };
    const found = await library.search(list, filter, args, calls, isCounted);
    const { startCursor, endCursor, hasNextPage, hasPreviousPage } = found.info;
    const ids = found.edges.map(({ node }) => node.id.split(' ')[1]).join(' ');
    const flags = `${hasPreviousPage ? '<' : '|'}${hasNextPage ? '>' : '|'}`;
    const read = library.calls.map(({ pageNo, pageSize }) => `${pageNo}/${pageSize}`).join(' ');
    const counts = `${found.matchCount ?? 'not all'} of ${found.scannedCount}`;
    lines.push(
      `    ${ids || 'none'} ${flags} ${counts}; pages ${read || 'none'}; ${shortOf(startCursor)} to ${shortOf(endCursor)}`,
    );
    cursor = isForwards ? endCursor : startCursor;
    if (!(isForwards ? hasNextPage : hasPreviousPage)) break;
  }
  return lines;
}

/** `npx vitest run test/paging/costs --update` writes an intended change to the files beside this one. */
test.each(['newest first', 'oldest first'] as const)(
  'searches of shelves that are %s return the recorded books for the recorded pages',
  async (order) => {
    const lines: string[] = [];
    // Times are only used if shelves are newest first.
    const all = Object.entries(TIMES);
    const ranges = order === 'newest first' ? all : all.slice(0, 1);
    for (const list of ['left', 'All'] as const)
      for (const direction of ['forwards', 'backwards'] as const)
        for (const [when, times] of ranges)
          for (const [changed, change] of Object.entries(CHANGES))
            for (const [calls, nth, isCached, isCounted] of [
              [100, 9, false, false],
              [100, 9, false, true],
              [3, 9, false, false],
              [1, 2, false, false],
              [3, 2, true, true],
            ] as const) {
              const way = `${calls} calls, every ${nth}th${isCached ? ', cached' : ''}${isCounted ? ', counted' : ''}`;
              lines.push(`${list} ${direction}, ${when}, ${changed}, ${way}`);
              lines.push(
                ...(await record({ order, list, direction, nth, times, calls, isCached, isCounted, change })),
              );
            }
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`searches, ${order}.txt`);
  },
);
