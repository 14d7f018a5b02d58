import { describe, expect, test } from 'vitest';
import { type Anchor, encodeCursor, keyOf } from '../../src/paging/cursor.ts';
import { REALIGN_CALLS_PER_LIST } from '../../src/paging/realign/realign-budget.ts';
import type { ListRow } from '../../src/paging/row-range.ts';
import { ChangingList, cursorAt, idsOf, timed, untimed } from './changing-list.ts';
import { Library } from './foreign-list.ts';

const anchor = (rest: Partial<Anchor>): Anchor => ({
  offset: 500,
  total: 10_000,
  key: keyOf('gone'),
  createdAt: null,
  ordered: false,
  neighbours: { side: 'above', keys: [], complete: false },
  ...rest,
});
const forged = (rest: Partial<Anchor>) => encodeCursor({ list: 0, anchors: [anchor(rest)] });

describe('a page of no rows', () => {
  const both = { hasPreviousPage: true, hasNextPage: true };

  test.each(['newest first', 'own'] as const)(
    'of a list that is %s is at the offset of the cursor, and costs one row',
    async (order) => {
      const list = new ChangingList(order === 'own' ? untimed(1000) : timed(1000), { order });
      const [first, middle, last] = [
        await cursorAt(list, 0),
        await cursorAt(list, 499),
        await cursorAt(list, 999),
      ];
      for (const [args, flags] of [
        [{ first: 0 }, { hasPreviousPage: false, hasNextPage: true }],
        [{ last: 0 }, { hasPreviousPage: true, hasNextPage: false }],
        [{ first: 0, after: middle }, both],
        [{ last: 0, before: middle }, both],
        [
          { first: 0, after: last },
          { hasPreviousPage: true, hasNextPage: false },
        ],
        [
          { last: 0, before: first },
          { hasPreviousPage: false, hasNextPage: true },
        ],
        [
          { last: 0, after: last },
          { hasPreviousPage: true, hasNextPage: false },
        ],
        [
          { first: 0, before: first },
          { hasPreviousPage: false, hasNextPage: true },
        ],
      ] as const) {
        list.forget();
        expect(await list.page(args)).toMatchObject({ ids: [], ...flags });
        expect(list.pages).toEqual(['1 of 1']);
      }
      list.rows.length = 400;
      expect(await list.page({ first: 0, after: middle })).toMatchObject({
        hasPreviousPage: true,
        hasNextPage: false,
      });
    },
  );

  test.each(['newest first', 'own'] as const)(
    'between crossed, adjacent or equal cursors of a list that is %s is empty',
    async (order) => {
      const list = new ChangingList(order === 'own' ? untimed(1000) : timed(1000), { order });
      const [upper, next, lower] = [
        await cursorAt(list, 499),
        await cursorAt(list, 500),
        await cursorAt(list, 507),
      ];
      for (const rows of [{ first: 10 }, { last: 10 }]) {
        for (const [after, before] of [
          [lower, upper],
          [upper, next],
          [upper, upper],
        ] as const) {
          list.forget();
          expect(await list.page({ ...rows, after, before })).toMatchObject({ ids: [], ...both });
          expect(list.pages).toEqual(['1 of 1']);
        }
      }
    },
  );
});

test('rows between two cursors of different states of the list are found', async () => {
  const list = new ChangingList(timed(1000));
  const after = await cursorAt(list, 499);
  list.remove(...idsOf(0, 300));
  const before = await cursorAt(list, 204);
  for (const rows of [{ first: 50 }, { last: 50 }])
    expect((await list.page({ ...rows, after, before })).ids).toEqual(idsOf(500, 504));
});

