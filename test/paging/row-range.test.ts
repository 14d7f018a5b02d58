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

/** Rows named by letters, as `abc`; a dot stands for a row that cannot be used. */
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

test('an empty range has no rows, does not end the list, and is as old as the moment', () => {
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
  ])('the rows 5, 6, 7 hold the window from %i to %i: %s', (start, end, isHeld) => {
    expect(holdsWindow(range(5, 'abc', 100), { start, end })).toBe(isHeld);
  });

  test('the last rows of a list hold a window that goes on past its end, but none that begins above them', () => {
    const last = range(5, 'abc', 8, { last: true });
    expect(holdsWindow(last, { start: 5, end: 50 })).toBe(true);
    expect(holdsWindow(last, { start: 4, end: 50 })).toBe(false);
  });
});

describe('knownListEnd', () => {
  test('a page that is not full ends the list, whatever total the upstream says', () => {
    expect(knownListEnd(range(5, 'abc', 100, { last: true }))).toBe(8);
    expect(knownListEnd(range(5, 'abc', 6, { last: true }))).toBe(8);
  });

  test('an empty page tells that the list ends there or above, as its total says', () => {
    expect(knownListEnd(range(5, '', 3, { last: true }))).toBe(3);
    expect(knownListEnd(range(5, '', 9, { last: true }))).toBe(5);
  });

  test('a full page past the total tells of a row more, and one up to the total of none', () => {
    expect(knownListEnd(range(5, 'abc', 7))).toBe(9);
    expect(knownListEnd(range(5, 'abc', 8))).toBe(8);
    expect(knownListEnd(range(5, 'abc', 20))).toBe(20);
  });
});

describe('isNewestFirst', () => {
  test.each([
    ['no rows', [], true],
    ['equal times', [3, 3], true],
    ['falling times', [3, 2, 1], true],
    ['a row newer than the one above it', [3, 1, 2], false],
    ['a row without a time', [3, null, 1], false],
  ])('%s: %s', (_, seconds, isOrdered) => {
    expect(isNewestFirst(seconds.map((second, index) => row(`${index}`, second)))).toBe(isOrdered);
  });

  test('skips rows that cannot be used', () => {
    expect(isNewestFirst([undefined, row('a', 2), undefined, row('b', 1), undefined])).toBe(true);
    expect(isNewestFirst([row('a', 1), undefined, row('b', 2)])).toBe(false);
  });
});

