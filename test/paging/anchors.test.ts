import { describe, expect, test } from 'vitest';
import { type Anchor, keyOf, MAX_NEIGHBOURS, NEIGHBOUR_DIGITS } from '../../src/paging/cursor.ts';
import { anchorsOf, beforeFirstRow, shiftTo } from '../../src/paging/realign/anchors.ts';
import type { Boundary } from '../../src/paging/realign/locate-boundary.ts';
import { emptyRange, type ListRow, type Slice } from '../../src/paging/row-range.ts';
import type { Extent } from '../../src/paging/window.ts';

const TOTAL = 500;
const NONE = { side: 'above', keys: [], complete: true };
const FORWARDS: Extent = { rows: 10, from: 'start' };
const BACKWARDS: Extent = { rows: 10, from: 'end' };

const keys = (...ids: string[]) => ids.map((id) => keyOf(id).slice(0, NEIGHBOUR_DIGITS));

/** Rows in short form: `a5` is row a of second 5, a dot an unusable row; without digits a row has no time. */
const rowsOf = (text: string): (ListRow | undefined)[] =>
  text
    .split(' ')
    .filter(Boolean)
    .map((word) =>
      word === '.'
        ? undefined
        : { id: word.slice(0, 1), createdSecond: word.length > 1 ? Number(word.slice(1)) : null },
    );

const slice = (start: number, text: string): Slice => ({
  ...emptyRange(start, TOTAL),
  rows: rowsOf(text),
  listEnd: TOTAL,
  partial: false,
});

const anchor = (
  id: string,
  offset: number,
  createdAt: number | null,
  rest: Partial<Anchor> = {},
): Anchor => ({
  offset,
  total: TOTAL,
  key: keyOf(id),
  createdAt,
  ordered: createdAt !== null,
  neighbours: { side: 'above', keys: [], complete: true },
  ...rest,
});

const boundary = (side: Boundary['side'], of: Anchor): Boundary => ({ anchor: of, side });

const anchorsIn = (of: Slice, extent: Extent, base: Boundary | undefined, hasTimes = true) =>
  anchorsOf(of, extent, base, { hasTimes, isCached: false });

/** The neighbours of each row's anchor, and whether the anchor is ordered. */
const neighboursIn = (...args: Parameters<typeof anchorsIn>) =>
  anchorsIn(...args).map((one) => one?.neighbours);
const orderedIn = (...args: Parameters<typeof anchorsIn>) => anchorsIn(...args).map((one) => one?.ordered);

test('an anchor has the offset, key and time of its row, and an unusable row has none', () => {
  expect(anchorsIn(slice(7, 'a9 . b8'), FORWARDS, undefined)).toEqual([
    { offset: 7, total: TOTAL, key: keyOf('a'), createdAt: 9, ordered: true, neighbours: NONE },
    undefined,
    { offset: 9, total: TOTAL, key: keyOf('b'), createdAt: 8, ordered: true, neighbours: NONE },
  ]);
});

describe('whether an anchor is ordered', () => {
  test('rows that are newest first make ordered anchors, other rows do not', () => {
    expect(orderedIn(slice(7, 'a9 b8'), FORWARDS, undefined)).toEqual([true, true]);
    expect(orderedIn(slice(7, 'a8 b9'), FORWARDS, undefined)).toEqual([false, false]);
    expect(orderedIn(slice(7, 'a b'), FORWARDS, undefined)).toEqual([false, false]);
  });

  test('a family without times never makes ordered anchors', () => {
    expect(orderedIn(slice(7, 'a9 b8'), FORWARDS, undefined, false)).toEqual([false, false]);
  });

  test.each([
    ['forwards from a newer row', FORWARDS, 'after', 10, true],
    ['forwards from a row of the same second', FORWARDS, 'after', 9, true],
    ['forwards from an older row', FORWARDS, 'after', 8, false],
    ['backwards from an older row', BACKWARDS, 'before', 7, true],
    ['backwards from a row of the same second', BACKWARDS, 'before', 8, true],
    ['backwards from a newer row', BACKWARDS, 'before', 9, false],
  ] as const)('a walk %s keeps the order: %s', (_, extent, side, second, isOrdered) => {
    const base = boundary(side, anchor('z', 6, second));
    expect(orderedIn(slice(7, '. a9 b8 .'), extent, base)).toEqual([
      undefined,
      isOrdered,
      isOrdered,
      undefined,
    ]);
  });

  test('a walk that has passed unordered rows makes unordered anchors', () => {
    const base = boundary('after', anchor('z', 6, 10, { ordered: false }));
    expect(orderedIn(slice(7, 'a9 b8'), FORWARDS, base)).toEqual([false, false]);
  });

  test('a cursor without a time does not make the next anchors unordered', () => {
    const base = boundary('after', anchor('z', 6, null, { ordered: true }));
    expect(orderedIn(slice(7, 'a9 b8'), FORWARDS, base)).toEqual([true, true]);
  });
});

