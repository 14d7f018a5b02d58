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

/** Rows as `a5`: row a of second 5; a dot for a row that cannot be used, a row without digits has no time. */
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

/** The neighbours of each row's anchor, and whether it is ordered. */
const neighboursIn = (...args: Parameters<typeof anchorsOf>) =>
  anchorsOf(...args).map((one) => one?.neighbours);
const orderedIn = (...args: Parameters<typeof anchorsOf>) => anchorsOf(...args).map((one) => one?.ordered);

test('an anchor says where its row is and what it is; a row that cannot be used has none', () => {
  expect(anchorsOf(slice(7, 'a9 . b8'), FORWARDS, undefined)).toEqual([
    { offset: 7, total: TOTAL, key: keyOf('a'), createdAt: 9, ordered: true, neighbours: NONE },
    undefined,
    { offset: 9, total: TOTAL, key: keyOf('b'), createdAt: 8, ordered: true, neighbours: NONE },
  ]);
});

describe('whether times can be used', () => {
  test('rows that are newest first are in order, and others are not', () => {
    expect(orderedIn(slice(7, 'a9 b8'), FORWARDS, undefined)).toEqual([true, true]);
    expect(orderedIn(slice(7, 'a8 b9'), FORWARDS, undefined)).toEqual([false, false]);
    expect(orderedIn(slice(7, 'a b'), FORWARDS, undefined)).toEqual([false, false]);
  });

  test('a family whose times are of no use has no rows in order', () => {
    expect(orderedIn(slice(7, 'a9 b8'), FORWARDS, undefined, false)).toEqual([false, false]);
  });

  test.each([
    ['forwards from a newer row', FORWARDS, 'after', 10, true],
    ['forwards from a row of the same second', FORWARDS, 'after', 9, true],
    ['forwards from an older row', FORWARDS, 'after', 8, false],
    ['backwards from an older row', BACKWARDS, 'before', 7, true],
    ['backwards from a row of the same second', BACKWARDS, 'before', 8, true],
    ['backwards from a newer row', BACKWARDS, 'before', 9, false],
  ] as const)('a walk %s goes on in that order: %s', (_, extent, side, second, isOrdered) => {
    const base = boundary(side, anchor('z', 6, second));
    expect(orderedIn(slice(7, '. a9 b8 .'), extent, base)).toEqual([
      undefined,
      isOrdered,
      isOrdered,
      undefined,
    ]);
  });

  test('a walk that has come through rows in no order goes on so', () => {
    const base = boundary('after', anchor('z', 6, 10, { ordered: false }));
    expect(orderedIn(slice(7, 'a9 b8'), FORWARDS, base)).toEqual([false, false]);
  });

  test('a cursor without a time does not end the order', () => {
    const base = boundary('after', anchor('z', 6, null, { ordered: true }));
    expect(orderedIn(slice(7, 'a9 b8'), FORWARDS, base)).toEqual([true, true]);
  });
});

