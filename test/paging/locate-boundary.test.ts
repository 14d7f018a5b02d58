import { describe, expect, test } from 'vitest';
import { type Anchor, keyOf, MAX_NEIGHBOURS, NEIGHBOUR_DIGITS } from '../../src/paging/cursor.ts';
import {
  type Boundary,
  isBeforeFirstRow,
  isOfNewestSecond,
  locateBoundary,
  offsetOf,
} from '../../src/paging/realign/locate-boundary.ts';
import type { ListRow, RowRange } from '../../src/paging/row-range.ts';
import { monotonic } from '../monotonic.ts';

type Row = ListRow | undefined;

const row = (id: string, createdSecond: number | null): ListRow => ({ id, createdSecond });
const keys = (...ids: string[]) => ids.map((id) => keyOf(id).slice(0, NEIGHBOUR_DIGITS));

const range = (
  start: number,
  rows: readonly Row[],
  total: number,
  rest: Partial<RowRange> = {},
): RowRange => ({
  start,
  rows,
  total,
  last: false,
  sentAt: monotonic(10),
  answeredAt: monotonic(20),
  ...rest,
});

const anchor = (id: string, offset: number, total: number, rest: Partial<Anchor> = {}): Anchor => ({
  offset,
  total,
  key: keyOf(id),
  createdAt: 50,
  ordered: true,
  neighbours: { side: 'above', keys: [], complete: true },
  ...rest,
});

const rightAfter = (of: Anchor, rest: Partial<Boundary> = {}): Boundary => ({
  anchor: of,
  side: 'after',
  ...rest,
});
const rightBefore = (of: Anchor, rest: Partial<Boundary> = {}): Boundary => ({
  anchor: of,
  side: 'before',
  ...rest,
});

/** An anchor of a deleted row: same second, offset and neighbours, another key. */
const gone = (offset: number, total: number, rest: Partial<Anchor> = {}) =>
  anchor('gone', offset, total, rest);

/** Rows of descending seconds, one per second, in a list whose newest row has second 59 + the first offset. */
const falling = (...seconds: number[]) => seconds.map((second) => row(`of ${second}`, second));

test('offsetOf a boundary is the offset of its row, or the next one', () => {
  expect(offsetOf(rightBefore(anchor('a', 5, 9)))).toBe(5);
  expect(offsetOf(rightAfter(anchor('a', 5, 9)))).toBe(6);
});

test('isBeforeFirstRow is true for the key of zeros only', () => {
  expect(isBeforeFirstRow(rightAfter(anchor('a', -1, 9, { key: '0000000000000000' })))).toBe(true);
  expect(isBeforeFirstRow(rightAfter(anchor('a', -1, 9, { key: '0000000000000001' })))).toBe(false);
  expect(isBeforeFirstRow(rightAfter(anchor('a', -1, 9, { key: '1000000000000000' })))).toBe(false);
});

test('isOfNewestSecond is true if all rows above were neighbours of the same second', () => {
  const above = (...ids: string[]) => ({ side: 'above' as const, keys: keys(...ids), complete: true });
  expect(isOfNewestSecond(anchor('a', 0, 9))).toBe(true);
  expect(isOfNewestSecond(anchor('a', 1, 9))).toBe(false);
  expect(isOfNewestSecond(anchor('a', 2, 9, { neighbours: above('b', 'c') }))).toBe(true);
  expect(isOfNewestSecond(anchor('a', 3, 9, { neighbours: above('b', 'c') }))).toBe(false);
  expect(isOfNewestSecond(anchor('a', -1, 9))).toBe(false);
});

