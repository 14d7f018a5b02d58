import { describe, expect, test } from 'vitest';
import { createSchema } from '../../src/schema/index.ts';
import { createSubgraphSchema } from '../../src/schema/subgraph.ts';
import { costOf, DEFAULTS, EVERY_FIELD, times, wrongWith } from './check-document.ts';

const complexity = (text: string, variables = {}) => costOf(text, variables).complexity;
const ids = (count: number) => Array.from({ length: count }, (_, index) => `id-${index}`);

describe('complexity: one point per field and row, ten per call', () => {
  test.each<[text: string, points: number]>([
    ['{ __typename }', 1],
    ['{ node(id: "a") { id } }', 2 + 10],
    ['{ customizedVoiceJob(jobId: "a") { id jobId } }', 3 + 10],
    // The connection, its field, and ten rows.
    ['{ customizedVoiceJobs { nodes { id } } }', 2 + 10 + 10],
    ['{ customizedVoiceJobs(first: 3) { nodes { id jobId } } }', 2 + 3 * 2 + 10],
    ['{ customizedVoiceJobs(first: 3) { edges { cursor node { id } } } }', 2 + 3 * 3 + 10],
    ['{ customizedVoiceJobs(first: 3) { edges { cursor node { id } } nodes { id } } }', 3 + 3 * 4 + 10],
    ['{ customizedVoiceJobs(first: 3) { totalCount pageInfo { hasNextPage endCursor } } }', 5 + 10],
    ['{ customizedVoiceJobs(first: 3) { totalCount } }', 2 + 10],
    ['{ customizedVoiceJobs(first: 0) { nodes { id } } }', 2 + 10],
    ['{ nodes(ids: ["a", "b", "c"]) { id __typename } }', 1 + 3 * 2 + 3 * 10],
    ['{ nodes(ids: "a") { id } }', 1 + 1 + 10],
    ['{ nodes(ids: []) { id } }', 1],
    // An alias is a field of its own.
    ['{ customizedVoiceJobs(first: 3) { a: nodes { id } b: nodes { id } } }', 3 + 3 * 2 + 10],
    // Repeated fields count once, with or without fragments.
    ['{ customizedVoiceJobs(first: 3) { nodes { id } nodes { id jobId } } }', 2 + 3 * 2 + 10],
    [
      '{ customizedVoiceJobs(first: 3) { nodes { ...A ...B } } } fragment A on CustomizedVoiceJob { id jobId } fragment B on CustomizedVoiceJob { jobId status }',
      2 + 3 * 3 + 10,
    ],
    [
      '{ ...Q customizedVoiceJobs(first: 3) { totalCount } } fragment Q on Query { customizedVoiceJobs(first: 3) { ... { nodes { id } } } }',
      3 + 3 + 10,
    ],
    // Conditions count as met.
    ['{ customizedVoiceJobs(first: 3) { nodes @skip(if: true) { id } } }', 2 + 3 + 10],
    ['{ node(id: "a") { id @include(if: false) } }', 2 + 10],
    ['{ __schema { types { name fields { name } } } }', 0],
    ['{ __type(name: "Node") { name } node(id: "a") { id } }', 2 + 10],
  ])('of %s', (text, points) => {
    expect(complexity(text)).toBe(points);
  });

  test('of entities of the subgraph', () => {
    const text =
      'query ($of: [_Any!]!) { _entities(representations: $of) { __typename ... on CustomizedVoiceJob { id } } _service { sdl } }';
    const { complexity, depth } = costOf(text, { of: [{}, {}, {}] }, { path: '/subgraph' });
    expect(complexity).toBe(1 + 3 * 2 + 2 + 3 * 10);
    expect(depth).toBe(2);
  });
});

