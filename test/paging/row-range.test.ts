import { describe, expect, test } from 'vitest';
import {
  clip,
  emptyRange,
  endOf,
  holdsWindow,
  isNewestFirst,
  joinRanges,
  knownListEnd,
  type ListRow,
  type RowRange,
  startsWindow,
  windowAt,
} from '../../src/paging/row-range.ts';
import { monotonic } from '../monotonic.ts';
import { fc } from '../runs.ts';

const row = (id: string, createdSecond: number | null = null): ListRow => ({ id, createdSecond });

/** Rows named by letters, as `abc`; a dot is an unusable row. */
const named = (letters: string, secondOf: (letter: string) => number | null = () => null) =>
  [...letters].map((letter) => (letter === '.' ? undefined : row(letter, secondOf(letter))));

const range = (start: number, letters: string, total: number, rest: Partial<RowRange> = {}): RowRange => ({
  start,
  rows: named(letters),
  total,
  last: false,
  sentAt: monotonic(10),
  answeredAt: monotonic(20),
  ...rest,
});

const lettersOf = ({ rows }: RowRange) => rows.map((one) => one?.id ?? '.').join('');

test('emptyRange has no rows, does not end the list, and has the current time', () => {
  const before = performance.now();
  const { sentAt, answeredAt, ...rest } = emptyRange(7, 30);
  expect(rest).toEqual({ start: 7, rows: [], total: 30, last: false });
  expect(sentAt).toBe(answeredAt);
  expect(sentAt).toBeGreaterThanOrEqual(before);
});

describe('holdsWindow', () => {
  test.each([
    [5, 8, true],
    [5, 5, true],
    [6, 7, true],
    [4, 8, false],
    [4, 4, false],
    [5, 9, false],
  ])('rows 5, 6, 7 hold the window from %i to %i: %s', (start, end, isHeld) => {
    expect(holdsWindow(range(5, 'abc', 100), { start, end })).toBe(isHeld);
  });

  test('is true for the last rows of a list and a window past its end, unless the window starts above them', () => {
    const last = range(5, 'abc', 8, { last: true });
    expect(holdsWindow(last, { start: 5, end: 50 })).toBe(true);
    expect(holdsWindow(last, { start: 4, end: 50 })).toBe(false);
  });
});

describe('knownListEnd', () => {
  test('is the end of a page with fewer rows than requested, whatever the total', () => {
    expect(knownListEnd(range(5, 'abc', 100, { last: true }))).toBe(8);
    expect(knownListEnd(range(5, 'abc', 6, { last: true }))).toBe(8);
  });

  test('of an empty page is its offset or above, according to the total', () => {
    expect(knownListEnd(range(5, '', 3, { last: true }))).toBe(3);
    expect(knownListEnd(range(5, '', 9, { last: true }))).toBe(5);
  });

  test('of a full page past the total is one row more, and of one up to the total the total', () => {
    expect(knownListEnd(range(5, 'abc', 7))).toBe(9);
    expect(knownListEnd(range(5, 'abc', 8))).toBe(8);
    expect(knownListEnd(range(5, 'abc', 20))).toBe(20);
  });
});

describe('isNewestFirst', () => {
  test.each([
    ['no rows', [], true],
    ['equal times', [3, 3], true],
    ['descending times', [3, 2, 1], true],
    ['a row newer than the one above it', [3, 1, 2], false],
    ['a row without a time', [3, null, 1], false],
  ])('of %s is %s', (_, seconds, isOrdered) => {
    expect(isNewestFirst(seconds.map((second, index) => row(`${index}`, second)))).toBe(isOrdered);
  });

  test('skips unusable rows', () => {
    expect(isNewestFirst([undefined, row('a', 2), undefined, row('b', 1), undefined])).toBe(true);
    expect(isNewestFirst([row('a', 1), undefined, row('b', 2)])).toBe(false);
  });
});