describe('neighbours in an ordered list: the rows of the same second', () => {
  test('are the rows above, nearest first, on a forward walk', () => {
    expect(neighboursIn(slice(7, 'a9 b8 c8 d8'), FORWARDS, undefined)).toEqual([
      NONE,
      NONE,
      { side: 'above', keys: keys('b'), complete: true },
      { side: 'above', keys: keys('c', 'b'), complete: true },
    ]);
  });

  test('are the rows below, nearest first, on a backward walk', () => {
    expect(neighboursIn(slice(7, 'a8 b8 c8 d7'), BACKWARDS, undefined)).toEqual([
      { side: 'below', keys: keys('b', 'c'), complete: true },
      { side: 'below', keys: keys('c'), complete: true },
      NONE,
      NONE,
    ]);
  });

  test('skip unusable rows', () => {
    expect(neighboursIn(slice(7, 'a8 . b8'), FORWARDS, undefined)).toEqual([
      NONE,
      undefined,
      { side: 'above', keys: keys('a'), complete: true },
    ]);
  });

  test('continue beyond the slice with the cursor’s row and its neighbours', () => {
    const neighbours = { side: 'above', keys: keys('y', 'x'), complete: true } as const;
    const base = boundary('after', anchor('z', 6, 8, { neighbours }));
    expect(neighboursIn(slice(7, 'a8 b8 c7'), FORWARDS, base)).toEqual([
      { side: 'above', keys: keys('z', 'y', 'x'), complete: true },
      { side: 'above', keys: keys('a', 'z', 'y', 'x'), complete: true },
      NONE,
    ]);
  });

  test('continue beyond the slice without the cursor’s row if it is in the slice', () => {
    const neighbours = { side: 'above', keys: keys('y'), complete: true } as const;
    const base = boundary('before', anchor('a', 7, 8, { neighbours }));
    expect(neighboursIn(slice(7, 'a8 b8'), FORWARDS, base)).toEqual([
      { side: 'above', keys: keys('y'), complete: true },
      { side: 'above', keys: keys('a', 'y'), complete: true },
    ]);
  });

  test('continue below a slice that was read backwards', () => {
    const neighbours = { side: 'below', keys: keys('y'), complete: true } as const;
    const below = boundary('before', anchor('z', 9, 8, { neighbours }));
    expect(neighboursIn(slice(7, 'a9 b8'), BACKWARDS, below)).toEqual([
      NONE,
      { side: 'below', keys: keys('z', 'y'), complete: true },
    ]);
    const within = boundary('after', anchor('b', 8, 8, { neighbours }));
    expect(neighboursIn(slice(7, 'a9 b8'), BACKWARDS, within)).toEqual([
      NONE,
      { side: 'below', keys: keys('y'), complete: true },
    ]);
  });

  test('are incomplete if the cursor’s neighbours were incomplete or on the other side', () => {
    const unsure = { side: 'above', keys: keys('y'), complete: false } as const;
    expect(
      neighboursIn(slice(7, 'a8'), FORWARDS, boundary('after', anchor('z', 6, 8, { neighbours: unsure }))),
    ).toEqual([{ side: 'above', keys: keys('z', 'y'), complete: false }]);
    const other = { side: 'below', keys: keys('y'), complete: true } as const;
    expect(
      neighboursIn(slice(7, 'a8'), FORWARDS, boundary('after', anchor('z', 6, 8, { neighbours: other }))),
    ).toEqual([{ side: 'above', keys: keys('z'), complete: false }]);
  });

  test('are complete if the cursor had no neighbours, on either side', () => {
    const none = { side: 'below', keys: [], complete: true } as const;
    expect(
      neighboursIn(slice(7, 'a8'), FORWARDS, boundary('after', anchor('z', 6, 8, { neighbours: none }))),
    ).toEqual([{ side: 'above', keys: keys('z'), complete: true }]);
  });

  test('are incomplete in the newest second of a list that has moved down, because rows may have been inserted above the cursor', () => {
    const base = boundary('after', anchor('z', 0, 8));
    expect(neighboursIn(slice(1, 'a8'), FORWARDS, base)[0]).toEqual({
      side: 'above',
      keys: keys('z'),
      complete: true,
    });
    expect(neighboursIn(slice(2, 'a8'), FORWARDS, base)[0]).toEqual({
      side: 'above',
      keys: keys('z'),
      complete: false,
    });
    const older = boundary('after', anchor('z', 1, 8));
    expect(neighboursIn(slice(3, 'a8'), FORWARDS, older)[0]?.complete).toBe(true);
  });

  test('below a cursor of the newest second are complete, however far the list has moved', () => {
    const base = boundary('before', anchor('z', 0, 8));
    expect(neighboursIn(slice(3, 'a8'), BACKWARDS, base)).toEqual([
      { side: 'below', keys: keys('z'), complete: true },
    ]);
  });

  test('do not continue into the neighbours of a cursor of another second', () => {
    for (const complete of [true, false]) {
      const neighbours = { side: 'above', keys: keys('y'), complete } as const;
      const base = boundary('after', anchor('z', 6, 9, { neighbours }));
      expect(neighboursIn(slice(7, 'a8 b8'), FORWARDS, base)).toEqual([
        NONE,
        { side: 'above', keys: keys('a'), complete: true },
      ]);
    }
  });

  test('are none at the position before the first row', () => {
    const base = boundary('after', beforeFirstRow(slice(0, 'a8'), { createdSecond: 8 }));
    expect(neighboursIn(slice(0, 'a8'), FORWARDS, base)).toEqual([NONE]);
  });

  test('are truncated to the maximum of a cursor, and then incomplete', () => {
    const ids = [...'abcdefghijklmnopqr'];
    const anchors = neighboursIn(slice(7, ids.map((id) => `${id}8`).join(' ')), FORWARDS, undefined);
    expect(anchors[MAX_NEIGHBOURS]).toEqual({
      side: 'above',
      keys: keys(...ids.slice(0, MAX_NEIGHBOURS).toReversed()),
      complete: true,
    });
    expect(anchors[MAX_NEIGHBOURS + 1]).toEqual({
      side: 'above',
      keys: keys(...ids.slice(1, MAX_NEIGHBOURS + 1).toReversed()),
      complete: false,
    });
    const backwards = neighboursIn(slice(7, ids.map((id) => `${id}8`).join(' ')), BACKWARDS, undefined);
    expect(backwards[0]).toEqual({ side: 'below', keys: keys(...ids.slice(1, 17)), complete: false });
    expect(backwards[1]).toEqual({ side: 'below', keys: keys(...ids.slice(2, 18)), complete: true });
  });

  test('are truncated to the maximum of a cursor together with those of the previous cursor', () => {
    const known = [...'ABCDEFGHIJKLMNOP'];
    const base = boundary(
      'after',
      anchor('z', 6, 8, { neighbours: { side: 'above', keys: keys(...known), complete: true } }),
    );
    expect(neighboursIn(slice(7, 'a8'), FORWARDS, base)).toEqual([
      { side: 'above', keys: keys('z', ...known.slice(0, 15)), complete: false },
    ]);
  });
});

