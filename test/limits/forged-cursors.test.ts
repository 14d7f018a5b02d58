import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Anchor,
  type Cursor,
  decodeCursor,
  encodeCursor,
  keyOf,
  type Resumption,
} from '../../src/paging/cursor.ts';
import { readJobFilter } from '../../src/voice-jobs/job-filter.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { fc, runs } from '../runs.ts';
import { askWithCost, type ReportedCost, WAYS } from './told.ts';

/** Number of random operations per property, with one to six fields each. */
const OPERATIONS = runs(250);

const TYPES = ['BASIC', 'STANDARD', 'ALL'] as const;

/** Creation times in the middle of the lists. */
const FILTER = { createdBefore: '2024-01-01T00:00:00Z' };

/** List number and maximum number of anchors of a cursor, see the table of docs/cursors.md. */
const LISTS = [
  { list: 0, type: 'BASIC', anchors: 1 },
  { list: 1, type: 'STANDARD', anchors: 1 },
  { list: 2, type: 'ALL', anchors: 2 },
  { list: 3, type: 'ALL', anchors: 2 },
] as const;

const hex = (digits: number) =>
  fc
    .uint8Array({ minLength: digits / 2, maxLength: digits / 2 })
    .map((bytes) => Buffer.from(bytes).toString('hex'));

/** Offset, key, time and neighbour keys that no gateway has issued. */
function anchor(keys: readonly string[], seconds: readonly number[]): fc.Arbitrary<Anchor> {
  return fc.record({
    offset: fc.oneof(fc.integer({ min: -1, max: 320 }), fc.integer({ min: -1, max: 2 ** 30 - 1 })),
    total: fc.oneof(fc.constantFrom(271, 42), fc.nat(400), fc.nat(2 ** 30 - 1)),
    key: fc.oneof(fc.constantFrom(...keys), hex(16), fc.constant('0'.repeat(16))),
    createdAt: fc.oneof(fc.constantFrom(...seconds), fc.nat(2 ** 39), fc.constant(null)),
    ordered: fc.boolean(),
    neighbours: fc.record({
      side: fc.constantFrom('above' as const, 'below' as const),
      keys: fc.array(
        fc.oneof(
          hex(6),
          fc.constantFrom(...keys).map((key) => key.slice(0, 6)),
        ),
        { maxLength: 16 },
      ),
      complete: fc.boolean(),
    }),
    resumption: fc.option(resumptions, { nil: undefined }),
  });
}

const offsets = fc.oneof(fc.nat(400), fc.nat(2 ** 30 - 1));
/** Where a search goes on that ended before its first row; bounds may contradict the anchor and each other. */
const resumptions: fc.Arbitrary<Resumption> = fc.record({
  side: fc.constantFrom('after', 'before', 'start', 'end'),
  within: fc.option(
    fc.tuple(offsets, offsets).map(([lowest, more]) => ({ lowest, highest: lowest + more })),
    { nil: undefined },
  ),
});

/** A cursor of the gateway with modified numbers and a valid checksum. */
function mutated(given: readonly Cursor[], made: fc.Arbitrary<Anchor>): fc.Arbitrary<Cursor> {
  return fc
    .record({
      cursor: fc.constantFrom(...given),
      changes: fc.array(
        made.chain((other) => fc.subarray(Object.entries(other), { minLength: 1, maxLength: 3 })),
        { minLength: 2, maxLength: 2 },
      ),
    })
    .map(({ cursor, changes }) => ({
      ...cursor,
      anchors: cursor.anchors.map((old, index) => ({ ...old, ...Object.fromEntries(changes[index] ?? []) })),
    }));
}