describe('rows between an edge of a list and a cursor', () => {
  test.each(['newest first', 'own'] as const)(
    'of a list that is %s cost no more rows than they are, and that of the cursor',
    async (order) => {
      const list = new ChangingList(order === 'own' ? untimed(1000) : timed(1000), { order });
      const [upper, lower] = [await cursorAt(list, 5), await cursorAt(list, 990)];
      for (const [args, ids, pages] of [
        [{ first: 100, before: upper }, idsOf(0, 5), ['1 of 6']],
        [{ first: 3, before: upper }, idsOf(0, 3), ['1 of 3']],
        [{ last: 100, before: upper }, idsOf(0, 5), ['1 of 6']],
        [{ last: 100, after: lower }, idsOf(991, 1000), ['100 of 10']],
        [{ last: 3, after: lower }, idsOf(997, 1000), ['250 of 4']],
        [{ first: 20, after: lower }, idsOf(991, 1000), ['100 of 10']],
      ] as const) {
        list.forget();
        expect((await list.page(args)).ids).toEqual(ids);
        expect(list.pages).toEqual(pages);
      }
    },
  );
});

describe('a list that is newest first', () => {
  test('at rest costs one call per page, without re-alignment', async () => {
    const list = new ChangingList(timed(1000));
    const after = await cursorAt(list, 499);
    expect((await list.page({ first: 10, after })).ids).toEqual(idsOf(500, 510));
    expect((await list.page({ last: 10, before: after })).ids).toEqual(idsOf(489, 499));
    expect([list.calls, list.outcomes]).toEqual([2, []]);
  });

  test.each([1, 10, 70, 300])('that has grown by %i rows costs two calls', async (grown) => {
    const list = new ChangingList(timed(1000));
    const after = await cursorAt(list, 499);
    list.addOnTop(grown);
    expect((await list.page({ first: 10, after })).ids).toEqual(idsOf(500, 510));
    expect(list.outcomes).toEqual(['found']);
    expect(list.calls).toBeLessThanOrEqual(2);
    list.forget();
    expect((await list.page({ last: 10, before: after })).ids).toEqual(idsOf(489, 499));
    expect(list.calls).toBeLessThanOrEqual(2);
  });

  test.each([
    ['the cursor’s row', [499]],
    ['the rows around it', [497, 498, 499, 500, 501]],
    ['a hundred rows around it', Array.from({ length: 100 }, (_, n) => 450 + n)],
  ])('that has lost %s continues behind it', async (_, gone) => {
    const list = new ChangingList(timed(1000));
    const after = await cursorAt(list, 499);
    list.remove(...gone.map((n) => `row ${n}`));
    list.addOnTop(gone.length);
    const [last] = [Math.max(499, ...gone)];
    const [first] = [Math.min(499, ...gone)];
    expect((await list.page({ first: 10, after })).ids).toEqual(idsOf(last + 1, last + 11));
    expect((await list.page({ last: 10, before: after })).ids).toEqual(idsOf(first - 10, first));
    expect(list.outcomes.every((outcome) => outcome === 'found')).toBe(true);
  });

  test('that has lost most of its rows is bisected, with logarithmically many calls', async () => {
    const list = new ChangingList(timed(20_000));
    const after = await cursorAt(list, 12_345);
    // Keeps every fourth of the first 12,000 rows, and none around the cursor.
    list.rows = list.rows.filter((_, n) => (n < 12_000 ? n % 4 === 0 : n < 12_300 || n > 12_400));
    expect((await list.page({ first: 10, after })).ids).toEqual(idsOf(12_401, 12_411));
    expect(list.calls).toBeLessThanOrEqual(8);
    expect(list.outcomes).toEqual(['found']);
  });

  test('continues from the end if all rows behind the cursor were deleted', async () => {
    const list = new ChangingList(timed(300));
    const after = await cursorAt(list, 199);
    list.rows.length = 150;
    expect(await list.page({ first: 10, after })).toMatchObject({
      ids: [],
      hasNextPage: false,
      hasPreviousPage: true,
    });
    expect((await list.page({ last: 10, before: after })).ids).toEqual(idsOf(140, 150));
  });

  test('continues from the start if all rows up to the cursor were deleted', async () => {
    const list = new ChangingList(timed(300));
    const after = await cursorAt(list, 199);
    list.rows.splice(0, 210);
    expect(await list.page({ first: 10, after })).toMatchObject({
      ids: idsOf(210, 220),
      hasPreviousPage: false,
    });
    expect(await list.page({ last: 10, before: after })).toMatchObject({ ids: [], hasNextPage: true });
  });

  test('that is empty now returns an empty page', async () => {
    const list = new ChangingList(timed(300));
    const after = await cursorAt(list, 199);
    list.rows = [];
    for (const args of [
      { first: 10, after },
      { last: 10, before: after },
    ])
      expect(await list.page(args)).toMatchObject({ ids: [], hasNextPage: false, hasPreviousPage: false });
  });

  test('that changes between two pages of one window returns all of it', async () => {
    const list = new ChangingList(timed(1000));
    const after = await cursorAt(list, 449);
    list.addOnTop(7);
    let calls = 0;
    list.happens = () => {
      if (++calls === 2) list.addOnTop(3);
    };
    const { ids } = await list.page({ first: 100, after });
    expect(ids).toEqual(idsOf(450, 450 + ids.length));
    expect(ids.length).toBeGreaterThan(0);
  });

  test('stops before a cursor that has moved', async () => {
    const list = new ChangingList(timed(1000));
    const after = await cursorAt(list, 499);
    const before = await cursorAt(list, 507);
    list.addOnTop(20);
    expect((await list.page({ first: 50, after, before })).ids).toEqual(idsOf(500, 507));
    expect((await list.page({ last: 50, after, before })).ids).toEqual(idsOf(500, 507));
    list.remove('row 499', 'row 507');
    expect((await list.page({ first: 50, after, before })).ids).toEqual(idsOf(500, 507));
    expect((await list.page({ last: 50, after, before })).ids).toEqual(idsOf(500, 507));
  });

  test('returns nothing between crossed cursors, without reading a page', async () => {
    const list = new ChangingList(timed(1000));
    const after = await cursorAt(list, 507);
    const before = await cursorAt(list, 499);
    for (const rows of [{ first: 10 }, { last: 10 }])
      expect(await list.page({ ...rows, after, before })).toMatchObject({
        ids: [],
        hasNextPage: true,
        hasPreviousPage: true,
      });
    expect(list.calls).toBe(2);
  });
});