describe('neighbours in a list without times', () => {
  test('are all rows that the walk has passed, whatever their times', () => {
    expect(neighboursIn(slice(7, 'a1 b2 c'), FORWARDS, undefined, false)).toEqual([
      { side: 'above', keys: [], complete: true },
      { side: 'above', keys: keys('a'), complete: true },
      { side: 'above', keys: keys('b', 'a'), complete: true },
    ]);
    expect(neighboursIn(slice(7, 'a1 b2 c'), BACKWARDS, undefined, false)).toEqual([
      { side: 'below', keys: keys('b', 'c'), complete: true },
      { side: 'below', keys: keys('c'), complete: true },
      { side: 'below', keys: [], complete: true },
    ]);
  });

  test('continue beyond the slice with the cursor’s neighbours of any time', () => {
    const neighbours = { side: 'above', keys: keys('y'), complete: true } as const;
    const base = boundary('after', anchor('z', 6, 3, { ordered: false, neighbours }));
    expect(neighboursIn(slice(7, 'a1'), FORWARDS, base, false)).toEqual([
      { side: 'above', keys: keys('z', 'y'), complete: true },
    ]);
  });

  test('are incomplete after an ordered cursor, which had only the neighbours of its second', () => {
    const base = boundary('after', anchor('z', 6, 3));
    expect(neighboursIn(slice(7, 'a1 b2'), FORWARDS, base)).toEqual([
      { side: 'above', keys: keys('z'), complete: false },
      { side: 'above', keys: keys('a', 'z'), complete: false },
    ]);
  });

  test('are truncated to the maximum of a cursor, and then incomplete', () => {
    const ids = [...'abcdefghijklmnopqr'];
    const anchors = neighboursIn(slice(7, ids.join(' ')), FORWARDS, undefined, false);
    expect(anchors[MAX_NEIGHBOURS]).toMatchObject({ complete: true });
    expect(anchors[MAX_NEIGHBOURS + 1]).toEqual({
      side: 'above',
      keys: keys(...ids.slice(1, MAX_NEIGHBOURS + 1).toReversed()),
      complete: false,
    });
  });

  test('are incomplete after a cursor of the other direction', () => {
    const neighbours = { side: 'below', keys: [], complete: true } as const;
    const base = boundary('after', anchor('z', 6, null, { ordered: false, neighbours }));
    expect(neighboursIn(slice(7, 'a'), FORWARDS, base, false)).toEqual([
      { side: 'above', keys: keys('z'), complete: false },
    ]);
  });

  test('are complete even if the list has moved', () => {
    const base = boundary('after', anchor('z', 0, null, { ordered: false }));
    expect(neighboursIn(slice(3, 'a'), FORWARDS, base, false)).toEqual([
      { side: 'above', keys: keys('z'), complete: true },
    ]);
  });
});

