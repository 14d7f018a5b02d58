import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Anchor, decodeCursor, encodeCursor, type Resumption } from '../../src/paging/cursor.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { askWithCost, WAYS } from '../limits/told.ts';
import { refusal, rowsOf, SEARCH, SEARCH_AND_COUNT, search } from './search-client.ts';

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway?.[Symbol.asyncDispose]());
beforeEach(() => gateway.emulator.resetCalls());

const FROM = '2023-04-01T06:23:59Z';

describe('an invalid filter is BAD_USER_INPUT that names its part, without an upstream call', () => {
  test.each([
    ['an empty text', { text: '' }, 'filter.text'],
    ['a text of 101 characters', { text: 'a'.repeat(101) }, 'filter.text'],
    ['a text of 101 characters beyond the first plane', { text: '🎧'.repeat(101) }, 'filter.text'],
    ['a text of a hundred thousand characters', { text: 'a'.repeat(90_000) }, 'filter.text'],
    ['a lone surrogate', { text: 'a\ud83c' }, 'filter.text'],
    ['an invalid time', { createdFrom: 'yesterday' }, 'filter.createdFrom'],
    ['a date alone', { createdFrom: '2023-04-01' }, 'filter.createdFrom'],
    ['a time without a zone', { createdBefore: '2023-04-01T06:23:59' }, 'filter.createdBefore'],
    ['February 30', { createdBefore: '2023-02-30T00:00:00Z' }, 'filter.createdBefore'],
    ['hour 24', { createdFrom: '2023-02-03T24:00:00Z' }, 'filter.createdFrom'],
    ['a number for a time', { createdFrom: 5 }, 'filter.createdFrom'],
    [
      'a time of a thousand digits',
      { createdFrom: `2023-04-01T06:23:59.${'0'.repeat(1000)}Z` },
      'filter.createdFrom',
    ],
    ['an empty time range', { createdFrom: FROM, createdBefore: FROM }, 'filter.createdBefore'],
    [
      'times the wrong way round',
      { createdFrom: FROM, createdBefore: '2023-04-01T06:23:58Z' },
      'filter.createdBefore',
    ],
    [
      'equal moments in two zones',
      { createdFrom: FROM, createdBefore: '2023-04-01T14:23:59+08:00' },
      'filter.createdBefore',
    ],
  ])('%s', async (_, filter, argument) => {
    expect(await refusal(gateway, { filter })).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT', argument } },
    ]);
    expect(gateway.emulator.calls).toEqual([]);
  });

  test('in the query text too', async () => {
    for (const [filter, argument] of [
      ['{ text: "" }', 'filter.text'],
      ['{ createdFrom: "x" }', 'filter.createdFrom'],
    ]) {
      const { errors } = await gateway.ask(
        `{ searchCustomizedVoiceJobs(filter: ${filter}) { scannedCount } }`,
      );
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument } }]);
    }
  });

  test.each([{ filter: { first: 3 } }, { filter: { status: ['DONE'] } }, { filter: null }, {}])(
    'a value of another type: %j',
    async (variables) => {
      expect((await refusal(gateway, variables))?.[0]?.extensions.code).toMatch(
        /^(BAD_USER_INPUT|GRAPHQL_VALIDATION_FAILED)$/,
      );
    },
  );
});

test.each([
  ['a text of 100 characters', { text: 'a'.repeat(100) }],
  ['a text of 100 characters beyond the first plane', { text: '🎧'.repeat(100) }],
  ['more entries than the enum has values', { status: Array.from({ length: 50 }, () => 'FAIL') }],
  [
    'null for every part',
    { text: null, status: null, gender: null, scenario: null, createdFrom: null, createdBefore: null },
  ],
])('%s is a valid filter', async (_, filter) => {
  expect(await refusal(gateway, { filter })).toBeUndefined();
});

test('an empty filter matches every job, and an empty list none, without a call', async () => {
  expect((await search(gateway, { filter: {}, first: 100 }, true)).matchCount).toBe(313);
  gateway.emulator.resetCalls();
  for (const part of ['status', 'gender', 'scenario'])
    expect(await search(gateway, { filter: { [part]: [] } }, true)).toMatchObject({
      ids: [],
      matchCount: 0,
      scannedCount: 0,
      calls: 0,
      info: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    });
});