describe('many rows of one second', () => {
  test('are told apart by the neighbours in the cursor', async () => {
    const list = new ChangingList(timed(1000, 10));
    const after = await cursorAt(list, 495);
    list.addOnTop(20);
    list.remove('row 495', 'row 494');
    expect((await list.page({ first: 10, after })).ids).toEqual(idsOf(496, 506));
    expect((await list.page({ last: 10, before: after })).ids).toEqual(idsOf(484, 494));
  });

  test('whose known neighbours above were all deleted are all still to come', async () => {
    const list = new ChangingList(timed(1000, 10));
    const after = await cursorAt(list, 495);
    list.addOnTop(20);
    list.remove(...idsOf(490, 496));
    expect((await list.page({ first: 4, after })).ids).toEqual(idsOf(496, 500));
    expect(list.outcomes.every((outcome) => outcome === 'found')).toBe(true);
  });

  test('are estimated, and counted as guessed, if more of them were deleted than the cursor has neighbours', async () => {
    const list = new ChangingList(timed(1000, 200));
    const after = await cursorAt(list, 299);
    list.remove(...idsOf(280, 300));
    const { ids } = await list.page({ first: 10, after });
    expect(list.outcomes).toEqual(['guessed']);
    expect(ids).toEqual(idsOf(300, 310));
  });

  test('are estimated by the growth of the list', async () => {
    const list = new ChangingList(timed(1000, 200));
    const after = await cursorAt(list, 299);
    list.addOnTop(50);
    list.remove(...idsOf(282, 300));
    const { ids } = await list.page({ first: 10, after });
    expect(list.outcomes).toEqual(['guessed']);
    expect(ids).toEqual(
      idsOf(ids.length === 0 ? 0 : Number(ids[0]?.slice(4)), Number(ids[0]?.slice(4)) + 10),
    );
    expect(Math.abs(Number(ids[0]?.slice(4)) - 300)).toBeLessThanOrEqual(20);
  });

  test('in the newest second keep their positions while others of that second are inserted above', async () => {
    const list = new ChangingList(timed(40, 40));
    const after = await cursorAt(list, 9);
    list.rows.unshift(...idsOf(100, 105).map((id) => ({ id, createdSecond: 1_000_000 })));
    expect((await list.page({ first: 5, after })).ids).toEqual(idsOf(10, 15));
    list.remove('row 9');
    expect((await list.page({ first: 5, after })).ids).toEqual(idsOf(10, 15));
  });
});