describe('the number of rows in the cost', () => {
  const text = 'query ($n: Int) { customizedVoiceJobs(first: $n) { nodes { id } } }';
  const rows = (complexity: number) => complexity - 2 - 10;

  test.each<[value: unknown, rows: number]>([
    [0, 0],
    [1, 1],
    [100, 100],
    [undefined, 10],
    [null, 10],
    // An invalid value counts as the maximum, and causes its own error.
    [101, 100],
    [2_147_483_647, 100],
    [1e300, 100],
    [-1, 100],
    ['7', 100],
    [[7], 100],
    [{}, 100],
    [true, 100],
  ])('for a variable of %j', (n, expected) => {
    expect(rows(complexity(text, n === undefined ? {} : { n }))).toBe(expected);
  });

  test.each<[definition: string, variables: Record<string, unknown>, rows: number]>([
    ['$n: Int = 7', {}, 7],
    ['$n: Int = 7', { n: 3 }, 3],
    ['$n: Int = 7', { n: null }, 10],
    ['$n: Int = null', {}, 10],
    ['$n: Int! = 99', {}, 99],
  ])('for the definition %s with %j', (definition, variables, expected) => {
    const asked = `query (${definition}) { customizedVoiceJobs(first: $n) { nodes { id } } }`;
    expect(rows(complexity(asked, variables))).toBe(expected);
  });

  test('`last` counts like `first`, plus a call for the length of the list', () => {
    expect(complexity('{ customizedVoiceJobs(last: 7) { nodes { id } } }')).toBe(2 + 7 + 20);
    expect(complexity('{ customizedVoiceJobs(first: null, last: 7) { nodes { id } } }')).toBe(2 + 7 + 20);
  });

  test('names that every object inherits are no variables', () => {
    const asked = 'query ($constructor: Int) { customizedVoiceJobs(first: $constructor) { nodes { id } } }';
    expect(rows(complexity(asked))).toBe(10);
  });
});

describe('the number of look-ups by id', () => {
  const text = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';
  const calls = (variables: Record<string, unknown>) => costOf(text, variables).plannedUpstreamCalls;

  test.each<[value: unknown, calls: number]>([
    [ids(5), 5],
    [[], 0],
    ['a', 1],
    [7, 1],
    [null, 0],
    [[['a', 'b'], null], 2],
    [ids(63), 63],
    // From here on, lists may be read instead.
    [ids(64), 67],
  ])('for %j', (value, expected) => {
    expect(calls({ ids: value })).toBe(expected);
  });

  test('a list literal counts each element, variables included', () => {
    const asked = 'query ($a: ID!, $b: ID!) { nodes(ids: [$a, "b", $b]) { id } }';
    expect(costOf(asked, { a: 'a', b: 'b' }).plannedUpstreamCalls).toBe(3);
  });

  test('ids of several fields count together', () => {
    const asked = 'query ($a: [ID!]!, $b: [ID!]!) { a: nodes(ids: $a) { id } b: nodes(ids: $b) { id } }';
    expect(costOf(asked, { a: ids(32), b: ids(32) }).plannedUpstreamCalls).toBe(67);
  });
});

const page = (args: string, fields = 'nodes { id }') =>
  `customizedVoiceJobs${args && `(${args})`} { ${fields} }`;

/** Budget of the search for the rows of cursors in one list, see docs/limits.md. */
const SEARCH = 20;

describe('planned upstream calls of a page', () => {
  test.each<[field: string, calls: number]>([
    [page(''), 1],
    [page('first: 100'), 1],
    [page('first: 100, before: "c"'), 1 + SEARCH],
    [page('first: 48, after: "c"'), 1 + SEARCH],
    // With the cursor's own row there are 50, which may span two pages of a hundred.
    [page('first: 49, after: "c"'), 2 + SEARCH],
    [page('last: 48, before: "c"'), 1 + SEARCH],
    [page('last: 49, before: "c"'), 2 + SEARCH],
    [page('last: 49'), 2],
    [page('last: 50'), 3],
    [page('last: 100, after: "c"'), 3 + SEARCH],
    [page('', 'totalCount'), 1],
    [page('last: 5', 'totalCount __typename'), 1],
    [page('', 'totalCount pageInfo { endCursor }'), 1],
    [page('first: 0'), 1],
    [page('last: 0', 'pageInfo { hasNextPage }'), 1],
    [page('type: STANDARD'), 1],
    [page('type: ALL'), 2],
    [page('type: ALL', 'totalCount'), 2],
    [page('type: ALL, first: 100, after: "c"'), 4 + 2 * SEARCH],
    // Without rows, nothing after the cursor is read.
    [page('first: 0, after: "c"'), 1],
    [page('first: 5, after: "c"', 'totalCount'), 1],
    [page('type: ALL, last: 100'), 6],
  ])('of %s', (field, calls) => {
    expect(costOf(`{ ${field} }`).plannedUpstreamCalls).toBe(calls);
  });
});