describe('locateBoundary by the row itself', () => {
  test.each([
    ['at its old offset', 5],
    ['above its old offset', 4],
    ['below its old offset', 6],
  ])('places a boundary whose row is %s', (_, at) => {
    const others = falling(60, 59, 58, 57);
    const rows = [...others.slice(0, at - 3), row('own', 50), ...others.slice(at - 3)];
    const own = anchor('own', 5, 100, { createdAt: 58 });
    expect(locateBoundary(range(3, rows, 100), rightAfter(own), 'start')).toEqual({
      kind: 'at',
      offset: at + 1,
      isSure: true,
    });
    expect(locateBoundary(range(3, rows, 100), rightBefore(own), 'start')).toEqual({
      kind: 'at',
      offset: at,
      isSure: true,
    });
  });

  test('succeeds on a range older than the cursor, and among unusable rows', () => {
    const old = range(3, [undefined, row('own', null), undefined], 100);
    const boundary = rightBefore(anchor('own', 5, 100), { knownSince: monotonic(11) });
    expect(locateBoundary(old, boundary, 'start')).toEqual({ kind: 'at', offset: 4, isSure: true });
  });
});

describe('locateBoundary by times', () => {
  test('places the boundary between newer and older rows', () => {
    const rows = range(3, falling(60, 55, 45, 40), 100);
    expect(locateBoundary(rows, rightAfter(gone(5, 100)), 'start')).toEqual({
      kind: 'at',
      offset: 5,
      isSure: false,
    });
  });

  test('ignores unusable rows and rows without a comparable time', () => {
    const rows = range(3, [row('x', 60), undefined, row('y', 40)], 100);
    expect(locateBoundary(rows, rightAfter(gone(7, 100)), 'start')).toEqual({
      kind: 'at',
      offset: 4,
      isSure: false,
    });
  });

  test('returns below if all rows are newer, unless the list ends there', () => {
    const newer = falling(60, 55);
    expect(locateBoundary(range(3, newer, 100), rightAfter(gone(9, 100)), 'start')).toEqual({
      kind: 'below',
    });
    const at = { kind: 'at', offset: 5, isSure: false };
    expect(locateBoundary(range(3, newer, 100, { last: true }), rightAfter(gone(9, 100)), 'start')).toEqual(
      at,
    );
    expect(locateBoundary(range(3, newer, 5), rightAfter(gone(9, 100)), 'start')).toEqual(at);
    expect(locateBoundary(range(3, newer, 6), rightAfter(gone(9, 100)), 'start')).toEqual({ kind: 'below' });
  });

  test('returns above if all rows are older, unless the list starts there', () => {
    const older = falling(45, 40);
    expect(locateBoundary(range(3, older, 100), rightAfter(gone(0, 101)), 'start')).toEqual({
      kind: 'above',
    });
    expect(locateBoundary(range(0, older, 100), rightAfter(gone(0, 101)), 'start')).toEqual({
      kind: 'at',
      offset: 0,
      isSure: false,
    });
    // The same if many rows above were deleted.
    expect(locateBoundary(range(0, older, 100), rightAfter(gone(5, 100)), 'start')).toMatchObject({
      kind: 'at',
      offset: 0,
    });
  });

  test('does not use times of an unordered range', () => {
    const rows = range(3, falling(40, 60), 100);
    expect(locateBoundary(rows, rightAfter(gone(5, 100)), 'start')).toEqual({ kind: 'unknown' });
    const untimed = range(3, [row('x', 60), row('y', null)], 100);
    expect(locateBoundary(untimed, rightAfter(gone(5, 100)), 'start')).toEqual({ kind: 'unknown' });
  });

  test('does not use times if the cursor is unordered or has no time', () => {
    const rows = range(3, falling(60, 55, 45, 40), 100);
    expect(locateBoundary(rows, rightAfter(gone(5, 100, { ordered: false })), 'start')).toEqual({
      kind: 'unknown',
    });
    expect(locateBoundary(rows, rightAfter(gone(5, 100, { createdAt: null })), 'start')).toEqual({
      kind: 'unknown',
    });
  });
});