describe('a search cursor is bound to its list and its filter', () => {
  const failed = { filter: { status: ['FAIL'] } };

  test('and rejected for another filter, with the name of its argument', async () => {
    const { cursors } = await search(gateway, failed);
    for (const argument of ['after', 'before'] as const)
      expect(
        await refusal(gateway, { filter: { status: ['SUCCESS'] }, [argument]: cursors[0] }),
      ).toMatchObject([
        {
          message: expect.stringContaining('another search'),
          extensions: { code: 'BAD_USER_INPUT', argument },
        },
      ]);
  });

  test('and rejected for another type', async () => {
    const { cursors } = await search(gateway, failed);
    expect(await refusal(gateway, { ...failed, type: 'BASIC', after: cursors[0] })).toMatchObject([
      {
        message: expect.stringContaining('type ALL'),
        extensions: { code: 'BAD_USER_INPUT', argument: 'after' },
      },
    ]);
  });

  test('and rejected by a list, as a list cursor is by a search', async () => {
    const listed = await gateway.ask('{ customizedVoiceJobs(type: ALL) { pageInfo { endCursor } } }');
    const after = listed.data.customizedVoiceJobs.pageInfo.endCursor;
    expect(await refusal(gateway, { filter: {}, after })).toMatchObject([
      {
        message: expect.stringContaining('list without a filter'),
        extensions: { code: 'BAD_USER_INPUT', argument: 'after' },
      },
    ]);
    const { cursors } = await search(gateway, { filter: {} });
    const { errors } = await gateway.ask(
      `{ customizedVoiceJobs(type: ALL, before: "${cursors[0]}") { totalCount } }`,
    );
    expect(errors).toMatchObject([
      {
        message: expect.stringContaining('cursor of a search'),
        extensions: { code: 'BAD_USER_INPUT', argument: 'before' },
      },
    ]);
  });

  test('and accepted for an equivalent filter', async () => {
    const { cursors } = await search(gateway, { filter: { text: 'A', status: ['FAIL', 'SUCCESS'] } });
    const same = {
      filter: { text: 'a', status: ['SUCCESS', 'FAIL', 'FAIL'], gender: null },
      after: cursors[2] ?? null,
    };
    expect((await search(gateway, same)).info.hasPreviousPage).toBe(true);
  });
});

describe('the cost of a search', () => {
  const planned = async (query: string, variables = {}) =>
    (await askWithCost(gateway, { query, variables })).extensions?.cost;

  test('is ten planned calls, whatever its window and its cursors', async () => {
    const { cursors } = await search(gateway, { filter: {} });
    for (const window of [{}, { first: 100 }, { last: 100 }, { after: cursors[0] }, { first: 0 }])
      expect(await planned(SEARCH, { filter: {}, ...window })).toMatchObject({ plannedUpstreamCalls: 10 });
    expect(await planned('{ searchCustomizedVoiceJobs(filter: {}) { __typename } }')).toMatchObject({
      plannedUpstreamCalls: 0,
      upstreamCalls: 0,
    });
  });

  test.each(WAYS)(
    'counts equal searches of one operation once, and different ones separately, by %s',
    async (_, headers) => {
      const one = 'searchCustomizedVoiceJobs(filter: $f, first: 3)';
      const cases = [
        [`a: ${one} { scannedCount } b: ${one} { matchCount }`, 10, 4],
        [
          `a: ${one} { scannedCount } b: searchCustomizedVoiceJobs(filter: $f, first: 7) { nodes { id } }`,
          20,
          2,
        ],
        [
          `a: ${one} { nodes { id } } b: searchCustomizedVoiceJobs(filter: {}, first: 2) { matchCount }`,
          20,
          4,
        ],
      ] as const;
      for (const [fields, plannedUpstreamCalls, upstreamCalls] of cases) {
        const query = `query ($f: CustomizedVoiceJobFilter!) { ${fields} }`;
        const { data, errors, extensions } = await askWithCost(
          gateway,
          { query, variables: { f: { gender: ['FEMALE'] } } },
          headers,
        );
        expect(errors).toBeUndefined();
        expect(extensions?.cost).toMatchObject({ plannedUpstreamCalls, upstreamCalls });
        expect(Object.keys(data)).toEqual(['a', 'b']);
      }
    },
  );

  test('of both lists is at most LIMIT_SEARCH_CALLS calls, as planned', async () => {
    for (const searchCalls of [2, 3]) {
      await using limited = await startGateway({ gateway: { limits: { searchCalls } } });
      const query = `{ searchCustomizedVoiceJobs(filter: {}) { matchCount scannedCount } }`;
      const { data, extensions } = await askWithCost(limited, { query });
      expect(extensions?.cost).toMatchObject({
        plannedUpstreamCalls: searchCalls,
        upstreamCalls: searchCalls,
      });
      expect(data.searchCustomizedVoiceJobs.matchCount).toBeNull();
    }
  });

  test('exceeds the limit for fifty different searches in one operation', async () => {
    const fields = Array.from(
      { length: 50 },
      (_, index) => `f${index}: searchCustomizedVoiceJobs(filter: { text: "${index}" }) { scannedCount }`,
    );
    const { errors } = await gateway.ask(`{ ${fields.join(' ')} }`);
    expect(errors?.[0]?.extensions.code).toBe('OPERATION_TOO_COMPLEX');
    expect(gateway.emulator.calls).toEqual([]);
  });
});

