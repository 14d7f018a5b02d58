import { describe, expect, test } from 'vitest';
import { monotonicNow } from '../../src/clock.ts';
import { type Anchor, keyOf, NEIGHBOUR_DIGITS } from '../../src/paging/cursor.ts';
import { AlignedList, type SliceBounds } from '../../src/paging/realign/aligned-list.ts';
import type { Boundary } from '../../src/paging/realign/locate-boundary.ts';
import { RealignBudget } from '../../src/paging/realign/realign-budget.ts';
import type { Extent } from '../../src/paging/window.ts';
import { ChangingList, timed, untimed } from './changing-list.ts';

const forwards = (rows: number): Extent => ({ rows, from: 'start' });
const backwards = (rows: number): Extent => ({ rows, from: 'end' });

const keyOfNeighbour = (id: string) => keyOf(id).slice(0, NEIGHBOUR_DIGITS);

/** Where a cursor stands that was made of a row at this offset. Of rows named as in `timed`, unless it says another second. */
function at(
  side: Boundary['side'],
  id: string,
  offset: number,
  total: number,
  more: Partial<Anchor> = {},
): Boundary {
  const anchor: Anchor = {
    offset,
    total,
    key: keyOf(id),
    createdAt: 1_000_000 - Number(id.split(' ')[1]),
    ordered: true,
    neighbours: { side: 'above', keys: [], complete: true },
    ...more,
  };
  return { anchor, side };
}

/** As {@link at}, of a list without times. */
const untimedAt = (
  side: Boundary['side'],
  id: string,
  offset: number,
  total: number,
  keys: readonly string[] = [],
): Boundary =>
  at(side, id, offset, total, {
    createdAt: null,
    ordered: false,
    neighbours: { side: 'above', keys, complete: false },
  });

/** Reads a slice for a request of its own, in short. */
async function read(list: ChangingList, extent: Extent, bounds: SliceBounds, budget?: RealignBudget) {
  list.forget();
  const { rows, partial, start } = await new AlignedList(list.reader(), budget).slice(extent, bounds);
  const ids = rows.map((row) => row?.id);
  return { first: ids[0], last: ids.at(-1), rows: rows.length, start, partial };
}

describe('rows before a cursor of another state of the list', () => {
  test('come up to where its row has moved below them', async () => {
    const list = new ChangingList(timed(300));
    list.addOnTop(100);
    const from = at('after', 'new 389', 10, 400, { createdAt: 1_000_090 });
    expect(list.rows[10]?.id).toBe('new 389');
    // Row 50 is at 150 now, and no longer within the 60 rows.
    const to = at('before', 'row 50', 50, 300);
    expect(await read(list, forwards(60), { from, to })).toMatchObject({ start: 11, rows: 60 });
  });

  test('both of which say that they are from beyond the end of their list, are those between their rows', async () => {
    const list = new ChangingList(timed(300));
    const from = at('after', 'row 5', 50, 0);
    const to = at('before', 'row 20', 10, 0);
    expect(await read(list, forwards(50), { from, to })).toMatchObject({ first: 'row 6', last: 'row 19' });
  });

  test.each([
    [15, 'row 19'],
    [30, 'row 29'],
    [55, 'row 39'],
  ])('whose row is gone among rows of one second, at %i, end within these', async (offset, last) => {
    const list = new ChangingList(timed(400, 20));
    const from = at('after', 'row 9', 9, 400, { createdAt: 1_000_000 });
    const to = at('before', 'gone', offset, 399, {
      createdAt: 999_999,
      neighbours: { side: 'above', keys: ['000000'], complete: false },
    });
    expect(await read(list, forwards(50), { from, to })).toMatchObject({ first: 'row 10', last });
  });

  test.each([
    ['as long as then, end at its place: one neighbour may be there by chance', 400, 'row 29'],
    ['of another length, end below a neighbour of it', 398, 'row 45'],
  ])('without times, in a list %s', async (_, total, last) => {
    const list = new ChangingList(untimed(400), { order: 'own' });
    const from = untimedAt('after', 'row 9', 9, 399);
    const keys = ['other', 'row 45', 'another'].map(keyOfNeighbour);
    const to = untimedAt('before', 'gone', 30, total, keys);
    expect(await read(list, forwards(50), { from, to })).toMatchObject({ first: 'row 10', last });
  });
});