describe('locateBoundary among rows of one second', () => {
  /** Offsets 3 to 6; second 50 is at 4 and 5. */
  const rows = [row('x', 60), row('p', 50), row('q', 50), row('y', 40)];
  const of = (side: 'above' | 'below', ids: string[], complete = true) => ({
    neighbours: { side, keys: keys(...ids), complete },
  });

  test.each([
    ['above', ['p'], 5],
    ['above', ['q', 'p'], 6],
    ['below', ['q'], 5],
    ['below', ['p', 'q'], 4],
  ] as const)('with known neighbours %s (%s) is unambiguous', (side, ids, offset) => {
    const boundary = rightAfter(gone(8, 100, of(side, [...ids])));
    expect(locateBoundary(range(3, rows, 100), boundary, 'start')).toEqual({
      kind: 'at',
      offset,
      isSure: false,
    });
  });

  test.each([
    ['above', ['p'], 5],
    ['below', ['q'], 5],
  ] as const)(
    'with one known neighbour %s in the range is unambiguous even if the cursor has incomplete neighbours',
    (side, ids, offset) => {
      const boundary = rightAfter(gone(8, 100, of(side, [...ids], false)));
      expect(locateBoundary(range(3, rows, 100), boundary, 'start')).toEqual({
        kind: 'at',
        offset,
        isSure: false,
      });
    },
  );

  test('with complete neighbours on one side, none of them present, places the rows on the other side', () => {
    const above = rightAfter(gone(8, 100, of('above', ['gone too'])));
    expect(locateBoundary(range(3, rows, 100), above, 'start')).toMatchObject({ kind: 'at', offset: 4 });
    const below = rightAfter(gone(8, 100, of('below', ['gone too'])));
    expect(locateBoundary(range(3, rows, 100), below, 'start')).toMatchObject({ kind: 'at', offset: 6 });
  });

  test('without neighbours, places the rows on the side ahead of the walk', () => {
    expect(locateBoundary(range(3, rows, 100), rightAfter(gone(8, 100)), 'start')).toMatchObject({
      offset: 4,
    });
    expect(locateBoundary(range(3, rows, 100), rightAfter(gone(8, 100)), 'end')).toMatchObject({ offset: 6 });
  });

  test('without neighbours, backwards from the first row, places the rows above the boundary', () => {
    const boundary = rightAfter(gone(0, 100));
    expect(locateBoundary(range(3, rows, 101), boundary, 'end')).toMatchObject({ kind: 'at', offset: 6 });
  });

  test('without neighbours, places the rows below the position before the first row, in either direction', () => {
    const first = rightAfter(gone(-1, 100));
    expect(locateBoundary(range(3, rows, 100), first, 'end')).toMatchObject({ kind: 'at', offset: 4 });
  });

  test('is ambiguous if the cursor has incomplete neighbours', () => {
    const boundary = rightAfter(gone(8, 100, of('above', ['gone too'], false)));
    expect(locateBoundary(range(3, rows, 100), boundary, 'start')).toEqual({
      kind: 'between',
      from: 4,
      to: 6,
    });
  });

  test('is ambiguous in the newest second, where rows may have been inserted above the neighbours', () => {
    const boundary = rightAfter(gone(1, 100, of('above', ['gone too'])));
    expect(locateBoundary(range(3, rows, 101), boundary, 'start')).toEqual({
      kind: 'between',
      from: 4,
      to: 6,
    });
    const below = rightAfter(gone(1, 100, of('below', ['gone too'])));
    expect(locateBoundary(range(3, rows, 101), below, 'start')).toMatchObject({ kind: 'at', offset: 6 });
  });

  test('does not count unusable rows between newer and older ones', () => {
    const blank = [row('x', 60), undefined, row('y', 40)];
    const boundary = rightAfter(gone(8, 100, of('above', ['gone too'], false)));
    expect(locateBoundary(range(3, blank, 100), boundary, 'start')).toMatchObject({ kind: 'at', offset: 4 });
  });

  test('is not decided by a row of the same second beside a neighbour of another second', () => {
    const others = [row('known', 60), row('p', 50), row('y', 40)];
    const boundary = rightAfter(gone(8, 100, of('above', ['known'], false)));
    expect(locateBoundary(range(3, others, 100), boundary, 'start')).toEqual({
      kind: 'between',
      from: 4,
      to: 5,
    });
  });
});

