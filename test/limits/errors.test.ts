import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAX_ERRORS } from '../../src/limits/validation.ts';
import { post } from '../answers/asking.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { times, wrongWith } from './check-document.ts';
import { bodyOf, WAYS } from './told.ts';

let open: GatewayUnderTest;
let closed: GatewayUnderTest;
beforeAll(async () => {
  open = await startGateway();
  closed = await startGateway({ gateway: { introspection: false } });
});
afterAll(async () => {
  await open?.[Symbol.asyncDispose]();
  await closed?.[Symbol.asyncDispose]();
});

const list = 'customizedVoiceJobs';
const typed = `query ($t: CustomizedVoiceJobTypeFilter!) { ${list}(type: $t) { totalCount } }`;

/** Documents for which graphql-js suggests names. */
const ALMOST_RIGHT: readonly [title: string, body: Record<string, unknown>, path?: string][] = [
  ['a field', { query: '{ customizedVoiceJob { id } }'.replace('Job', 'Jbo') }],
  ['a field of a type', { query: `{ ${list} { totalCounts } }` }],
  ['a field of another type than the interface', { query: '{ node(id: "a") { voiceName } }' }],
  ['an argument', { query: `{ ${list}(frist: 1) { totalCount } }` }],
  ['an argument of a directive', { query: '{ __typename @skip(iff: true) }' }],
  ['a type', { query: '{ node(id: "a") { ... on CustomizedVoiceJobs { id } } }' }],
  ['the type of a variable', { query: `query ($n: Intt) { ${list}(first: $n) { totalCount } }` }],
  ['a value in the text', { query: `{ ${list}(type: BASICS) { totalCount } }` }],
  ['a text for a value in the text', { query: `{ ${list}(type: "BASIC") { totalCount } }` }],
  ['a value in a variable', { query: typed, variables: { t: 'BASICS' } }],
  ['a default of a variable', { query: typed.replace('!)', '! = BASICS)') }],
  ['a selection that is missing', { query: `{ ${list} }` }],
  [
    'a field of an entity',
    { query: '{ _entities(representations: []) { ... on CustomizedVoiceJob { voiceNam } } }' },
    '/subgraph',
  ],
  ['a value in a variable of the subgraph', { query: typed, variables: { t: 'STANDARDS' } }, '/subgraph'],
];

describe('suggestions of names in errors', () => {
  const messages = async (
    gateway: GatewayUnderTest,
    body: unknown,
    headers: Record<string, string>,
    path = '/graphql',
  ) => {
    const { errors = [] } = bodyOf(await post(gateway, body, { headers, path }));
    expect(errors.length).toBeGreaterThan(0);
    return errors.map(({ message }) => message).join('\n');
  };

  describe.each(WAYS)('on the path of %s', (_, headers) => {
    test.each(ALMOST_RIGHT)('are sent if introspection is on: %s', async (...[, body, path]) => {
      expect(await messages(open, body, headers, path)).toMatch(/Did you mean .*\?/);
    });

    test.each(ALMOST_RIGHT)('are removed if introspection is off: %s', async (...[, body, path]) => {
      for (let run = 0; run < 4; run++) {
        const message = await messages(closed, body, headers, path);
        expect(message).not.toMatch(/did you mean/i);
        expect(message).not.toMatch(/\s$|\s\n/);
      }
    });
  });

  test("keep a caller's own text that looks like a suggestion", async () => {
    for (const t of [' Did you mean BASIC?', 'BASICS Did you mean ', 'BASICS? Did you mean "BASIC"?']) {
      for (const [, headers] of WAYS) {
        expect(await messages(closed, { query: typed, variables: { t } }, headers)).toBe(
          `Variable "$t" got invalid value ${JSON.stringify(t)}; Value "${t}" does not exist in "CustomizedVoiceJobTypeFilter" enum.`,
        );
      }
    }
  });
});

describe('if introspection is off', () => {
  test.each([
    ['the schema', '{ __schema { types { name } } }', '/graphql'],
    ['a type', '{ __type(name: "Query") { name } }', '/graphql'],
    ['under an alias', '{ a: __schema { description } }', '/graphql'],
    ['in a fragment', '{ ...F } fragment F on Query { ... { __type(name: "Query") { kind } } }', '/graphql'],
    ['the schema of the subgraph', '{ __schema { types { name } } }', '/subgraph'],
  ])('a query of %s is rejected', async (_, query, path) => {
    for (const [, headers] of WAYS) {
      const answer = await post(
        closed,
        { query },
        { path, headers: { ...headers, accept: 'application/graphql-response+json' } },
      );
      const { data, errors } = bodyOf(answer);
      expect([answer.status, data]).toEqual([400, undefined]);
      expect(errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
      expect(errors?.[0]?.message).toContain('introspection has been disabled');
    }
  });

  test('`__typename` is allowed', async () => {
    const { data } = await closed.ask(
      '{ __typename customizedVoiceJobs(first: 1) { nodes { __typename } } }',
    );
    expect(data.customizedVoiceJobs.nodes).toEqual([{ __typename: 'CustomizedVoiceJob' }]);
  });
});

describe('errors beyond the maximum number', () => {
  test.each([
    ['of a document', { query: `{ ${times(50, (index) => `x${index}`)} }` }],
    [
      'of variables',
      { query: 'query ($i: [ID!]!) { nodes(ids: $i) { id } }', variables: { i: Array(60).fill(null) } },
    ],
  ])('%s are not reported', async (_, body) => {
    for (const gateway of [open, closed]) {
      for (const [, headers] of WAYS) {
        const { data, errors = [] } = bodyOf(await post(gateway, body, { headers }));
        expect(data).toBeUndefined();
        expect(errors).toHaveLength(MAX_ERRORS + 1);
        expect(errors.at(-1)?.message).toBe(
          `There are more than ${MAX_ERRORS} errors. Only the first ${MAX_ERRORS} are reported.`,
        );
        expect(new Set(errors.map(({ extensions }) => extensions.code)).size).toBe(1);
        expect(errors[0]?.extensions.code).toMatch(/^(GRAPHQL_VALIDATION_FAILED|BAD_USER_INPUT)$/);
      }
    }
  });

  test('at exactly the maximum, no further line is added', () => {
    const wrong = wrongWith(`{ ${times(MAX_ERRORS, (index) => `x${index}`)} }`);
    expect(wrong).toHaveLength(MAX_ERRORS);
    expect(wrong.every((message) => message.startsWith('Cannot query field'))).toBe(true);
  });

  test('errors of rows are all reported', async () => {
    const ids = Array.from({ length: 30 }, () => 'none');
    const { errors } = await open.ask('query ($i: [ID!]!) { nodes(ids: $i) { id } }', { i: ids });
    expect(errors).toHaveLength(30);
  });
});