describe('neighbours among rows of one second', () => {
  test('are those above, the nearest first, forwards', () => {
    expect(neighboursIn(slice(7, 'a9 b8 c8 d8'), FORWARDS, undefined)).toEqual([
      NONE,
      NONE,
      { side: 'above', keys: keys('b'), complete: true },
      { side: 'above', keys: keys('c', 'b'), complete: true },
    ]);
  });

  test('are those below, the nearest first, backwards', () => {
    expect(neighboursIn(slice(7, 'a8 b8 c8 d7'), BACKWARDS, undefined)).toEqual([
      { side: 'below', keys: keys('b', 'c'), complete: true },
      { side: 'below', keys: keys('c'), complete: true },
      NONE,
      NONE,
    ]);
  });

  test('skip rows that cannot be used', () => {
    expect(neighboursIn(slice(7, 'a8 . b8'), FORWARDS, undefined)).toEqual([
      NONE,
      undefined,
      { side: 'above', keys: keys('a'), complete: true },
    ]);
  });

  test('go on beyond the slice with the row of the cursor and those that it knew', () => {
    const neighbours = { side: 'above', keys: keys('y', 'x'), complete: true } as const;
    const base = boundary('after', anchor('z', 6, 8, { neighbours }));
    expect(neighboursIn(slice(7, 'a8 b8 c7'), FORWARDS, base)).toEqual([
      { side: 'above', keys: keys('z', 'y', 'x'), complete: true },
      { side: 'above', keys: keys('a', 'z', 'y', 'x'), complete: true },
      NONE,
    ]);
  });

  test('go on beyond the slice without the row of a cursor that is in the slice itself', () => {
    const neighbours = { side: 'above', keys: keys('y'), complete: true } as const;
    const base = boundary('before', anchor('a', 7, 8, { neighbours }));
    expect(neighboursIn(slice(7, 'a8 b8'), FORWARDS, base)).toEqual([
      { side: 'above', keys: keys('y'), complete: true },
      { side: 'above', keys: keys('a', 'y'), complete: true },
    ]);
  });

  test('go on below a slice that was read backwards', () => {
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

  test('are not all where the cursor did not know all, or knew those of the other side', () => {
    const unsure = { side: 'above', keys: keys('y'), complete: false } as const;
    expect(
      neighboursIn(slice(7, 'a8'), FORWARDS, boundary('after', anchor('z', 6, 8, { neighbours: unsure }))),
    ).toEqual([{ side: 'above', keys: keys('z', 'y'), complete: false }]);
    const other = { side: 'below', keys: keys('y'), complete: true } as const;
    expect(
      neighboursIn(slice(7, 'a8'), FORWARDS, boundary('after', anchor('z', 6, 8, { neighbours: other }))),
    ).toEqual([{ side: 'above', keys: keys('z'), complete: false }]);
  });

  test('are all where the cursor had no neighbours at all, whichever side it came from', () => {
    const none = { side: 'below', keys: [], complete: true } as const;
    expect(
      neighboursIn(slice(7, 'a8'), FORWARDS, boundary('after', anchor('z', 6, 8, { neighbours: none }))),
    ).toEqual([{ side: 'above', keys: keys('z'), complete: true }]);
  });

  test('are not all in the newest second of a list that has moved down: rows may have come in above the cursor', () => {
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

  test('below a cursor of the newest second they are all, however far the list has moved', () => {
    const base = boundary('before', anchor('z', 0, 8));
    expect(neighboursIn(slice(3, 'a8'), BACKWARDS, base)).toEqual([
      { side: 'below', keys: keys('z'), complete: true },
    ]);
  });

  test('do not go on in another second than that of the cursor, whether it knew all of its own or not', () => {
    for (const complete of [true, false]) {
      const neighbours = { side: 'above', keys: keys('y'), complete } as const;
      const base = boundary('after', anchor('z', 6, 9, { neighbours }));
      expect(neighboursIn(slice(7, 'a8 b8'), FORWARDS, base)).toEqual([
        NONE,
        { side: 'above', keys: keys('a'), complete: true },
      ]);
    }
  });

  test('are none at the place before the first row', () => {
    const base = boundary('after', beforeFirstRow(slice(0, 'a8'), { createdSecond: 8 }));
    expect(neighboursIn(slice(0, 'a8'), FORWARDS, base)).toEqual([NONE]);
  });

  test('are as many as a cursor has room for, and then not all', () => {
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

  test('are as many as a cursor has room for together with those that the cursor knew', () => {
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

describe('neighbours without times', () => {
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

  test('go on beyond the slice with those of the cursor, of any time', () => {
    const neighbours = { side: 'above', keys: keys('y'), complete: true } as const;
    const base = boundary('after', anchor('z', 6, 3, { ordered: false, neighbours }));
    expect(neighboursIn(slice(7, 'a1'), FORWARDS, base, false)).toEqual([
      { side: 'above', keys: keys('z', 'y'), complete: true },
    ]);
  });

  test('are not all after a cursor that was made among rows in order: it knew those of its second alone', () => {
    const base = boundary('after', anchor('z', 6, 3));
    expect(neighboursIn(slice(7, 'a1 b2'), FORWARDS, base)).toEqual([
      { side: 'above', keys: keys('z'), complete: false },
      { side: 'above', keys: keys('a', 'z'), complete: false },
    ]);
  });

  test('are as many as a cursor has room for, and then not all', () => {
    const ids = [...'abcdefghijklmnopqr'];
    const anchors = neighboursIn(slice(7, ids.join(' ')), FORWARDS, undefined, false);
    expect(anchors[MAX_NEIGHBOURS]).toMatchObject({ complete: true });
    expect(anchors[MAX_NEIGHBOURS + 1]).toEqual({
      side: 'above',
      keys: keys(...ids.slice(1, MAX_NEIGHBOURS + 1).toReversed()),
      complete: false,
    });
  });

  test('are not all after a cursor of the other direction', () => {
    const neighbours = { side: 'below', keys: [], complete: true } as const;
    const base = boundary('after', anchor('z', 6, null, { ordered: false, neighbours }));
    expect(neighboursIn(slice(7, 'a'), FORWARDS, base, false)).toEqual([
      { side: 'above', keys: keys('z'), complete: false },
    ]);
  });

  test('are all also where a list has moved', () => {
    const base = boundary('after', anchor('z', 0, null, { ordered: false }));
    expect(neighboursIn(slice(3, 'a'), FORWARDS, base, false)).toEqual([
      { side: 'above', keys: keys('z'), complete: true },
    ]);
  });
});

test('the place before the first row has the second of the other list, and a key of zeros', () => {
  expect(beforeFirstRow(slice(0, 'a9'), { createdSecond: 12 })).toEqual({
    offset: -1,
    total: TOTAL,
    key: '0000000000000000',
    createdAt: 12,
    ordered: true,
    neighbours: NONE,
  });
});

describe('the anchor of a boundary above a slice', () => {
  const neighbours = { side: 'above', keys: keys('y'), complete: true } as const;

  test('moves with the slice', () => {
    const base = boundary('after', anchor('z', 20, 8, { total: 400, neighbours }));
    expect(shiftTo(base, slice(25, 'a7').start, slice(25, 'a7').total)).toEqual({
      ...base.anchor,
      offset: 24,
      total: TOTAL,
    });
  });

  test('does not know all neighbours any more where it is of the newest second and the list has grown above it', () => {
    const base = boundary('after', anchor('z', 1, 8, { neighbours }));
    expect(shiftTo(base, slice(2, 'a7').start, slice(2, 'a7').total).neighbours).toEqual(neighbours);
    expect(shiftTo(base, slice(3, 'a7').start, slice(3, 'a7').total).neighbours).toEqual({
      ...neighbours,
      complete: false,
    });
  });

  test('does not know them where it did not before', () => {
    const unsure = { ...neighbours, complete: false };
    const base = boundary('after', anchor('z', 20, 8, { neighbours: unsure }));
    expect(shiftTo(base, slice(25, 'a7').start, slice(25, 'a7').total).neighbours).toEqual(unsure);
  });
});