describe('joinRanges', () => {
  test('ranges of a list at rest are joined, whether they share rows or only touch', () => {
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

  test('a joined range is as old as the older request, as young as the later response, and ends as the lower one', () => {
    const upper = range(0, 'ab', 4, { sentAt: monotonic(1), answeredAt: monotonic(9) });
    const lower = range(2, 'cd', 4, { sentAt: monotonic(5), answeredAt: monotonic(7), last: true });
    expect(joinRanges(upper, lower)).toMatchObject({ total: 4, last: true, sentAt: 1, answeredAt: 9 });
    expect(
      joinRanges({ ...upper, sentAt: monotonic(6) }, { ...lower, answeredAt: monotonic(12) }),
    ).toMatchObject({ sentAt: 5, answeredAt: 12 });
  });

  test('ranges of lists of different lengths are not of one state', () => {
    expect(joinRanges(range(0, 'ab', 4), range(2, 'cd', 5))).toBeUndefined();
  });

  test('nothing is joined to a range that ends its list', () => {
    expect(joinRanges(range(0, 'ab', 4, { last: true }), range(2, 'cd', 4))).toBeUndefined();
  });

  test('a row at another offset shows that the list moved', () => {
    expect(joinRanges(range(0, 'abc', 9), range(2, 'bcd', 9))).toBeUndefined();
    expect(joinRanges(range(0, 'abc', 9), range(3, 'cde', 9))).toBeUndefined();
  });

  test('a row where another one stood shows that the list moved', () => {
    expect(joinRanges(range(0, 'abc', 9), range(2, 'xde', 9))).toBeUndefined();
    expect(joinRanges(range(0, 'abc', 9), range(1, 'bxde', 9))).toBeUndefined();
  });

  test('rows above those of the upper range prove nothing', () => {
    expect(joinRanges(range(2, 'cd', 9), range(0, 'abcde', 9))).toBeDefined();
    expect(joinRanges(range(2, 'cd', 9), range(0, 'abxde', 9))).toBeUndefined();
  });

  test('rows that cannot be used prove nothing, and keep their places', () => {
    const joined = joinRanges(range(0, 'a..', 9), range(1, '.cd.', 9));
    expect(joined).toBeUndefined();
    const touching = joinRanges(range(0, 'a..', 9), range(3, '.de', 9));
    expect(touching && lettersOf(touching)).toBe('a...de');
    const unusable = joinRanges(range(0, 'abc', 9), range(1, '.cd', 9));
    expect(unusable && lettersOf(unusable)).toBe('abcd');
  });

  describe('where two ranges only touch, of a list that is newest first', () => {
    const timed = (start: number, seconds: readonly (number | undefined)[]) =>
      range(start, '', 9, {
        rows: seconds.map((second, index) =>
          second === undefined ? undefined : row(`${start + index}`, second),
        ),
      });

    test('they are joined when the lower one goes on with rows that are no newer', () => {
      expect(joinRanges(timed(0, [9, 8]), timed(2, [8, 7]))).toBeDefined();
      expect(joinRanges(timed(0, [9, 8, undefined]), timed(3, [undefined, 8, 7]))).toBeDefined();
    });

    test('they are of two states when the lower one begins with a newer row: rows came in on top', () => {
      expect(joinRanges(timed(0, [9, 8]), timed(2, [9, 7]))).toBeUndefined();
      expect(joinRanges(timed(0, [9, 8, undefined]), timed(3, [undefined, 9, 7]))).toBeUndefined();
    });

    test('times of a list that is in no order prove nothing', () => {
      expect(joinRanges(timed(0, [8, 9]), timed(2, [10, 7]))).toBeDefined();
      expect(joinRanges(timed(0, [9, 8]), timed(2, [9, 10]))).toBeDefined();
    });

    test('one that has no usable row is joined', () => {
      expect(joinRanges(timed(0, [undefined]), timed(1, [9, 7]))).toBeDefined();
      expect(joinRanges(timed(0, [9]), timed(1, [undefined]))).toBeDefined();
    });
  });

  test('where ranges share rows, these are the proof, and times are not asked', () => {
    const upper = range(0, '', 9, { rows: [row('a', 9), row('b', 8)] });
    const lower = range(1, '', 9, { rows: [row('b', 8), row('c', 8), row('d', 7)] });
    expect(joinRanges(upper, lower)).toBeDefined();
    const newer = range(1, '', 9, { rows: [undefined, row('c', 9), row('d', 7)] });
    expect(joinRanges(upper, newer)).toBeDefined();
  });
});

describe('windowAt', () => {
  test('forwards it begins at the offset, and backwards it ends there', () => {
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
    'the rows 5, 6, 7 begin the window from %i to %i: forwards %s, backwards %s',
    (start, end, forwards, backwards) => {
      expect(startsWindow(rows, { start, end }, { rows: 1, from: 'start' })).toBe(forwards);
      expect(startsWindow(rows, { start, end }, { rows: 1, from: 'end' })).toBe(backwards);
    },
  );
});

describe('clip', () => {
  test('gives the rows of the window, and those alone', () => {
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

  test('a window above or below the rows gives an empty slice at the end of the window that is nearer', () => {
    const rows = range(5, 'abc', 100);
    expect(clip(rows, { start: 1, end: 3 })).toMatchObject({ start: 3, rows: [], partial: true });
    expect(clip(rows, { start: 10, end: 12 })).toMatchObject({ start: 10, rows: [], partial: true });
  });

  test('the list goes on as far as the range knows, and at least to the end of the slice', () => {
    expect(clip(range(5, 'abc', 100), { start: 5, end: 7 }).listEnd).toBe(100);
    expect(clip(range(5, 'abc', 8, { last: true }), { start: 5, end: 7 }).listEnd).toBe(8);
    expect(clip(range(5, '', 3, { last: true }), { start: 9, end: 12 }).listEnd).toBe(9);
  });
});