describe('equal calls of one operation count once', () => {
  test.each<[title: string, calls: number, fields: string, variables: string]>([
    ['the same page', 1, `a: ${page('first: 5')} b: ${page('first: 5', 'edges { cursor }')}`, ''],
    [
      'a default said and not said',
      1,
      `a: ${page('')} b: ${page('type: BASIC, first: 10, after: null')}`,
      '',
    ],
    ['a literal and a variable', 1, `a: ${page('first: 5')} b: ${page('first: $n')}`, '($n: Int = 5)'],
    ['pages of different sizes', 2, `a: ${page('first: 5')} b: ${page('first: 6')}`, ''],
    [
      'pages after different rows, whose searches share their calls',
      2 + SEARCH,
      `a: ${page('after: "a"')} b: ${page('after: "b"')}`,
      '',
    ],
    [
      'pages from different ends',
      3,
      `a: ${page('first: 5')} b: ${page('last: 5')} c: ${page('last: 6')}`,
      '',
    ],
    ['different lists', 2, `a: ${page('')} b: ${page('type: STANDARD')}`, ''],
    ['a list and both lists', 3, `a: ${page('')} b: ${page('type: ALL')}`, ''],
    ['a total beside a page of its list', 1, `a: ${page('')} b: ${page('', 'totalCount')}`, ''],
    ['no rows beside a page of its list', 1, `a: ${page('')} b: ${page('first: 0')}`, ''],
    [
      'the total of both lists beside a page of one',
      2,
      `a: ${page('')} b: ${page('type: ALL', 'totalCount')}`,
      '',
    ],
    ['totals', 2, `a: ${page('', 'totalCount')} b: ${page('type: ALL', 'totalCount')}`, ''],
    [
      'the same job',
      1,
      'a: customizedVoiceJob(jobId: "a") { id } b: customizedVoiceJob(jobId: "a") { jobId }',
      '',
    ],
    [
      'the same job by a number',
      1,
      'a: customizedVoiceJob(jobId: 1) { id } b: customizedVoiceJob(jobId: "1") { id }',
      '',
    ],
    [
      'jobs whose numbers differ in the last digit',
      2,
      'a: customizedVoiceJob(jobId: 90071992547409931) { id } b: customizedVoiceJob(jobId: 90071992547409932) { id }',
      '',
    ],
    [
      'different jobs',
      2,
      'a: customizedVoiceJob(jobId: "a") { id } b: customizedVoiceJob(jobId: "b") { id }',
      '',
    ],
    ['the same node', 1, 'a: node(id: $i) { id } b: node(id: "x") { id }', '($i: ID! = "x")'],
    ['the same ids', 2, 'a: nodes(ids: ["x", "y"]) { id } b: nodes(ids: ["x", "y"]) { id }', ''],
    [
      'the same ids in a variable',
      2,
      'a: nodes(ids: $i) { id } b: nodes(ids: $i) { id }',
      '($i: [ID!]! = ["x", "y"])',
    ],
    ['other ids', 4, 'a: nodes(ids: ["x", "y"]) { id } b: nodes(ids: ["x", "z"]) { id }', ''],
  ])('for %s: %i', (_, calls, fields, variables) => {
    expect(costOf(`query ${variables} { ${fields} }`).plannedUpstreamCalls).toBe(calls);
  });

  test('for equal variables, while rows count for each field', () => {
    const text =
      'query ($a: Int, $b: Int) { a: customizedVoiceJobs(first: $a) { nodes { id } } b: customizedVoiceJobs(first: $b) { nodes { id } } }';
    expect(costOf(text, { a: 5, b: 5 })).toEqual({
      complexity: 2 * (2 + 5) + 10,
      depth: 3,
      plannedUpstreamCalls: 1,
    });
    expect(costOf(text, { a: 5, b: 6 }).plannedUpstreamCalls).toBe(2);
  });

  test('for one list in two aliases of a request', () => {
    const text = 'query ($i: [ID!]!) { a: nodes(ids: $i) { id } b: nodes(ids: $i) { id } }';
    expect(costOf(text, { i: ['x', 'y', 'z'] }).plannedUpstreamCalls).toBe(3);
  });
});