describe('a slice of a list that never stands still', () => {
  test.each([
    [
      'whole, where the row before which it stops is among those that could be read',
      'row 200',
      'row 199',
      false,
    ],
    ['partial, where that row is below them', 'row 300', 'row 254', true],
  ])('is %s', async (_, stop, last, partial) => {
    const list = new ChangingList(timed(400));
    list.happens = () => void list.rows.splice(0, 60);
    const to = at('before', stop, Number(stop.split(' ')[1]), 400);
    expect(await read(list, forwards(150), { to })).toMatchObject({ first: 'row 180', last, partial });
  });

  const lossy = () => {
    const list = new ChangingList(untimed(400), { order: 'own' });
    list.happens = () => void list.rows.pop();
    return list;
  };

  test('is what could be read of it, where a part is enough, without a search for the rest', async () => {
    const from = untimedAt('after', 'row 10', 10, 400);
    const list = lossy();
    const extent = { ...forwards(150), isPartEnough: true };
    expect(await read(list, extent, { from })).toMatchObject({
      first: 'row 11',
      last: 'row 99',
      partial: true,
    });
    expect([list.calls, list.outcomes]).toEqual([4, []]);
  });

  test.each([
    ['is whole, where it stops', 30, 'row 29', false],
    ['is partial, where it does not reach so far', 150, 'row 99', true],
  ])('at a place of which nothing tells %s', async (_, offset, last, partial) => {
    const bounds = {
      from: untimedAt('after', 'row 10', 10, 400),
      to: untimedAt('before', 'gone', offset, 399),
    };
    expect(await read(lossy(), forwards(150), bounds)).toMatchObject({ first: 'row 11', last, partial });
  });

  test.each([
    ['is whole, where it stops', 250, 'row 251', false],
    ['is partial, where it does not reach so far', 100, 'row 200', true],
  ])('at a place of which nothing tells backwards %s', async (_, offset, first, partial) => {
    const bounds = {
      from: untimedAt('after', 'gone', offset, 399),
      to: untimedAt('before', 'row 299', 299, 400),
    };
    expect(await read(lossy(), backwards(150), bounds)).toMatchObject({ first, last: 'row 298', partial });
  });
});

describe('the pages of a slice', () => {
  test('do not show the row before which it stops, where that would take another page', async () => {
    const list = new ChangingList(timed(400));
    expect(await read(list, forwards(100), { to: at('before', 'row 100', 100, 400) })).toMatchObject({
      rows: 100,
    });
    expect(list.pages).toEqual(['1 of 100']);
    expect(await read(list, forwards(99), { to: at('before', 'row 99', 99, 400) })).toMatchObject({
      rows: 99,
    });
    expect(list.pages).toEqual(['1 of 100']);
  });

  test('begin at the start of a list that has lost the row of the cursor from its top', async () => {
    const list = new ChangingList(timed(300));
    const from = at('after', 'gone', -1, 300, {
      createdAt: 1_000_001,
      neighbours: { side: 'above', keys: [], complete: false },
    });
    expect(await read(list, forwards(10), { from })).toMatchObject({ first: 'row 0', rows: 10 });
    expect(list.pages).toEqual(['1 of 10']);
  });

  test('are none before the first, where times tell nothing of the row that was lost', async () => {
    const list = new ChangingList(timed(300));
    const from = untimedAt('after', 'gone', -1, 300);
    expect(await read(list, forwards(10), { from })).toMatchObject({ first: 'row 0', rows: 10 });
    expect(list.pages[0]).toBe('1 of 10');
  });

  test('show no row of a place before the first row, wherever that is', async () => {
    const list = new ChangingList(timed(300));
    const from = at('after', 'none', 99, 300, {
      key: '0'.repeat(16),
      createdAt: 999_901,
      neighbours: { side: 'above', keys: [], complete: false },
    });
    expect(await read(list, forwards(10), { from })).toMatchObject({ first: 'row 100', rows: 10 });
    expect(list.pages).toEqual(['11 of 10']);
  });
});

test('rows that cannot be used are all that there is, where no call is left to go on', async () => {
  const list = new ChangingList([undefined, undefined, ...timed(5)]);
  const found = await read(list, forwards(2), {}, new RealignBudget(0));
  expect(found).toMatchObject({ first: undefined, rows: 2, start: 0 });
  expect(list.calls).toBe(1);
});

describe('a cached page', () => {
  /** A cached list whose second page has been read, and then others on top of it. */
  async function cached(grownBy: number) {
    const list = new ChangingList(timed(300), { isCached: true });
    await list.reader().read({ start: 100, end: 200 }, 'start', new RealignBudget());
    list.addOnTop(grownBy);
    return list;
  }

  test('that is older than the cursor, and does not show its row, is read again', async () => {
    const list = await cached(50);
    const from = at('after', 'row 49', 99, 350);
    expect(await read(list, forwards(10), { from })).toMatchObject({ first: 'row 50', start: 100, rows: 10 });
    expect(list.pages).toEqual(['2 of 100']);
    // The page shows that the rows stand where the cursor says: there was nothing to search.
    expect(list.outcomes).toEqual([]);
  });

  test('that is younger than the cursor is not read again', async () => {
    const list = new ChangingList(timed(300), { isCached: true });
    const from = at('after', 'row 99', 99, 300);
    list.reader().cursorMade(from.anchor, monotonicNow());
    await list.reader().read({ start: 100, end: 200 }, 'start', new RealignBudget());
    expect(await read(list, forwards(10), { from })).toMatchObject({ first: 'row 100', rows: 10 });
    expect(list.pages).toEqual([]);
  });

  test('that shows the row of the cursor elsewhere is where a search begins, however old it is', async () => {
    const list = new ChangingList(timed(303), { isCached: true });
    await list.reader().read({ start: 0, end: 100 }, 'start', new RealignBudget());
    list.remove('row 0', 'row 1', 'row 2');
    const from = at('after', 'row 99', 96, 300);
    expect(await read(list, forwards(2), { from })).toMatchObject({ first: 'row 100', start: 97, rows: 2 });
    expect([list.calls, list.outcomes]).toEqual([1, ['found']]);
  });
});
