import { expect, test } from 'vitest';
import { type Anchor, encodeCursor, KEY_DIGITS, keyOf } from '../../../src/paging/cursor.ts';
import type { ConnectionArgs } from '../../../src/paging/window.ts';
import { ChangingList, cursorAt, cursorBackwardsAt, idsOf, timed, untimed } from '../changing-list.ts';

/** Changes of a list of a thousand rows after a client has got the cursors of rows 499 and 504. */
const CHANGES: Readonly<Record<string, (list: ChangingList) => void>> = {
  'at rest': () => {},
  'grown by 1': (list) => list.addOnTop(1),
  'grown by 30': (list) => list.addOnTop(30),
  'grown by 300': (list) => list.addOnTop(300),
  'without row 499': (list) => list.remove('row 499'),
  'row 499 replaced on top': (list) => {
    list.remove('row 499');
    list.addOnTop(1);
  },
  'without 30 above': (list) => list.remove(...idsOf(100, 130)),
  'without 30 below': (list) => list.remove(...idsOf(800, 830)),
  'without 40 around': (list) => list.remove(...idsOf(480, 520)),
  'without all above': (list) => list.remove(...idsOf(0, 500)),
  'without all below': (list) => list.remove(...idsOf(500, 1000)),
  'cut off at 450': (list) => list.remove(...idsOf(450, 1000)),
};

/** The client's next requests. `before` is a cursor of row 499 from a backward walk. */
const REQUESTS: Readonly<Record<string, (cursors: Cursors) => ConnectionArgs>> = {
  'first 10 after 499': ({ at499 }) => ({ first: 10, after: at499 }),
  'last 10 before 499': ({ backwardsAt499 }) => ({ last: 10, before: backwardsAt499 }),
  'first 10 before 504': ({ at504 }) => ({ first: 10, before: at504 }),
  'last 10 after 499': ({ at499 }) => ({ last: 10, after: at499 }),
  'first 10 after 499 before 504': ({ at499, at504 }) => ({ first: 10, after: at499, before: at504 }),
  'last 10 after 499 before 504': ({ at499, at504 }) => ({ last: 10, after: at499, before: at504 }),
  'first 100 after 499': ({ at499 }) => ({ first: 100, after: at499 }),
  'last 100 before 499': ({ backwardsAt499 }) => ({ last: 100, before: backwardsAt499 }),
};

interface Cursors {
  readonly at499: string;
  readonly at504: string;
  readonly backwardsAt499: string;
}

/** The same rows for all lists of a kind: what is remembered of a row makes these tests twice as fast. */
const ROWS = {
  apart: timed(1000),
  'in minutes': timed(1000, 60),
  'of one second': timed(1000, 1000),
  untimed: untimed(1000),
};

const LISTS: Readonly<Record<string, (isCached?: boolean) => ChangingList>> = {
  'newest first': (isCached) => new ChangingList(ROWS.apart, { isCached }),
  'newest first, sixty rows a second': (isCached) => new ChangingList(ROWS['in minutes'], { isCached }),
  'all of one second': (isCached) => new ChangingList(ROWS['of one second'], { isCached }),
  'without times': (isCached) => new ChangingList(ROWS.untimed, { order: 'own', isCached }),
};

/** Requests that are repeated under other conditions. */
const AGAIN = ['first 10 after 499', 'last 10 before 499', 'first 100 after 499'];

/** The rows with page info, the pages that were read, and the outcome and number of reads of each re-alignment. */
async function outcomeOf(list: ChangingList, args: ConnectionArgs): Promise<string> {
  list.forget();
  const { ids, hasPreviousPage, hasNextPage } = await list.page(args);
  const rows = ids.length === 0 ? 'none' : `${ids[0]} to ${ids.at(-1)?.replace('row ', '')}`;
  const flags = `${hasPreviousPage ? '<' : '|'}${hasNextPage ? '>' : '|'}`;
  const searches = list.outcomes.map((outcome, index) => `; ${outcome} in ${list.reads[index]}`);
  return `${rows} (${ids.length}) ${flags} ${list.pages.join(', ')}${searches.join('')}`.trim();
}

/**
 * The files beside this one record the rows and pages. `npx vitest run test/paging/costs --update` writes an intended change to
 * them.
 */