test('a search shares the pages of a list in the same operation', async () => {
  const query = `{ searchCustomizedVoiceJobs(filter: {}, type: BASIC) { nodes { jobId } } customizedVoiceJobs(first: 100) { nodes { jobId } } }`;
  const { data } = await gateway.ask(query);
  expect(data.searchCustomizedVoiceJobs.nodes).toEqual(data.customizedVoiceJobs.nodes.slice(0, 10));
  expect(gateway.emulator.calls).toHaveLength(1);
});

test('with a cache, a second search costs no call, whatever its filter and its window', async () => {
  await using cached = await startGateway({ gateway: { cache: { ttlMs: 3_600_000, staleIfErrorMs: 0 } } });
  expect((await search(cached, { filter: {} }, true)).calls).toBe(4);
  for (const window of [{ first: 100 }, { last: 100 }])
    for (const filter of [{ gender: ['MALE'] }, { text: 'a' }, { createdFrom: '2024-01-01T00:00:00Z' }])
      expect((await search(cached, { filter, ...window }, true)).calls).toBe(0);
});

test('concurrent searches read each page once', async () => {
  await using cached = await startGateway({ gateway: { cache: { ttlMs: 3_600_000, staleIfErrorMs: 0 } } });
  const filters = Array.from({ length: 20 }, (_, index) => ({ text: String(index) }));
  await Promise.all(filters.map((filter) => search(cached, { filter }, true)));
  expect(cached.emulator.calls).toHaveLength(4);
});

test('an upstream error is the error of the search', async () => {
  const lift = gateway.emulator.fault({ kind: 'error', code: 'ServiceUnavailable', status: 503 });
  const { errors, data } = await gateway.ask(SEARCH_AND_COUNT, { filter: {} });
  lift();
  expect(data).toBeNull();
  const codes = errors?.map(({ extensions }) => extensions.code);
  expect(new Set(codes)).toEqual(new Set(['UPSTREAM_UNAVAILABLE']));
});

test('the subgraph has the search too', async () => {
  const { data } = await gateway.ask(SEARCH_AND_COUNT, { filter: { status: ['FAIL'] } }, {}, '/subgraph');
  const failed = rowsOf(gateway, 'ALL').filter(({ Status }) => Status === 'Fail');
  expect(data.searchCustomizedVoiceJobs.matchCount).toBe(failed.length);
});

