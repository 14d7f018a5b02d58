import { describe, expect, test } from 'vitest';
import { BadInputError } from '../../src/errors.ts';
import { type Anchor, decodeCursor, encodeCursor, keyOf } from '../../src/paging/cursor.ts';
import { cursorInAll, cursorInOne, cursorInSearch, readCursor } from '../../src/paging/list-cursor.ts';
import { anchorOfRow } from '../../src/paging/row-anchor.ts';
import type { ListRow } from '../../src/paging/row-range.ts';

const LISTS = ['left', 'middle', 'right'] as const;
const MERGED = { lists: LISTS, order: 'newest first' } as const;
const IN_TURN = { lists: LISTS, order: 'own', cursorCode: 6 } as const;

const anchor = (id: string, rest: Partial<Anchor> = {}): Anchor => ({
  offset: 5,
  total: 9,
  key: keyOf(id),
  createdAt: 7,
  ordered: true,
  neighbours: { side: 'above', keys: ['abcdef'], complete: true },
  ...rest,
});
const row = (id: string): ListRow => ({ id, createdSecond: 7 });

/** The anchor of a returned row, as described by {@link anchor}. */
const shown = (id: string, rest: Partial<Anchor> = {}, of = row(id)) => {
  const { offset, total, ordered, neighbours } = anchor(id, rest);
  return anchorOfRow(of, offset, total, ordered, neighbours, true);
};

describe('a cursor of one list', () => {
  test.each(LISTS)('decodes to the boundary of its row in %s', (list) => {
    for (const definition of [MERGED, IN_TURN]) {
      const text = cursorInOne(definition, list, list, shown('a'));
      for (const side of ['after', 'before'] as const)
        expect([...readCursor(definition, list, side, text)]).toEqual([
          [list, { anchor: anchor('a'), side }],
        ]);
    }
  });

  test('is rejected in another list, with the names of the argument and both lists', () => {
    const text = cursorInOne(MERGED, 'left', 'left', shown('a'));
    for (const list of ['right', 'All'] as const) {
      const read = () => readCursor(MERGED, list, 'before', text);
      expect(read).toThrow(BadInputError);
      expect(read).toThrow(
        `\`before\` is a cursor of the list of type LEFT; it cannot be used with type ${list.toUpperCase()}.`,
      );
      expect(read).toThrow(
        expect.objectContaining({ extensions: expect.objectContaining({ argument: 'before' }) }),
      );
    }
  });
});

describe('a cursor of merged lists', () => {
  const anchors = [anchor('a'), anchor('b', { offset: 6 }), anchor('c', { offset: -1 })];

  test('decodes to the boundary of its row, and of the row above it in each other list', () => {
    const text = cursorInAll(MERGED, 'middle', anchors);
    expect([...readCursor(MERGED, 'All', 'after', text)]).toEqual([
      ['left', { anchor: anchors[0], side: 'after' }],
      ['middle', { anchor: anchors[1], side: 'after' }],
      ['right', { anchor: anchors[2], side: 'after' }],
    ]);
    expect([...readCursor(MERGED, 'All', 'before', text)]).toEqual([
      ['left', { anchor: anchors[0], side: 'after' }],
      ['middle', { anchor: anchors[1], side: 'before' }],
      ['right', { anchor: anchors[2], side: 'after' }],
    ]);
  });

  test('is rejected in one of these lists', () => {
    const text = cursorInAll(MERGED, 'middle', anchors);
    expect(() => readCursor(MERGED, 'middle', 'after', text)).toThrow(
      '`after` is a cursor of the list of type ALL; it cannot be used with type MIDDLE.',
    );
  });

  test('with a wrong number of anchors is rejected', () => {
    for (const wrong of [anchors.slice(1), [...anchors, anchor('d')]]) {
      const text = cursorInAll(MERGED, 'middle', wrong);
      const read = () => readCursor(MERGED, 'All', 'after', text);
      expect(read).toThrow('`after` is not a cursor of this gateway.');
      expect(read).toThrow(
        expect.objectContaining({ extensions: expect.objectContaining({ argument: 'after' }) }),
      );
    }
    const two = encodeCursor({ list: 1, anchors: anchors.slice(1) });
    expect(() => readCursor(MERGED, 'middle', 'after', two)).toThrow(
      '`after` is not a cursor of this gateway.',
    );
  });
});

describe('a cursor of concatenated lists', () => {
  test('has one anchor, in the list of its row', () => {
    for (const list of LISTS) {
      const text = cursorInOne(IN_TURN, 'All', list, shown('a'));
      for (const side of ['after', 'before'] as const)
        expect([...readCursor(IN_TURN, 'All', side, text)]).toEqual([[list, { anchor: anchor('a'), side }]]);
    }
  });
});