describe('joinRanges', () => {
  test('joins ranges of a list at rest, overlapping or adjacent', () => {
    fc.assert(
      fc.property(fc.nat(5), fc.nat(6), fc.nat(6), fc.nat(3), (start, above, below, shared) => {
        const all = 'abcdefghijklmnopqrst';
        const upperEnd = start + above;
        const lowerStart = Math.max(start, upperEnd - shared);
        const lowerEnd = Math.max(upperEnd, lowerStart + below);
        const joined = joinRanges(
          range(start, all.slice(start, upperEnd), 20),
          range(lowerStart, all.slice(lowerStart, lowerEnd), 20),
        );
        expect(joined && lettersOf(joined)).toBe(all.slice(start, lowerEnd));
        expect(joined?.start).toBe(start);
      }),
    );
  });

  test('returns the time of the older request and the later response, and the end of the lower range', () => {
    const upper = range(0, 'ab', 4, { sentAt: monotonic(1), answeredAt: monotonic(9) });
    const lower = range(2, 'cd', 4, { sentAt: monotonic(5), answeredAt: monotonic(7), last: true });
    expect(joinRanges(upper, lower)).toMatchObject({ total: 4, last: true, sentAt: 1, answeredAt: 9 });
    expect(
      joinRanges({ ...upper, sentAt: monotonic(6) }, { ...lower, answeredAt: monotonic(12) }),
    ).toMatchObject({ sentAt: 5, answeredAt: 12 });
  });

  test('does not join ranges with different totals', () => {
    expect(joinRanges(range(0, 'ab', 4), range(2, 'cd', 5))).toBeUndefined();
  });

  test('joins nothing to a range that ends its list', () => {
    expect(joinRanges(range(0, 'ab', 4, { last: true }), range(2, 'cd', 4))).toBeUndefined();
  });

  test('does not join if a row is at another offset', () => {
    expect(joinRanges(range(0, 'abc', 9), range(2, 'bcd', 9))).toBeUndefined();
    expect(joinRanges(range(0, 'abc', 9), range(3, 'cde', 9))).toBeUndefined();
  });

  test('does not join if another row is at a shared offset', () => {
    expect(joinRanges(range(0, 'abc', 9), range(2, 'xde', 9))).toBeUndefined();
    expect(joinRanges(range(0, 'abc', 9), range(1, 'bxde', 9))).toBeUndefined();
  });

  test('takes rows above the upper range for no proof', () => {
    expect(joinRanges(range(2, 'cd', 9), range(0, 'abcde', 9))).toBeDefined();
    expect(joinRanges(range(2, 'cd', 9), range(0, 'abxde', 9))).toBeUndefined();
  });

  test('takes unusable rows for no proof, and keeps their offsets', () => {
    const joined = joinRanges(range(0, 'a..', 9), range(1, '.cd.', 9));
    expect(joined).toBeUndefined();
    const touching = joinRanges(range(0, 'a..', 9), range(3, '.de', 9));
    expect(touching && lettersOf(touching)).toBe('a...de');
    const unusable = joinRanges(range(0, 'abc', 9), range(1, '.cd', 9));
    expect(unusable && lettersOf(unusable)).toBe('abcd');
  });

  describe('for adjacent ranges of a list that is newest first', () => {
    const timed = (start: number, seconds: readonly (number | undefined)[]) =>
      range(start, '', 9, {
        rows: seconds.map((second, index) =>
          second === undefined ? undefined : row(`${start + index}`, second),
        ),
      });

    test('joins if the lower range continues with rows that are not newer', () => {
      expect(joinRanges(timed(0, [9, 8]), timed(2, [8, 7]))).toBeDefined();
      expect(joinRanges(timed(0, [9, 8, undefined]), timed(3, [undefined, 8, 7]))).toBeDefined();
    });

    test('does not join if the lower range starts with a newer row, because rows were inserted on top', () => {
      expect(joinRanges(timed(0, [9, 8]), timed(2, [9, 7]))).toBeUndefined();
      expect(joinRanges(timed(0, [9, 8, undefined]), timed(3, [undefined, 9, 7]))).toBeUndefined();
    });

    test('takes times of an unordered list for no proof', () => {
      expect(joinRanges(timed(0, [8, 9]), timed(2, [10, 7]))).toBeDefined();
      expect(joinRanges(timed(0, [9, 8]), timed(2, [9, 10]))).toBeDefined();
    });

    test('joins a range without a usable row', () => {
      expect(joinRanges(timed(0, [undefined]), timed(1, [9, 7]))).toBeDefined();
      expect(joinRanges(timed(0, [9]), timed(1, [undefined]))).toBeDefined();
    });
  });

  test('takes shared rows of overlapping ranges for the proof, not times', () => {
    const upper = range(0, '', 9, { rows: [row('a', 9), row('b', 8)] });
    const lower = range(1, '', 9, { rows: [row('b', 8), row('c', 8), row('d', 7)] });
    expect(joinRanges(upper, lower)).toBeDefined();
    const newer = range(1, '', 9, { rows: [undefined, row('c', 9), row('d', 7)] });
    expect(joinRanges(upper, newer)).toBeDefined();
  });
});