describe('locateBoundary by the growth of the list', () => {
  const older = falling(45, 40);

  test('places the boundary right above a range that starts at the highest possible offset', () => {
    const at = (offset: number) => ({ kind: 'at', offset, isSure: false });
    expect(locateBoundary(range(6, older, 100), rightAfter(gone(5, 100)), 'start')).toEqual(at(6));
    expect(locateBoundary(range(9, older, 103), rightAfter(gone(5, 100)), 'start')).toEqual(at(9));
    expect(locateBoundary(range(4, older, 98), rightAfter(gone(5, 100)), 'start')).toEqual(at(4));
    expect(locateBoundary(range(7, older, 100), rightAfter(gone(5, 100)), 'start')).toEqual({
      kind: 'above',
    });
  });

  test('returns unknown if rows above the highest possible offset are older than the boundary', () => {
    expect(locateBoundary(range(5, older, 100), rightAfter(gone(5, 100)), 'start')).toEqual({
      kind: 'unknown',
    });
  });

  test('places the boundary relative to a range without a usable row', () => {
    const blank = [undefined, undefined];
    expect(locateBoundary(range(6, blank, 100), rightAfter(gone(5, 100)), 'start')).toMatchObject({
      kind: 'at',
      offset: 6,
    });
    expect(locateBoundary(range(7, blank, 100), rightAfter(gone(5, 100)), 'start')).toEqual({
      kind: 'above',
    });
    expect(locateBoundary(range(5, blank, 100), rightAfter(gone(5, 100)), 'start')).toEqual({
      kind: 'below',
    });
  });

  test('clamps the highest possible offset to the list if more rows were deleted than stood above', () => {
    expect(locateBoundary(range(0, [undefined], 10), rightAfter(gone(5, 100)), 'start')).toEqual({
      kind: 'at',
      offset: 0,
      isSure: false,
    });
  });

  test('is not used on a range older than the cursor', () => {
    const boundary = (knownSince: number) => rightAfter(gone(5, 100), { knownSince: monotonic(knownSince) });
    expect(locateBoundary(range(6, older, 100), boundary(11), 'start')).toEqual({ kind: 'above' });
    expect(locateBoundary(range(6, older, 100), boundary(10), 'start')).toMatchObject({
      kind: 'at',
      offset: 6,
    });
  });

  test('places ambiguous rows below a boundary that was right above them, if the list has not grown', () => {
    const untold = [row('p', 50), row('q', 50), row('y', 40)];
    const boundary = rightAfter(
      gone(5, 100, { neighbours: { side: 'above', keys: keys('gone too'), complete: false } }),
    );
    const at = { kind: 'at', offset: 6, isSure: false };
    expect(locateBoundary(range(6, untold, 100), boundary, 'start')).toEqual(at);
    expect(locateBoundary(range(7, untold, 101), boundary, 'start')).toEqual({
      kind: 'between',
      from: 7,
      to: 9,
    });
    const lower = [row('x', 60), ...untold];
    expect(locateBoundary(range(6, lower, 100), boundary, 'start')).toEqual({
      kind: 'between',
      from: 7,
      to: 9,
    });
    expect(locateBoundary(range(5, untold, 100), boundary, 'start')).toEqual({
      kind: 'between',
      from: 5,
      to: 7,
    });
  });
});