describe.each([
  ['without a cache', 0],
  ['with cached pages', 3_600_000],
] as const)('%s', (_, ttlMs) => {
  let gateway: GatewayUnderTest;
  let field: fc.Arbitrary<string>;

  beforeAll(async () => {
    gateway = await startGateway({
      gateway: { cache: { ttlMs, staleIfErrorMs: ttlMs }, limits: { complexity: 1_000_000 } },
    });
    const given: Cursor[] = [];
    for (const type of TYPES)
      for (const end of ['first', 'last'])
        for (const { cursor } of await edges(`type: ${type}, ${end}: 100`)) given.push(decodeCursor(cursor));
    const jobs = (['Basic', 'Standard'] as const).flatMap((type) => gateway.emulator.list(type));
    const made = anchor(
      jobs.map(({ JobId }) => keyOf(JobId ?? '')),
      jobs.map(({ CreateTime }) => Date.parse(CreateTime ?? '') / 1000),
    );
    const forged = fc
      .constantFrom(...LISTS)
      .chain(({ list, anchors }) =>
        fc.array(made, { minLength: anchors, maxLength: anchors }).map((all) => ({ list, anchors: all })),
      );
    const cursor = fc.oneof(forged, mutated(given, made)).map((cursor) => ({
      type: LISTS[cursor.list]?.type,
      ofList: encodeCursor(cursor),
      ofSearch: encodeCursor({ ...cursor, filter: readJobFilter(FILTER).key }),
    }));
    field = fc
      .record({
        one: cursor,
        other: cursor,
        sides: fc.constantFrom('after', 'before', 'both'),
        end: fc.constantFrom('first', 'last'),
        rows: fc.oneof(fc.nat(100), fc.constantFrom(1, 49, 50, 92, 99, 100)),
        kind: fc.constantFrom('ofList' as const, 'ofSearch' as const),
      })
      .map(({ one, other, sides, end, rows, kind }) => {
        const after = one[kind];
        const before = one.type === other.type ? other[kind] : after;
        const args = {
          after: `after: "${after}"`,
          before: `before: "${after}"`,
          both: `after: "${after}", before: "${before}"`,
        };
        const window = `type: ${one.type}, ${end}: ${rows}, ${args[sides as keyof typeof args]}`;
        if (kind === 'ofSearch')
          return `searchCustomizedVoiceJobs(filter: { createdBefore: "${FILTER.createdBefore}" }, ${window}) { nodes { id } matchCount }`;
        return `customizedVoiceJobs(${window}) { nodes { id } pageInfo { hasNextPage } }`;
      });
  });
  afterAll(() => gateway?.[Symbol.asyncDispose]());

  async function edges(args: string): Promise<{ cursor: string }[]> {
    const { data } = await gateway.ask(`{ customizedVoiceJobs(${args}) { edges { cursor } } }`);
    return data.customizedVoiceJobs.edges;
  }

  async function costOfRun(query: string, headers: Record<string, string> = {}): Promise<ReportedCost> {
    gateway.emulator.resetCalls();
    const { errors, extensions } = await askWithCost(gateway, { query }, headers);
    if (extensions === undefined) throw new Error(`no cost for ${query}: ${JSON.stringify(errors)}`);
    return extensions.cost;
  }

  test.each(WAYS)(
    'property: no forged or modified cursor costs more upstream calls than planned, by %s',
    async (_way, headers) => {
      await fc.assert(
        fc.asyncProperty(fc.array(field, { minLength: 1, maxLength: 6 }), async (fields) => {
          const query = `{ ${fields.map((text, index) => `f${index}: ${text}`).join(' ')} }`;
          const { plannedUpstreamCalls, upstreamCalls } = await costOfRun(query, headers);
          expect(upstreamCalls).toBe(gateway.emulator.calls.length);
          expect(upstreamCalls).toBeLessThanOrEqual(plannedUpstreamCalls);
        }),
        { numRuns: OPERATIONS },
      );
    },
  );
});

/** A cursor of the Basic list, marked as unordered, with a key that no job has. */
const unknownRow = (offset: number, key: string, list = 0, anchors = 1) =>
  encodeCursor({
    list,
    anchors: Array.from({ length: anchors }, () => ({
      offset,
      total: 3000,
      key,
      createdAt: 1,
      ordered: false,
      neighbours: { side: 'above' as const, keys: [], complete: true },
    })),
  });

const pageAfter = (cursor: string, type = 'BASIC') =>
  `customizedVoiceJobs(type: ${type}, first: 1, after: "${cursor}") { nodes { jobId } }`;