describe('a cursor of a search', () => {
  const FILTER = '0123456789ab';
  const inOne = cursorInSearch(MERGED, 'left', 'left', [anchor('a')], FILTER);

  test('decodes to the boundary of its row in a search with the same filter', () => {
    for (const side of ['after', 'before'] as const)
      expect([...readCursor(MERGED, 'left', side, inOne, FILTER)]).toEqual([
        ['left', { anchor: anchor('a'), side }],
      ]);
    const anchors = [anchor('a'), anchor('b'), anchor('c')];
    const inAll = cursorInSearch(MERGED, 'All', 'right', anchors, FILTER);
    expect([...readCursor(MERGED, 'All', 'before', inAll, FILTER)]).toEqual([
      ['left', { anchor: anchors[0], side: 'after' }],
      ['middle', { anchor: anchors[1], side: 'after' }],
      ['right', { anchor: anchors[2], side: 'before' }],
    ]);
  });

  test.each([
    [
      'a search with another filter',
      inOne,
      'ba9876543210',
      'another search',
      'this one, whose filter differs',
    ],
    ['a list without a filter', inOne, undefined, 'a search', 'a list without a filter'],
    [
      'a search, when it is of a list without a filter',
      cursorInOne(MERGED, 'left', 'left', shown('a')),
      FILTER,
      'a list without a filter',
      'a search',
    ],
  ])('is rejected in %s, with the name of its argument', (_, text, filter, owner, user) => {
    const read = () => readCursor(MERGED, 'left', 'after', text, filter);
    expect(read).toThrow(BadInputError);
    expect(read).toThrow(`\`after\` is a cursor of ${owner}; it cannot be used with ${user}.`);
    expect(read).toThrow(
      expect.objectContaining({ extensions: expect.objectContaining({ argument: 'after' }) }),
    );
  });
});

describe('families of lists', () => {
  test('have list codes of their own, two for each list', () => {
    const codes = [MERGED, IN_TURN].flatMap((definition) =>
      LISTS.flatMap((list) => [
        decodeCursor(cursorInOne(definition, list, list, shown('a'))).list,
        decodeCursor(cursorInAll(definition, list, [anchor('a')])).list,
      ]),
    );
    expect(codes).toEqual([0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11]);
  });

  test('reject cursors of other families', () => {
    for (const list of [0, 5, 12, 15]) {
      const text = encodeCursor({ list, anchors: [anchor('a')] });
      for (const name of [...LISTS, 'All'] as const)
        expect(() => readCursor(IN_TURN, name, 'after', text)).toThrow(
          '`after` is a cursor of another connection; allowed is',
        );
    }
    const other = encodeCursor({ list: 6, anchors: [anchor('a')] });
    expect(() => readCursor(MERGED, 'left', 'after', other)).toThrow(
      '`after` is a cursor of another connection; allowed is',
    );
  });
});

test('a string that is not a cursor is rejected with the reason and the name of its argument', () => {
  const read = () => readCursor(MERGED, 'left', 'after', 'MTA=');
  expect(read).toThrow(BadInputError);
  expect(read).toThrow(
    '`after` is not a cursor of this gateway; pass on an `endCursor`, `startCursor` or `cursor` unchanged.',
  );
  expect(read).toThrow(
    expect.objectContaining({ extensions: expect.objectContaining({ argument: 'after' }) }),
  );
});

describe('the memoized cursor of a row', () => {
  const changes: readonly Partial<Anchor>[] = [
    { offset: 6 },
    { total: 10 },
    { ordered: false },
    { neighbours: { side: 'below', keys: ['abcdef'], complete: true } },
    { neighbours: { side: 'above', keys: ['abcdef'], complete: false } },
    { neighbours: { side: 'above', keys: [], complete: true } },
    { neighbours: { side: 'above', keys: ['abcdee'], complete: true } },
    { neighbours: { side: 'above', keys: ['abcdef', 'abcdee'], complete: true } },
  ];

  test.each(changes.map((change) => [JSON.stringify(change), change] as const))(
    'changes with %s',
    (_, change) => {
      const same = row('a');
      const first = cursorInOne(MERGED, 'left', 'left', shown('a', {}, same));
      const changed = cursorInOne(MERGED, 'left', 'left', shown('a', change, same));
      expect(decodeCursor(changed)).toEqual({ list: 0, anchors: [anchor('a', change)] });
      expect(cursorInOne(MERGED, 'left', 'left', shown('a', {}, same))).toBe(first);
    },
  );

  test('changes with the second neighbour key', () => {
    const neighbours = (keys: readonly string[]) => ({
      neighbours: { side: 'above', keys, complete: true } as const,
    });
    const same = row('a');
    cursorInOne(MERGED, 'left', 'left', shown('a', neighbours(['abcdef', '000000']), same));
    const text = cursorInOne(MERGED, 'left', 'left', shown('a', neighbours(['abcdef', '000001']), same));
    expect(decodeCursor(text).anchors[0]?.neighbours.keys).toEqual(['abcdef', '000001']);
  });

  test('changes with the list', () => {
    const same = shown('a');
    cursorInOne(MERGED, 'left', 'left', same);
    expect(decodeCursor(cursorInOne(MERGED, 'right', 'right', same)).list).toBe(2);
  });

  test('is reused if nothing has changed', () => {
    const same = row('a');
    const first = shown('a', {}, same);
    expect(shown('a', {}, same)).toBe(first);
    expect(cursorInOne(MERGED, 'left', 'left', first)).toBe(cursorInOne(MERGED, 'left', 'left', first));
  });
});