describe('a list without times', () => {
  test('at rest costs one call per page', async () => {
    const list = new ChangingList(untimed(1000), { order: 'own' });
    const after = await cursorAt(list, 499);
    expect((await list.page({ first: 10, after })).ids).toEqual(idsOf(500, 510));
    expect((await list.page({ last: 10, before: after })).ids).toEqual(idsOf(489, 499));
    expect([list.calls, list.outcomes]).toEqual([2, []]);
  });

  test.each([1, 30, 500])(
    'that has grown by %i rows is scanned outward from the expected offset',
    async (grown) => {
      const list = new ChangingList(untimed(1000), { order: 'own' });
      const after = await cursorAt(list, 499);
      list.addOnTop(grown);
      expect((await list.page({ first: 10, after })).ids).toEqual(idsOf(500, 510));
      expect(list.calls).toBeLessThanOrEqual(3);
    },
  );

  test('is scanned on both sides of the expected offset', async () => {
    for (const [cut, calls] of [
      [(rows: ListRow[]) => rows.splice(700, 250), 5],
      [(rows: ListRow[]) => rows.splice(0, 250), 3],
    ] as const) {
      const list = new ChangingList(untimed(1000), { order: 'own' });
      const after = await cursorAt(list, 499);
      cut(list.rows as ListRow[]);
      list.remove('row 499');
      expect((await list.page({ first: 10, after })).ids).toEqual(idsOf(500, 510));
      expect(list.calls).toBeLessThanOrEqual(calls);
      expect(list.outcomes).toEqual(['found']);
    }
  });

  test('that has lost the row and all its known neighbours is read at the old offset, which is counted', async () => {
    const list = new ChangingList(untimed(1000), { order: 'own' });
    const after = await cursorAt(list, 499);
    list.remove(...idsOf(480, 500));
    const { ids } = await list.page({ first: 10, after });
    expect(list.outcomes).toEqual(['offset']);
    expect(ids).toEqual(idsOf(520, 530));
    expect(list.calls).toBeLessThanOrEqual(1 + REALIGN_CALLS_PER_LIST);
  });

  test('that has lost all rows up to the cursor continues from its start, all rows from it on from its end', async () => {
    const list = new ChangingList(untimed(300), { order: 'own' });
    const after = await cursorAt(list, 9);
    list.remove(...idsOf(0, 10));
    expect((await list.page({ first: 5, after })).ids).toEqual(idsOf(10, 15));
    expect(list.outcomes).toEqual(['guessed']);
    const { startCursor: before } = await list.page({ last: 5 });
    list.rows.splice(-5);
    expect((await list.page({ last: 5, before })).ids).toEqual(idsOf(290, 295));
  });
});

describe('a forged cursor', () => {
  test.each([
    ['of a row that never existed', {}],
    ['of a time older than every row', { ordered: true, createdAt: 999_000 }],
    ['beyond the end', { offset: 2 ** 29, total: 2 ** 29 + 1 }],
    ['from the newest second', { offset: 0, ordered: true, createdAt: 1_000_000 }],
    ['with a total below its offset', { offset: 500, total: 3 }],
  ])('%s costs no more calls than its budget and the pages of its rows', async (_, rest) => {
    for (const args of [
      { first: 10, after: forged(rest) },
      { last: 10, before: forged(rest) },
    ]) {
      const list = new ChangingList(timed(10_000));
      const { ids } = await list.page(args);
      expect(ids.length).toBeLessThanOrEqual(10);
      expect(list.calls).toBeLessThanOrEqual(2 + REALIGN_CALLS_PER_LIST);
    }
  });
});