describe('forged cursors in lists of 3,000 jobs', () => {
  let gateway: GatewayUnderTest;
  beforeAll(async () => {
    gateway = await startGateway({
      emulator: { basicCount: 3000, standardCount: 3000 },
      gateway: { cache: { ttlMs: 3_600_000, staleIfErrorMs: 0 } },
    });
  });
  afterAll(() => gateway?.[Symbol.asyncDispose]());

  async function run(query: string) {
    gateway.emulator.resetCalls();
    const { data, extensions } = await askWithCost(gateway, { query });
    return { data, ...extensions?.cost, calls: gateway.emulator.calls.length };
  }

  test.each([
    ['BASIC', 0, 1, 1 + 20],
    ['ALL', 2, 2, 2 * (1 + 20)],
  ] as const)(
    'a cursor into %s that claims an unordered list and an unknown key costs at most the planned calls',
    async (type, list, anchors, planned) => {
      const { calls, plannedUpstreamCalls } = await run(
        `{ ${pageAfter(unknownRow(9, 'a'.repeat(16), list, anchors), type)} }`,
      );
      expect(plannedUpstreamCalls).toBe(planned);
      expect(calls).toBeGreaterThan(1);
      expect(calls).toBeLessThanOrEqual(planned);
    },
  );

  test.each(['first', 'last'])(
    'a forged cursor far beyond the end of the list costs a few calls, not the same empty page again and again, with %s',
    async (end) => {
      const beyond = encodeCursor({
        list: 0,
        anchors: [
          {
            offset: 2 ** 30 - 2,
            total: 3000,
            key: 'a'.repeat(16),
            createdAt: 1_700_000_000,
            ordered: true,
            neighbours: { side: 'above', keys: [], complete: true },
          },
        ],
      });
      const { calls } = await run(
        `{ customizedVoiceJobs(type: BASIC, ${end}: 98, ${end === 'first' ? 'after' : 'before'}: "${beyond}") { nodes { jobId } } }`,
      );
      expect(calls).toBeLessThanOrEqual(10);
    },
  );

  test('a search before the first row of a list counts its matches without asking for page 0', async () => {
    const filter = readJobFilter(FILTER).key;
    const before = encodeCursor({ ...decodeCursor(unknownRow(-1, 'c'.repeat(16))), filter });
    const { data } = await run(
      `{ searchCustomizedVoiceJobs(filter: { createdBefore: "${FILTER.createdBefore}" }, type: BASIC, first: 0, before: "${before}") { nodes { id } matchCount } }`,
    );
    expect(data.searchCustomizedVoiceJobs.nodes).toEqual([]);
    expect(gateway.emulator.calls.map(({ params }) => Number(params.PageNo))).not.toContain(0);
  });

  test('fifty forged cursors into one list share the budget of one search', async () => {
    const fields = Array.from(
      { length: 50 },
      (_, index) => `a${index}: ${pageAfter(unknownRow(index * 60, `${1000 + index}`.repeat(4)))}`,
    );
    const { calls, plannedUpstreamCalls } = await run(`{ ${fields.join(' ')} }`);
    expect(plannedUpstreamCalls).toBe(50 + 20);
    expect(calls).toBeLessThanOrEqual(50 + 20);
  });

  test('a repeated forged cursor costs no call while the pages of its search are cached', async () => {
    const query = `{ ${pageAfter(unknownRow(9, 'b'.repeat(16)))} }`;
    expect((await run(query)).calls).toBeGreaterThan(0);
    expect((await run(query)).calls).toBe(0);
  });

  test('a row that moved onto a cached page is found without a call', async () => {
    const { data } = await run('{ customizedVoiceJobs(first: 100) { edges { cursor node { jobId } } } }');
    const { edges } = data.customizedVoiceJobs;
    const { list, anchors } = decodeCursor(edges[40].cursor);
    for (const offset of [0, 39, 70, 98]) {
      const elsewhere = encodeCursor({ list, anchors: anchors.map((anchor) => ({ ...anchor, offset })) });
      const { data, calls } = await run(`{ ${pageAfter(elsewhere)} }`);
      expect([data.customizedVoiceJobs.nodes[0], calls]).toEqual([edges[41].node, 0]);
    }
  });

  test('a row that moved from another cached page is found without a call', async () => {
    const { data: first } = await run(
      '{ customizedVoiceJobs(first: 100) { edges { cursor } pageInfo { endCursor } } }',
    );
    const { edges, pageInfo } = first.customizedVoiceJobs;
    const { data: second } = await run(
      `{ customizedVoiceJobs(first: 100, after: "${pageInfo.endCursor}") { nodes { jobId } edges { cursor } } }`,
    );
    const { list, anchors } = decodeCursor(second.customizedVoiceJobs.edges[40].cursor);
    expect(decodeCursor(edges[5].cursor).anchors[0]?.offset).toBe(5);
    const moved = encodeCursor({ list, anchors: anchors.map((anchor) => ({ ...anchor, offset: 5 })) });
    const { data, calls } = await run(`{ ${pageAfter(moved)} }`);
    expect([data.customizedVoiceJobs.nodes[0], calls]).toEqual([second.customizedVoiceJobs.nodes[41], 0]);
  });
});