describe('windowAt', () => {
  test('starts at the offset forwards, and ends there backwards', () => {
    expect(windowAt({ rows: 3, from: 'start' }, 5, 100)).toEqual({ start: 5, end: 8 });
    expect(windowAt({ rows: 3, from: 'end' }, 5, 100)).toEqual({ start: 2, end: 5 });
    expect(windowAt({ rows: 3, from: 'start' }, 5, 7)).toEqual({ start: 5, end: 7 });
    expect(windowAt({ rows: 3, from: 'end' }, 2, 7)).toEqual({ start: 0, end: 2 });
  });
});

describe('startsWindow', () => {
  const rows = range(5, 'abc', 100);

  test.each([
    [4, 9, false, false],
    [5, 9, true, false],
    [7, 9, true, false],
    [8, 9, false, false],
    [4, 5, false, false],
    [4, 6, false, true],
    [4, 8, false, true],
    [4, 9, false, false],
    [6, 6, false, false],
  ])(
    'rows 5, 6, 7 start the window from %i to %i: forwards %s, backwards %s',
    (start, end, forwards, backwards) => {
      expect(startsWindow(rows, { start, end }, { rows: 1, from: 'start' })).toBe(forwards);
      expect(startsWindow(rows, { start, end }, { rows: 1, from: 'end' })).toBe(backwards);
    },
  );
});

describe('clip', () => {
  test('returns exactly the rows of the window', () => {
    const offsets = fc.nat(12);
    fc.assert(
      fc.property(offsets, offsets, offsets, offsets, fc.boolean(), (start, count, from, size, last) => {
        const letters = 'abcdefghijkl'.slice(0, count);
        const held = range(start, letters, last ? start + count : 30, { last });
        const window = { start: from, end: from + size };
        const slice = clip(held, window);
        const expected = [...letters].filter(
          (_, index) => start + index >= from && start + index < from + size,
        );
        expect(lettersOf(slice)).toBe(expected.join(''));
        if (expected.length > 0) expect(slice.start).toBe(start + letters.indexOf(expected[0] as string));
        expect(slice.partial).toBe(!holdsWindow(held, window));
        expect(slice.last).toBe(last && endOf(slice) === start + count);
        expect(slice.listEnd).toBeGreaterThanOrEqual(endOf(slice));
      }),
    );
  });

  test('returns an empty slice at the nearer end of a window above or below the rows', () => {
    const rows = range(5, 'abc', 100);
    expect(clip(rows, { start: 1, end: 3 })).toMatchObject({ start: 3, rows: [], partial: true });
    expect(clip(rows, { start: 10, end: 12 })).toMatchObject({ start: 10, rows: [], partial: true });
  });

  test('returns the known end of the list, at least the end of the slice', () => {
    expect(clip(range(5, 'abc', 100), { start: 5, end: 7 }).listEnd).toBe(100);
    expect(clip(range(5, 'abc', 8, { last: true }), { start: 5, end: 7 }).listEnd).toBe(8);
    expect(clip(range(5, '', 3, { last: true }), { start: 9, end: 12 }).listEnd).toBe(9);
  });
});