describe('re-alignment with a cache', () => {
  test('finds a moved row on cached pages without a call', async () => {
    const list = new ChangingList(timed(300), { isCached: true });
    const after = await cursorAt(list, 50);
    list.forget();
    list.addOnTop(10);
    expect((await list.page({ first: 10, after })).ids).toEqual(idsOf(51, 61));
    expect(list.calls).toBe(0);
  });

  test('returns each row once from pages read at different lengths of the list', async () => {
    const list = new ChangingList(timed(500), { isCached: true });
    const seen: string[] = [];
    let after: string | null = null;
    for (;;) {
      const page = await list.page({ first: 30, after });
      seen.push(...page.ids);
      list.addOnTop(7);
      if (!page.hasNextPage) break;
      after = page.endCursor;
    }
    expect(seen).toEqual(idsOf(0, 500));
  });
});

describe('unusable rows', () => {
  test('are skipped until the client gets a cursor to continue from', async () => {
    for (const [args, expected] of [
      [{ first: 10 }, 'row 150'],
      [{ last: 10 }, 'row 849'],
    ] as const) {
      const list = new ChangingList(timed(1000));
      list.rows = list.rows.map((row, n) => (n < 150 || n >= 850 ? undefined : row));
      const { ids } = await list.page(args);
      expect(ids).toContain(expected);
      expect(list.calls).toBeLessThanOrEqual(6);
    }
  });

  test('filling the whole list end in an empty page', async () => {
    const list = new ChangingList(timed(250));
    list.rows = list.rows.map(() => undefined);
    for (const args of [{ first: 10 }, { last: 10 }]) {
      list.forget();
      expect((await list.page(args)).ids).toEqual([]);
      expect(list.calls).toBeLessThanOrEqual(10);
    }
  });
});

describe('the last rows of a list whose length changes while it is read', () => {
  test.each([1, -1, 40, -40])('are those of its end, if it changes by %i rows', async (change) => {
    const list = new ChangingList(timed(1000));
    let calls = 0;
    list.happens = () => {
      if (++calls !== 2) return;
      if (change > 0) list.addOnTop(change);
      else list.rows.splice(0, -change);
    };
    expect((await list.page({ last: 10 })).ids).toEqual(idsOf(990, 1000));
    expect(list.calls).toBeLessThanOrEqual(4);
  });

  test('are the last rows of some state if it grows before each call', async () => {
    const list = new ChangingList(timed(1000));
    list.happens = () => list.addOnTop(1);
    const { ids } = await list.page({ last: 10 });
    expect(ids).toEqual(idsOf(990, 1000));
  });

  test('are found if the end is deleted', async () => {
    const list = new ChangingList(timed(1000));
    let calls = 0;
    list.happens = () => {
      if (++calls === 2) list.rows.length = 700;
    };
    expect((await list.page({ last: 10 })).ids).toEqual(idsOf(690, 700));
  });
});

describe('a page from the edge of a list to a cursor, between which rows were inserted,', () => {
  const inserted = { shelf: 'left', when: 'between', change: { kind: 'insert', at: 1, books: 5 } } as const;

  test.each([
    ['first', 'newest first', 0, 5],
    ['last', 'oldest first', 30, 35],
  ] as const)('has the %s rows of a list that is %s as it is', async (side, order, start, end) => {
    const library = new Library(order, 10);
    library.fill({ left: 30, right: 0 });
    const { edges } = library.connection('left', { [side]: 3 });
    const [cursor, other] = side === 'first' ? ['before', (await edges)[2]] : ['after', (await edges)[0]];
    await library.whileMovingBetween([inserted], async (happen) => happen(undefined));
    const page = await library.connection('left', { [side]: 5, [cursor]: other?.cursor }).edges;
    expect(page.map(({ node }) => node)).toEqual(library.books('left').slice(start, end));
  });
});