describe('locateBoundary without times', () => {
  const untimed = (...ids: string[]) => ids.map((id) => row(id, null));
  const beside = (side: 'above' | 'below', ...ids: string[]) =>
    gone(30, 100, {
      createdAt: null,
      ordered: false,
      neighbours: { side, keys: keys(...ids), complete: false },
    });

  const isSureOn = (rows: RowRange, of: Anchor) => locateBoundary(rows, rightAfter(of), 'start');

  test('places the boundary beside its nearest neighbour', () => {
    const rows = range(20, untimed('a', 'b', 'c'), 100);
    const sure = (offset: number) => ({ kind: 'at', offset, isSure: true, isByChance: false });
    expect(isSureOn(rows, beside('above', 'b', 'a'))).toEqual(sure(22));
    expect(isSureOn(rows, beside('below', 'b', 'c'))).toEqual(sure(21));
    expect(isSureOn(rows, beside('above', 'b'))).toEqual(sure(22));
  });

  test('is by chance for a single neighbour of several, or two in the wrong order', () => {
    const rows = range(20, untimed('a', 'b', 'c'), 100);
    const byChance = (offset: number) => ({ kind: 'at', offset, isSure: false, isByChance: true });
    expect(isSureOn(rows, beside('above', 'b', 'gone too'))).toEqual(byChance(22));
    expect(isSureOn(rows, beside('above', 'a', 'b'))).toEqual(byChance(21));
    expect(isSureOn(rows, beside('below', 'c', 'b'))).toEqual(byChance(22));
    expect(
      isSureOn(range(20, untimed('a', 'b'), 22, { last: true }), beside('above', 'b', 'gone too')),
    ).toEqual(byChance(22));
  });

  test('beside a farther neighbour is sure only at the edge of the list', () => {
    const rows = untimed('a', 'b', 'c');
    const above = beside('above', 'gone too', 'b', 'a');
    expect(isSureOn(range(20, rows, 100), above)).toEqual({
      kind: 'at',
      offset: 22,
      isSure: false,
      isByChance: false,
    });
    expect(isSureOn(range(20, rows, 23, { last: true }), above)).toMatchObject({ isSure: true });
    expect(isSureOn(range(0, rows, 23), above)).toMatchObject({ isSure: false });
    const below = beside('below', 'gone too', 'b', 'c');
    expect(isSureOn(range(20, rows, 100), below)).toEqual({
      kind: 'at',
      offset: 21,
      isSure: false,
      isByChance: false,
    });
    expect(isSureOn(range(0, rows, 100), below)).toMatchObject({ offset: 1, isSure: true });
    expect(isSureOn(range(20, rows, 23, { last: true }), below)).toMatchObject({ isSure: false });
  });

  test('is sure if as many rows follow as a cursor has keys, without a nearer neighbour', () => {
    const others = Array.from({ length: MAX_NEIGHBOURS }, (_, index) => `other ${index}`);
    const above = beside('above', 'gone too', 'a', 'z');
    const below = beside('below', 'gone too', 'a', 'z');
    for (const [rows, isSure] of [
      [others, true],
      [others.slice(1), false],
    ] as const) {
      expect(isSureOn(range(20, untimed('z', 'a', ...rows), 100), above)).toMatchObject({ isSure });
      expect(isSureOn(range(20, untimed(...rows, 'a', 'z'), 100), below)).toMatchObject({ isSure });
    }
    // Rows on the other side do not count.
    expect(isSureOn(range(20, untimed(...others, 'z', 'a', 'b'), 100), above)).toMatchObject({
      isSure: false,
    });
    expect(isSureOn(range(20, untimed('b', 'a', 'z', ...others), 100), below)).toMatchObject({
      isSure: false,
    });
  });

  test('ignores unusable rows', () => {
    const rows = [undefined, ...untimed('a')];
    expect(locateBoundary(range(20, rows, 100), rightAfter(beside('above', 'a')), 'start')).toMatchObject({
      offset: 22,
    });
  });

  test('returns unknown without a neighbour', () => {
    const rows = range(20, untimed('a', 'b', 'c'), 100);
    expect(locateBoundary(rows, rightAfter(beside('above', 'gone too')), 'start')).toEqual({
      kind: 'unknown',
    });
  });

  test('returns unknown on a range older than the cursor, because a nearer neighbour may have been inserted', () => {
    const rows = range(20, untimed('a', 'b', 'c'), 100);
    const boundary = (knownSince: number) =>
      rightAfter(beside('above', 'b'), { knownSince: monotonic(knownSince) });
    expect(locateBoundary(rows, boundary(11), 'start')).toEqual({ kind: 'unknown' });
    expect(locateBoundary(rows, boundary(10), 'start')).toMatchObject({ kind: 'at' });
  });
});
