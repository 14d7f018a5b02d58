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

/** A boundary of a cursor made from a row at this offset, in a list named as by `timed` unless another second is given. */
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

/** As {@link at}, for a list without times. */
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

/** Reads a slice in a request of its own; returns its first and last row and its flags. */
async function read(list: ChangingList, extent: Extent, bounds: SliceBounds, budget?: RealignBudget) {
  list.forget();
  const { rows, partial, start } = await new AlignedList(list.reader(), budget).slice(extent, bounds);
  const ids = rows.map((row) => row?.id);
  return { first: ids[0], last: ids.at(-1), rows: rows.length, start, partial };
}

describe('rows before a cursor of another state of the list', () => {
  test('end at the cursor’s row, which has moved below them', async () => {
    const list = new ChangingList(timed(300));
    list.addOnTop(100);
    const from = at('after', 'new 389', 10, 400, { createdAt: 1_000_090 });
    expect(list.rows[10]?.id).toBe('new 389');
    // Row 50 is now at offset 150, beyond the 60 rows.
    const to = at('before', 'row 50', 50, 300);
    expect(await read(list, forwards(60), { from, to })).toMatchObject({ start: 11, rows: 60 });
  });

  test('between two cursors beyond the end of their lists are those between their rows', async () => {
    const list = new ChangingList(timed(300));
    const from = at('after', 'row 5', 50, 0);
    const to = at('before', 'row 20', 10, 0);
    expect(await read(list, forwards(50), { from, to })).toMatchObject({ first: 'row 6', last: 'row 19' });
  });

  test.each([
    [15, 'row 19'],
    [30, 'row 29'],
    [55, 'row 39'],
  ])('whose row was deleted among rows of one second, at %i, end within these rows', async (offset, last) => {
    const list = new ChangingList(timed(400, 20));
    const from = at('after', 'row 9', 9, 400, { createdAt: 1_000_000 });
    const to = at('before', 'gone', offset, 399, {
      createdAt: 999_999,
      neighbours: { side: 'above', keys: ['000000'], complete: false },
    });
    expect(await read(list, forwards(50), { from, to })).toMatchObject({ first: 'row 10', last });
  });

  test.each([
    ['of the same length, end at its offset, because a single neighbour may match by chance', 400, 'row 29'],
    ['of another length, end below a neighbour of the row', 398, 'row 45'],
  ])('without times, in a list %s', async (_, total, last) => {
    const list = new ChangingList(untimed(400), { order: 'own' });
    const from = untimedAt('after', 'row 9', 9, 399);
    const keys = ['other', 'row 45', 'another'].map(keyOfNeighbour);
    const to = untimedAt('before', 'gone', 30, total, keys);
    expect(await read(list, forwards(50), { from, to })).toMatchObject({ first: 'row 10', last });
  });
});

describe('a slice of a list that keeps changing', () => {
  test.each([
    ['complete if the stop is among the rows that were read', 'row 200', 'row 199', false],
    ['partial if the stop is below the rows that were read', 'row 300', 'row 254', true],
  ])('are %s', async (_, stop, last, partial) => {
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

  test('is the part that could be read if isPartEnough, without re-alignment for the rest', async () => {
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
    ['is complete if it contains the stop', 30, 'row 29', false],
    ['is partial if it ends before the stop', 150, 'row 99', true],
  ])('at an ambiguous position %s', async (_, offset, last, partial) => {
    const bounds = {
      from: untimedAt('after', 'row 10', 10, 400),
      to: untimedAt('before', 'gone', offset, 399),
    };
    expect(await read(lossy(), forwards(150), bounds)).toMatchObject({ first: 'row 11', last, partial });
  });

  test.each([
    ['is complete if it contains the stop', 250, 'row 251', false],
    ['is partial if it ends before the stop', 100, 'row 200', true],
  ])('at an ambiguous position backwards %s', async (_, offset, first, partial) => {
    const bounds = {
      from: untimedAt('after', 'gone', offset, 399),
      to: untimedAt('before', 'row 299', 299, 400),
    };
    expect(await read(lossy(), backwards(150), bounds)).toMatchObject({ first, last: 'row 298', partial });
  });
});

describe('the pages of a slice', () => {
  test('do not include the stop’s own row if that would cost another page', async () => {
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

  test('start at the top of a list that has lost the cursor’s row from its top', async () => {
    const list = new ChangingList(timed(300));
    const from = at('after', 'gone', -1, 300, {
      createdAt: 1_000_001,
      neighbours: { side: 'above', keys: [], complete: false },
    });
    expect(await read(list, forwards(10), { from })).toMatchObject({ first: 'row 0', rows: 10 });
    expect(list.pages).toEqual(['1 of 10']);
  });

  test('are none above the first row, in a list without times that has lost the row', async () => {
    const list = new ChangingList(timed(300));
    const from = untimedAt('after', 'gone', -1, 300);
    expect(await read(list, forwards(10), { from })).toMatchObject({ first: 'row 0', rows: 10 });
    expect(list.pages[0]).toBe('1 of 10');
  });

  test('include no row of its own for the position before the first row', async () => {
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

test('a slice has only unusable rows if the budget is spent before a usable one', async () => {
  const list = new ChangingList([undefined, undefined, ...timed(5)]);
  const found = await read(list, forwards(2), {}, new RealignBudget(0));
  expect(found).toMatchObject({ first: undefined, rows: 2, start: 0 });
  expect(list.calls).toBe(1);
});

describe('a cached page', () => {
  /** A cached list whose second page was read before rows were inserted on top. */
  async function cached(grownBy: number) {
    const list = new ChangingList(timed(300), { isCached: true });
    await list.reader().read({ start: 100, end: 200 }, 'start', new RealignBudget());
    list.addOnTop(grownBy);
    return list;
  }

  test('older than the cursor, without its row, is read again', async () => {
    const list = await cached(50);
    const from = at('after', 'row 49', 99, 350);
    expect(await read(list, forwards(10), { from })).toMatchObject({ first: 'row 50', start: 100, rows: 10 });
    expect(list.pages).toEqual(['2 of 100']);
    // The page proves that the rows have not moved, so nothing was re-aligned.
    expect(list.outcomes).toEqual([]);
  });

  test('newer than the cursor is not read again', async () => {
    const list = new ChangingList(timed(300), { isCached: true });
    const from = at('after', 'row 99', 99, 300);
    list.reader().cursorMade(from.anchor, monotonicNow());
    await list.reader().read({ start: 100, end: 200 }, 'start', new RealignBudget());
    expect(await read(list, forwards(10), { from })).toMatchObject({ first: 'row 100', rows: 10 });
    expect(list.pages).toEqual([]);
  });

  test('with the cursor’s row at another offset is where re-alignment starts, however old it is', async () => {
    const list = new ChangingList(timed(303), { isCached: true });
    await list.reader().read({ start: 0, end: 100 }, 'start', new RealignBudget());
    list.remove('row 0', 'row 1', 'row 2');
    const from = at('after', 'row 99', 96, 300);
    expect(await read(list, forwards(2), { from })).toMatchObject({ first: 'row 100', start: 97, rows: 2 });
    expect([list.calls, list.outcomes]).toEqual([1, ['found']]);
  });
});
