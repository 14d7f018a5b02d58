import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { globalIdOf } from '../answers/corpus.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { fc, runs } from '../runs.ts';
import { askWithCost, type ReportedCost, WAYS } from './told.ts';

const TYPES = ['BASIC', 'STANDARD', 'ALL'] as const;
type Type = (typeof TYPES)[number];

/** Cursors of every row of each list, from walks in both directions. */
const cursors: Record<Type, string[]> = { BASIC: [], STANDARD: [], ALL: [] };
let gateway: GatewayUnderTest;
let jobIds: string[];
let voiceIds: string[];

beforeAll(async () => {
  gateway = await startGateway({ gateway: { limits: { complexity: 1_000_000 } } });
  jobIds = [...gateway.emulator.list('Basic'), ...gateway.emulator.list('Standard')].map(
    ({ JobId }) => JobId,
  );
  voiceIds = [...gateway.emulator.voices('Basic'), ...gateway.emulator.voices('Standard')].map(
    ({ VoiceId }) => VoiceId,
  );
  for (const type of TYPES) cursors[type] = [...(await walk(type, 'first')), ...(await walk(type, 'last'))];
});
afterAll(() => gateway?.[Symbol.asyncDispose]());

async function walk(type: Type, size: 'first' | 'last'): Promise<string[]> {
  const found: string[] = [];
  const [beyond, next] = size === 'first' ? ['after', 'endCursor'] : ['before', 'startCursor'];
  for (let cursor: string | null = null; ; ) {
    const query: string = `query ($c: String) { customizedVoiceJobs(type: ${type}, ${size}: 37, ${beyond}: $c) { edges { cursor } pageInfo { ${next} } } }`;
    const { data } = await gateway.ask(query, { c: cursor });
    const { edges, pageInfo } = data.customizedVoiceJobs;
    if (edges.length === 0) return found;
    found.push(...edges.map((edge: { cursor: string }) => edge.cursor));
    cursor = pageInfo[next];
  }
}

/** A field with its variables. */
interface Field {
  readonly text: string;
  readonly variables: Record<string, unknown>;
  readonly definitions: readonly string[];
}

const CONNECTION_FIELDS = [
  'totalCount',
  'nodes { id }',
  'nodes { voice { id } }',
  'nodes @skip(if: true) { id }',
  'edges { cursor }',
  'edges { node { jobId status } }',
  'edges { node { again: voice { voiceId } } }',
  'pageInfo { endCursor hasNextPage }',
  '__typename',
];

/** Offsets in a list, modulo its length. */
const place = fc.option(fc.nat(10_000), { nil: undefined, freq: 2 });

const pageField = fc
  .record({
    type: fc.constantFrom(...TYPES),
    rows: fc.oneof(fc.nat(100), fc.constantFrom(0, 1, 49, 50, 51, 99, 100)),
    end: fc.constantFrom('first', 'last', undefined),
    after: place,
    before: place,
    fields: fc.subarray(CONNECTION_FIELDS, { minLength: 1 }),
    byVariable: fc.boolean(),
    condition: fc.constantFrom('', '@skip(if: true)', '@include(if: true)', '@include(if: false)'),
  })
  .map((page) => (index: number): Field => {
    const at = (offset: number | undefined) =>
      offset === undefined ? undefined : cursors[page.type][offset % cursors[page.type].length];
    const args: [name: string, type: string, value: unknown][] = [
      ['after', 'String', at(page.after)],
      ['before', 'String', at(page.before)],
    ];
    if (page.end !== undefined) args.push([page.end, 'Int', page.rows]);
    const given = args.filter(([, , value]) => value !== undefined);
    const written = given.map(([name, , value]) =>
      page.byVariable ? `${name}: $${name}${index}` : `${name}: ${JSON.stringify(value)}`,
    );
    return {
      text: `customizedVoiceJobs(${[`type: ${page.type}`, ...written].join(', ')}) ${page.condition} { ${page.fields.join(' ')} }`,
      variables: Object.fromEntries(
        page.byVariable ? given.map(([name, , value]) => [`${name}${index}`, value]) : [],
      ),
      definitions: page.byVariable ? given.map(([name, type]) => `$${name}${index}: ${type}`) : [],
    };
  });

/** A search without cursors; some are equal. */
const searchField = fc
  .record({
    type: fc.constantFrom(...TYPES),
    window: fc.constantFrom('', ', first: 0', ', first: 3', ', last: 3', ', last: 100'),
    filter: fc.constantFrom(
      {},
      { status: ['FAIL'] },
      { text: 'a' },
      { createdFrom: '2024-06-01T00:00:00Z' },
      { gender: [] },
    ),
    fields: fc.subarray(['matchCount', 'scannedCount', 'nodes { id }', '__typename'], { minLength: 1 }),
    byVariable: fc.boolean(),
  })
  .map(({ type, window, filter, fields, byVariable }) => (index: number): Field => {
    const literal = JSON.stringify(filter)
      .replaceAll(/"(\w+)":/g, '$1: ')
      .replaceAll(/"([A-Z]+)"/g, '$1');
    return {
      text: `searchCustomizedVoiceJobs(type: ${type}, filter: ${byVariable ? `$filter${index}` : literal}${window}) { ${fields.join(' ')} }`,
      variables: byVariable ? { [`filter${index}`]: filter } : {},
      definitions: byVariable ? [`$filter${index}: CustomizedVoiceJobFilter!`] : [],
    };
  });

/** An existing job id, or one that does not exist. */
const jobId = fc.nat(340).map((index) => () => jobIds[index] ?? `unknown-${index}`);

