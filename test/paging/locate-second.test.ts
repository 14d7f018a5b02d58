import { describe, expect, test } from 'vitest';
import { monotonicNow } from '../../src/clock.ts';
import { CallBudget } from '../../src/paging/call-budget.ts';
import { keyOf, NEIGHBOUR_DIGITS } from '../../src/paging/cursor.ts';
import { type LocatedSecond, locateSecond } from '../../src/paging/locate-second.ts';
import { fc, runs } from '../runs.ts';
import { ChangingList } from './changing-list.ts';

type From = 'start' | 'end';

/** A list with rows of these seconds, in pages of five; `undefined` is an unusable row. */
const listOf = (seconds: readonly (number | null | undefined)[], maxPageSize = 5) =>
  new ChangingList(
    seconds.map((second, n) =>
      second === undefined ? undefined : { id: `row ${n}`, createdSecond: second },
    ),
    { maxPageSize },
  );

/** Descending seconds from `newest`, one apart. */
const down = (newest: number, rows: number) => Array.from({ length: rows }, (_, n) => newest - n);

async function locate(
  list: ChangingList,
  second: number,
  from: From,
  { start = 0, end }: { start?: number; end?: number } = {},
): Promise<LocatedSecond> {
  list.forget();
  // The end of a list that grows by a page with each read would never be reached.
  return locateSecond(list.reader(new CallBudget(40, ['list'], false)), second, { start, end, from });
}

/** Offset of the boundary's row. */
const offsetOf = ({ boundary }: LocatedSecond) => boundary?.anchor.offset;

/** Numbers of the pages that were read. */
const pagesOf = ({ pages }: ChangingList) => pages.map((page) => Number(page.split(' ')[0]));

describe.each(['start', 'end'] as const)('the boundary of a second, located from the %s', (from) => {
  test('locateSecond returns the boundary of a plain array, with as few pages as bisection needs', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 10, max: 60 }), { maxLength: 120 }),
        fc.integer({ min: 5, max: 65 }),
        fc.nat(60),
        fc.boolean(),
        async (unsorted, second, startAt, isLengthKnown) => {
          const seconds = unsorted.sort((one, other) => other - one);
          const list = listOf(seconds);
          if (isLengthKnown) await list.reader().total();
          const start = Math.min(startAt, seconds.length);
          const first = start - (start % 5);
          const found = await locate(list, second, from, { start });
          const above = seconds.findLastIndex((one, n) => n >= first && one >= second);
          const below = seconds.findIndex((one, n) => n >= first && one < second);
          const expected = from === 'start' ? above : below;
          expect(offsetOf(found)).toBe(expected === -1 ? undefined : expected);
          expect(found.isOrdered).toBe(true);
          if (list.calls > 0) expect(found.total).toBe(seconds.length);
          const most = Math.ceil(Math.log2(Math.max(1, seconds.length / 5))) + 2;
          expect(list.calls).toBeLessThanOrEqual(most + (isLengthKnown ? 0 : 1));
        },
      ),
      { numRuns: runs(2000) },
    );
  });

  test('locateSecond returns a boundary on the correct side in a list that grows while it is read', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(100),
        fc.integer({ min: 1, max: 7 }),
        fc.nat(110),
        async (rows, grown, second) => {
          const list = listOf(down(rows, rows));
          await list.reader().total();
          list.happens = () => list.addOnTop(grown);
          const { boundary, isOrdered } = await locate(list, second, from);
          expect(isOrdered).toBe(true);
          const createdAt = boundary?.anchor.createdAt;
          if (createdAt === undefined || createdAt === null) return;
          expect(createdAt >= second).toBe(from === 'start');
        },
      ),
      { numRuns: runs(1000) },
    );
  });

  test('locateSecond returns the anchor that a cursor of the row has, as read just now', async () => {
    const before = monotonicNow();
    const { boundary } = await locate(listOf([9, 9, 8, 7, 7, 7, 6]), from === 'start' ? 8 : 7, from);
    expect(boundary).toEqual({
      side: from === 'start' ? 'after' : 'before',
      knownSince: expect.any(Number),
      anchor: expect.objectContaining({
        offset: from === 'start' ? 2 : 6,
        total: 7,
        key: keyOf(from === 'start' ? 'row 2' : 'row 6'),
        createdAt: from === 'start' ? 8 : 6,
        ordered: true,
      }),
    });
    expect(boundary?.knownSince).toBeGreaterThanOrEqual(before);
    expect(boundary?.knownSince).toBeLessThanOrEqual(monotonicNow());
  });

  test('locateSecond returns no boundary in an empty list', async () => {
    expect(await locate(listOf([]), 7, from)).toEqual({ boundary: undefined, isOrdered: true, total: 0 });
  });

  test.each([
    ['on one page', [5, 9, 8], 7],
    ['of ordered pages, the lower one newer', [...down(10, 5), ...down(50, 5), ...down(5, 5)], 60],
    ['of ordered pages, the upper one older', [...down(10, 5), ...down(50, 5), ...down(100, 5)], 1],
    ['without times', [null, null, null], 7],
    ['of unusable rows', [undefined, undefined], 7],
  ])('locateSecond returns no boundary in an unordered list, %s', async (_, seconds, second) => {
    const list = listOf(seconds);
    await list.reader().total();
    const found = await locate(list, second, from);
    expect(found).toEqual({ boundary: undefined, isOrdered: false, total: seconds.length });
  });

  test('locateSecond finds the second in a list that has become shorter', async () => {
    const list = listOf(down(100, 100));
    await list.reader().total();
    list.rows.length = 12;
    const found = await locate(list, 95, from);
    expect([offsetOf(found), found.total]).toEqual([from === 'start' ? 5 : 6, 12]);
  });

  test('locateSecond returns the nearest boundary that its calls allow', async () => {
    const list = listOf(down(1000, 1000));
    await list.reader().total();
    // Seconds far from their interpolated values, so that interpolation does not help.
    for (const [n, row] of list.rows.entries())
      if (row) list.rows[n] = { ...row, createdSecond: 1_000_000 - n ** 2 };
    const second = 1_000_000 - 777 ** 2;
    const seen: (number | undefined)[] = [];
    for (let calls = 1; calls <= 8; calls++) {
      const budget = new CallBudget(calls, ['list'], false);
      const found = await locateSecond(list.reader(budget), second, { start: 0, from });
      expect(found.isOrdered).toBe(true);
      seen.push(offsetOf(found));
    }
    const known = seen.filter((offset) => offset !== undefined);
    expect(known).toEqual(known.toSorted((one, other) => (from === 'start' ? one - other : other - one)));
    expect(seen.at(-1)).toBe(from === 'start' ? 777 : 778);
  });

  test('locateSecond returns no boundary without a call', async () => {
    const list = listOf(down(100, 100));
    const spent = new CallBudget(1, ['list'], false);
    spent.spend();
    const found = await locateSecond(list.reader(spent), 50, { start: 0, from });
    expect(found).toEqual({ boundary: undefined, isOrdered: true, total: 0 });
  });

  test('locateSecond fails with the upstream', async () => {
    const list = listOf(down(100, 100));
    list.happens = () => {
      throw new Error('the upstream is away');
    };
    await expect(locate(list, 50, from)).rejects.toThrow('the upstream is away');
  });
});