test.each(Object.entries(LISTS))(
  'a list that is %s returns the recorded rows for the recorded pages, after every kind of change',
  async (name, make) => {
    const lines: string[] = [];
    for (const [title, change] of Object.entries(CHANGES)) {
      const changed = async (isCached = false) => {
        const list = make(isCached);
        const cursors = {
          at499: await cursorAt(list, 499),
          at504: await cursorAt(list, 504),
          backwardsAt499: await cursorBackwardsAt(list, 499),
        };
        change(list);
        return { list, cursors };
      };
      lines.push('', title);
      const { list, cursors } = await changed();
      for (const [request, argsOf] of Object.entries(REQUESTS)) {
        lines.push(`  ${request}: ${await outcomeOf(list, argsOf(cursors))}`);
        if (!AGAIN.includes(request)) continue;
        const empty = new ChangingList(list.rows, { order: list.order, isCached: true });
        lines.push(`    with an empty cache: ${await outcomeOf(empty, argsOf(cursors))}`);
        const warm = await changed(true);
        lines.push(`    with the cache of before: ${await outcomeOf(warm.list, argsOf(warm.cursors))}`);
        const growing = new ChangingList(list.rows, { order: list.order });
        growing.happens = () => growing.addOnTop(2);
        lines.push(`    growing by 2 before each page: ${await outcomeOf(growing, argsOf(cursors))}`);
        const shrinking = new ChangingList(list.rows, { order: list.order });
        shrinking.happens = () => void shrinking.rows.splice(10, 3);
        lines.push(`    losing 3 before each page: ${await outcomeOf(shrinking, argsOf(cursors))}`);
      }
    }
    await expect(`${lines.slice(1).join('\n')}\n`).toMatchFileSnapshot(`${name}.txt`);
  },
);

test('changing ends, unusable rows, cursors of two states and forged cursors return the recorded rows for the recorded pages', async () => {
  const lines: string[] = [];
  const record = async (title: string, list: ChangingList, args: ConnectionArgs) =>
    lines.push(`${title}, ${Object.keys(args).join(' ')}: ${await outcomeOf(list, args)}`);
  const move = (list: ChangingList, rows: number) => {
    if (rows > 0) list.addOnTop(rows);
    else list.rows.splice(0, -rows);
  };
  for (const rows of [1, 2, -1, 50, -50, 200]) {
    const list = new ChangingList(timed(1000));
    list.happens = () => move(list, rows);
    await record(`an end that moves by ${rows} before each page`, list, { last: 10 });
  }
  for (const rows of [1, -1, 40, -40]) {
    for (const last of [10, 100]) {
      const list = new ChangingList(timed(1000));
      list.happens = () => {
        if (list.pages.length === 2) move(list, rows);
      };
      await record(`an end that moves by ${rows} once (${last} rows)`, list, { last });
    }
  }
  const unusable: Readonly<Record<string, (offset: number) => boolean>> = {
    '150 at each end': (offset) => offset < 150 || offset >= 850,
    'nine of ten': (offset) => offset % 10 !== 0,
    all: () => true,
  };
  for (const [title, isUnusable] of Object.entries(unusable)) {
    for (const length of [250, 1000, 2000]) {
      const list = new ChangingList(timed(length));
      list.rows = list.rows.map((row, offset) => (isUnusable(offset) ? undefined : row));
      for (const args of [{ first: 10 }, { last: 10 }, { first: 100 }, { last: 100 }])
        await record(`${title} of ${length} rows unusable`, list, args);
    }
  }
  const list = new ChangingList(timed(1000));
  const after = await cursorAt(list, 499);
  list.remove(...idsOf(0, 300));
  const before = await cursorAt(list, 204);
  for (const args of [{ first: 50 }, { last: 50 }, { first: 3 }, { last: 3 }])
    await record('between cursors of two states', list, { ...args, after, before });
  const forgeries: Readonly<Record<string, Partial<Anchor>>> = {
    'without a time': {},
    'of a time below all rows': { ordered: true, createdAt: 999_000 },
    'of the newest second': { offset: 0, ordered: true, createdAt: 1_000_000 },
    'from past the end': { offset: 2 ** 29, total: 2 ** 29 + 1 },
    'with too small a total': { total: 3 },
    'with a total of its offset': { total: 500 },
    'with a total of its offset and one': { total: 501 },
    'of an empty list': { offset: 0, total: 0 },
    'before the first row': { offset: -1, key: '0'.repeat(KEY_DIGITS), ordered: true, createdAt: 999_500 },
  };
  for (const [title, forged] of Object.entries(forgeries)) {
    const cursor = encodeCursor({ list: 0, anchors: [{ ...FORGED, ...forged }] });
    for (const args of [
      { first: 10, after: cursor },
      { last: 10, before: cursor },
      { first: 10, before: cursor },
    ])
      await record(`a forged cursor ${title}`, new ChangingList(timed(1000)), args);
  }
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('other lists.txt');
});

/** A cursor that none of these lists has made. */
const FORGED: Anchor = {
  offset: 500,
  total: 1000,
  key: keyOf('no row'),
  createdAt: null,
  ordered: false,
  neighbours: { side: 'above', keys: [], complete: false },
};