test('a time range finds jobs without a time or out of order, by scanning the whole list', async () => {
  await using strange = await startGateway({ emulator: { basicCount: 400, standardCount: 0 } });
  const rows = strange.emulator.list('Basic');
  const [newest, oldest] = [rows[0]?.CreateTime ?? '', rows[399]?.CreateTime ?? ''];
  const moved = { ...rows[350], CreateTime: newest };
  strange.emulator.replace(
    'Basic',
    rows.map((row, index) =>
      index === 350 ? moved : index === 20 ? { ...row, CreateTime: '' } : row,
    ) as typeof rows,
  );
  const page = await search(strange, { filter: { createdFrom: newest }, type: 'BASIC' }, true);
  expect(page).toMatchObject({ ids: [rows[0]?.JobId, rows[350]?.JobId], matchCount: 2, scannedCount: 400 });
  const all = await search(strange, { filter: { createdFrom: oldest }, type: 'BASIC', first: 1 }, true);
  expect(all.matchCount).toBe(399);
});

describe('matchCount of a page after or before a cursor', () => {
  test.each(['after', 'before'] as const)(
    'counts each job once %s a cursor whose row has moved while the list kept its length',
    async (argument) => {
      await using moving = await startGateway({ emulator: { basicCount: 250, standardCount: 0 } });
      const end = argument === 'after' ? 'first' : 'last';
      const { cursors } = await search(moving, { filter: {}, type: 'BASIC', [end]: 60 });
      const cursor = argument === 'after' ? cursors.at(-1) : cursors[0];
      for (let moves = 1; moves <= 3; moves++) {
        moving.emulator.insert('Basic');
        moving.emulator.remove(moving.emulator.list('Basic')[argument === 'after' ? 249 : 30]?.JobId ?? '');
        const page = await search(moving, { filter: {}, type: 'BASIC', [end]: 5, [argument]: cursor }, true);
        expect(page.matchCount).toBe(250);
      }
    },
  );

  test('counts the jobs that came in above the first one, whose cursor is `before`', async () => {
    await using grown = await startGateway({ emulator: { basicCount: 3, standardCount: 0 } });
    const { cursors } = await search(grown, { filter: {}, first: 1 });
    const [first] = grown.emulator.list('Basic');
    const added = [...grown.emulator.insertMany('Standard', 120), ...grown.emulator.insertMany('Basic', 60)];
    grown.emulator.remove(first?.JobId ?? '');
    const page = await search(grown, { filter: {}, first: 100, before: cursors[0] ?? null }, true);
    expect(page).toMatchObject({ matchCount: added.length + 2, info: { hasNextPage: true } });
    expect(page.ids).toEqual(
      rowsOf(grown, 'ALL')
        .slice(0, 100)
        .map(({ JobId }) => JobId),
    );
  });

  /** A cursor of a search that ended before its first row, for which a list is still at the edge where the search started. */
  async function atEdge(side: Resumption['side']): Promise<string> {
    const { cursors } = await search(gateway, { filter: {}, first: 50 });
    const cursor = decodeCursor(String(cursors.at(-1)));
    const [basic, standard] = cursor.anchors as [Anchor, Anchor];
    return encodeCursor({
      ...cursor,
      anchors: [
        { ...basic, resumption: { side: 'after' } },
        { ...standard, resumption: { side } },
      ],
    });
  }

  test.each([
    ['after', 'start'],
    ['before', 'end'],
  ] as const)(
    'counts no job twice %s a cursor that has not left the %s of a list',
    async (argument, side) => {
      const page = await search(gateway, { filter: {}, [argument]: await atEdge(side) }, true);
      expect(page.matchCount).toBe(313);
    },
  );

  test.each([
    ['before', 'start', 'after'],
    ['after', 'end', 'before'],
  ] as const)(
    'is an error %s a cursor that has not left the %s of a list, because only the other direction can use it',
    async (argument, side, other) => {
      expect(await refusal(gateway, { filter: {}, [argument]: await atEdge(side) })).toMatchObject([
        {
          message: `\`${argument}\` is a cursor of a search in the other direction that has not read its first row; it can only be used as \`${other}\`.`,
          extensions: { code: 'BAD_USER_INPUT', argument },
        },
      ]);
    },
  );
});