describe('the neighbours in the boundary of locateSecond', () => {
  const keys = (...ids: string[]) => ids.map((id) => keyOf(id).slice(0, NEIGHBOUR_DIGITS));

  test.each([
    [
      'all, where an older row or a newer one ends them',
      'start',
      [9, 8, 8, 8, 7],
      8,
      ['row 2', 'row 1'],
      true,
    ],
    ['all, at the start of the list', 'start', [8, 8, 8, 7, 7], 8, ['row 1', 'row 0'], true],
    [
      'perhaps not all, at the start of a page',
      'start',
      [...down(20, 5), 8, 8, 8, 7, 7],
      8,
      ['row 6', 'row 5'],
      false,
    ],
    ['all, beyond it', 'end', [9, 8, 7, 7, 6], 8, ['row 3'], true],
    ['all, at the end of the list', 'end', [9, 8, 7, 7], 8, ['row 3'], true],
    [
      'perhaps not all, at the end of a page',
      'end',
      [9, 8, 7, 7, 7, ...down(6, 5)],
      8,
      ['row 3', 'row 4'],
      false,
    ],
  ] as const)('are %s', async (_, from, seconds, second, ids, complete) => {
    const list = listOf(seconds);
    const { boundary } = await locate(list, second, from);
    const side = from === 'start' ? 'above' : 'below';
    expect(boundary?.anchor.neighbours).toEqual({ side, keys: keys(...ids), complete });
  });
});

describe('the pages that locateSecond reads', () => {
  const evenly = (n: number) => 10_000 - 10 * n;
  const oldest = (n: number) => (n > 100 ? 0 : 10_000 - n);
  const newest = (n: number) => (n < 900 ? 10_000 : 1000 - n);

  test.each([
    ['evenly', evenly, 7770, [50, 25, 12, 20, 23]],
    ['evenly', evenly, 9995, [50, 25, 12, 6, 3, 1]],
    ['evenly', evenly, 5, [50, 82, 98, 100]],
    ['evenly', evenly, -5, [50, 82, 98, 100]],
    ['evenly', evenly, 20_000, [50, 25, 12, 6, 3, 1]],
    ['mostly over the newest second', newest, 5000, [50, 75, 88, 94, 91, 89, 90]],
    ['mostly over the oldest second', oldest, 5000, [50, 25, 12, 6, 9, 10, 11]],
    ['ever farther apart', (n: number) => 1_000_000 - n ** 2, 1_000_000 - 777 ** 2, [50, 82, 66, 74, 78]],
  ])('of a thousand rows spread %s are as recorded', async (_, secondAt, second, pages) => {
    const list = listOf(
      Array.from({ length: 1000 }, (_, n) => secondAt(n)),
      10,
    );
    await list.reader().total();
    await locate(list, second, 'start');
    expect(pagesOf(list)).toEqual(pages);
  });

  test('start at the page of the start offset, and end before the end offset', async () => {
    const list = listOf(down(1000, 1000), 10);
    await list.reader().total();
    for (const [second, start, end, pages] of [
      [2000, 505, undefined, [75, 62, 56, 53, 51]],
      [0, 0, 300, [15, 30]],
    ] as const) {
      await locate(list, second, 'start', end === undefined ? { start } : { start, end });
      expect(pagesOf(list)).toEqual(pages);
    }
  });

  test('are the first page, then those of bisection, if the length is unknown', async () => {
    const list = listOf(down(1000, 1000), 10);
    await locate(list, 300, 'start');
    expect(pagesOf(list)).toEqual([1, 51, 76, 63, 69, 72, 70, 71]);
  });
});