test('the position before the first row has the second of the other list’s row and a key of zeros', () => {
  expect(beforeFirstRow(slice(0, 'a9'), { createdSecond: 12 })).toEqual({
    offset: -1,
    total: TOTAL,
    key: '0000000000000000',
    createdAt: 12,
    ordered: true,
    neighbours: NONE,
  });
});

describe('shiftTo, the anchor of a boundary right above a slice', () => {
  const neighbours = { side: 'above', keys: keys('y'), complete: true } as const;

  test('moves with the slice', () => {
    const base = boundary('after', anchor('z', 20, 8, { total: 400, neighbours }));
    expect(shiftTo(base, slice(25, 'a7').start, slice(25, 'a7').total)).toEqual({
      ...base.anchor,
      offset: 24,
      total: TOTAL,
    });
  });

  test('has incomplete neighbours in the newest second if the list has grown above it', () => {
    const base = boundary('after', anchor('z', 1, 8, { neighbours }));
    expect(shiftTo(base, slice(2, 'a7').start, slice(2, 'a7').total).neighbours).toEqual(neighbours);
    expect(shiftTo(base, slice(3, 'a7').start, slice(3, 'a7').total).neighbours).toEqual({
      ...neighbours,
      complete: false,
    });
  });

  test('keeps incomplete neighbours incomplete', () => {
    const unsure = { ...neighbours, complete: false };
    const base = boundary('after', anchor('z', 20, 8, { neighbours: unsure }));
    expect(shiftTo(base, slice(25, 'a7').start, slice(25, 'a7').total).neighbours).toEqual(unsure);
  });
});