describe('a limit of 2500 points', () => {
  const everything = (args: string, typename = '') =>
    `{ customizedVoiceJobs(${args}) { ${typename} edges { ${typename} cursor node { ${typename} ${EVERY_FIELD} } } pageInfo { ${typename} hasNextPage hasPreviousPage startCursor endCursor } totalCount } }`;

  test.each(['first: 100', 'last: 100', 'type: ALL, last: 100, after: "c"'])(
    'allows every field of a page with %s',
    (args) => {
      expect(complexity(everything(args))).toBeLessThanOrEqual(DEFAULTS.complexity);
      expect(complexity(everything(args, '__typename'))).toBeLessThanOrEqual(DEFAULTS.complexity);
    },
  );

  test('allows 100 jobs by id with every field, and 100 entities', () => {
    const fields = `{ ... on CustomizedVoiceJob { ${EVERY_FIELD} } }`;
    const nodes = `query ($ids: [ID!]!) { nodes(ids: $ids) ${fields} }`;
    const entities = `query ($ids: [_Any!]!) { _entities(representations: $ids) ${fields} }`;
    const points = 1 + 100 * 14 + 103 * 10;
    expect(points).toBeLessThanOrEqual(DEFAULTS.complexity);
    expect(costOf(nodes, { ids: ids(100) }).complexity).toBe(points);
    expect(costOf(entities, { ids: ids(100) }, { path: '/subgraph' }).complexity).toBe(points);
  });

  test('does not allow 100 rows twice, nor 50 lists', () => {
    const twice = `{ customizedVoiceJobs(first: 100) { edges { node { ${EVERY_FIELD} } } nodes { ${EVERY_FIELD} } } }`;
    expect(complexity(twice)).toBeGreaterThan(DEFAULTS.complexity);
    const lists = times(
      50,
      (index) => `a${index}: customizedVoiceJobs(first: ${50 + index}) { nodes { id } }`,
    );
    expect(complexity(`{ ${lists} }`)).toBeGreaterThan(DEFAULTS.complexity);
  });
});

test('every root field of both schemas that reads from the upstream has a cost', () => {
  const types = [createSchema(), createSubgraphSchema()].flatMap((schema) => [
    schema.getQueryType(),
    schema.getMutationType(),
    schema.getSubscriptionType(),
  ]);
  const fields = types.flatMap((type) => Object.values(type?.getFields() ?? {}));
  const uncounted = fields.filter(({ extensions }) => extensions.upstreamReads === undefined);
  expect(uncounted.map(({ name }) => name)).toEqual(['_service']);
});

test('every counted argument exists in the schema', () => {
  // A renamed argument would count as missing.
  for (const [field, args] of [
    ['customizedVoiceJobs', ['type', 'first', 'after', 'last', 'before']],
    ['customizedVoiceJob', ['jobId']],
    ['node', ['id']],
    ['nodes', ['ids']],
  ] as const) {
    const found = createSchema()
      .getQueryType()
      ?.getFields()
      [field]?.args.map(({ name }) => name);
    expect(found?.toSorted(), field).toEqual(args.toSorted());
  }
  expect(wrongWith('{ node(id: "a") { id } }')).toEqual([]);
});