const jobField = fc.record({ id: jobId, byNode: fc.boolean() }).map(({ id, byNode }) => (): Field => {
  const text = byNode ? `node(id: "${globalIdOf(id())}")` : `customizedVoiceJob(jobId: "${id()}")`;
  return { text: `${text} { id ${VOICE} }`, variables: {}, definitions: [] };
});

const VOICE = '... on CustomizedVoiceJob { voice { id } }';

const voiceField = fc
  .record({
    type: fc.constantFrom(...TYPES),
    rows: fc.nat(100),
    end: fc.constantFrom('first', 'last'),
    id: fc.option(fc.nat(300), { nil: undefined }),
  })
  .map(({ type, rows, end, id }) => (): Field => {
    const page = `customizedVoices(type: ${type}, ${end}: ${rows}) { nodes { id } totalCount }`;
    const row = `customizedVoice(voiceId: "${voiceIds[id ?? 0] ?? 'unknown'}") { id }`;
    return { text: id === undefined ? page : row, variables: {}, definitions: [] };
  });

const idsField = fc.array(jobId, { maxLength: 90 }).map(
  (ids) =>
    (index: number): Field => ({
      text: `nodes(ids: $ids${index}) { id ${VOICE} }`,
      variables: { [`ids${index}`]: ids.map((id) => globalIdOf(id())) },
      definitions: [`$ids${index}: [ID!]!`],
    }),
);

const operation = fc
  .array(
    fc.oneof({ arbitrary: pageField, weight: 4 }, searchField, jobField, voiceField, {
      arbitrary: idsField,
      weight: 1,
    }),
    {
      minLength: 1,
      maxLength: 5,
    },
  )
  .map((makers) => () => {
    const fields = makers.map((make, index) => make(index));
    const definitions = fields.flatMap(({ definitions }) => definitions);
    const selection = fields.map(({ text }, index) => `f${index}: ${text}`).join('\n');
    return {
      query: `query ${definitions.length > 0 ? `(${definitions.join(', ')})` : ''} { ${selection} }`,
      variables: Object.assign({}, ...fields.map(({ variables }) => variables)),
    };
  });

async function costOfRun(
  body: unknown,
  headers: Record<string, string>,
  path?: string,
): Promise<ReportedCost> {
  gateway.emulator.resetCalls();
  const { extensions } = await askWithCost(gateway, body, headers, path);
  if (extensions === undefined) throw new Error(`no cost for ${JSON.stringify(body)}`);
  return extensions.cost;
}

describe.each(WAYS)('planned upstream calls, by %s', (_, headers) => {
  test('property: no operation on unchanged lists needs more calls than planned, and both numbers are reported', async () => {
    await fc.assert(
      fc.asyncProperty(operation, async (make) => {
        const { plannedUpstreamCalls, upstreamCalls } = await costOfRun(make(), headers);
        expect(upstreamCalls).toBe(gateway.emulator.calls.length);
        expect(upstreamCalls).toBeLessThanOrEqual(plannedUpstreamCalls);
      }),
      { numRuns: runs(400) },
    );
  });

  test.each<[title: string, field: string, calls: number]>([
    ['a page', 'customizedVoiceJobs { nodes { id } }', 1],
    ['the largest page', 'customizedVoiceJobs(first: 100) { nodes { id } }', 1],
    ['a total', 'customizedVoiceJobs(type: ALL) { totalCount }', 2],
    ['the last rows', 'customizedVoiceJobs(last: 10) { nodes { id } }', 2],
    ['the last rows of both lists', 'customizedVoiceJobs(type: ALL, last: 10) { nodes { id } }', 4],
    [
      'the last rows of a list whose other rows are read',
      'a: customizedVoiceJobs { nodes { id } } customizedVoiceJobs(last: 10) { nodes { id } }',
      2,
    ],
    [
      'a job under two names',
      'a: customizedVoiceJob(jobId: "x") { id } b: customizedVoiceJob(jobId: "x") { id }',
      1,
    ],
    [
      'a page under fifty names',
      Array.from({ length: 50 }, (_, index) => `a${index}: customizedVoiceJobs { nodes { id } }`).join(' '),
      1,
    ],
  ])('are exactly the calls of %s', async (_, field, calls) => {
    const { plannedUpstreamCalls, upstreamCalls } = await costOfRun({ query: `{ ${field} }` }, headers);
    expect([plannedUpstreamCalls, upstreamCalls]).toEqual([calls, calls]);
  });

  test.each([1, 63, 64, 100, 400])(
    'of %i entities, some of them unknown, are never exceeded',
    async (count) => {
      const of = Array.from({ length: count }, (_, index) => ({
        __typename: 'CustomizedVoiceJob',
        jobId: jobIds[index * 2] ?? `unknown-${index}`,
      }));
      const query = 'query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }';
      const cost = await costOfRun({ query, variables: { of } }, headers, '/subgraph');
      expect(cost.upstreamCalls).toBe(gateway.emulator.calls.length);
      expect(cost.upstreamCalls).toBeLessThanOrEqual(cost.plannedUpstreamCalls);
    },
  );
});

test('look-ups in lists too long to be read cost two calls plus one per id, as planned', async () => {
  await using long = await startGateway({ emulator: { basicCount: 7000, standardCount: 7000 } });
  const of = long.emulator
    .list('Basic')
    .slice(5000, 5070)
    .map(({ JobId }) => ({ __typename: 'CustomizedVoiceJob', jobId: JobId }));
  const query = 'query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }';
  const { extensions } = await askWithCost(long, { query, variables: { of } }, {}, '/subgraph');
  expect(extensions?.cost.upstreamCalls).toBe(long.emulator.calls.length);
  expect(extensions?.cost.upstreamCalls).toBeLessThanOrEqual(extensions?.cost.plannedUpstreamCalls ?? 0);
});
