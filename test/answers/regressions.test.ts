import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { get, post } from './asking.ts';
import { globalIdOf } from './corpus.ts';
import { expectOneAnswer } from './ways.ts';

let gateway: GatewayUnderTest;
let jobId: string;
let id: string;
beforeEach(async () => {
  gateway = await startGateway();
  jobId = gateway.emulator.list('Basic')[0]?.JobId ?? '';
  id = globalIdOf(jobId);
});
afterEach(() => gateway[Symbol.asyncDispose]());

const NODES = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';
const TYPE =
  'query ($t: CustomizedVoiceJobTypeFilter = ALL) { customizedVoiceJobs(type: $t) { totalCount } }';

/** The response, which must be the same on every path. Also asserted by the tests: paths that agree may all be wrong. */
async function answerOf(...asked: Parameters<typeof expectOneAnswer>): Promise<Answer> {
  const { body } = await expectOneAnswer(...asked);
  return typeof body === 'string' ? JSON.parse(body) : (body as unknown as Answer);
}

/** The code, path and argument of each error. */
const blamed = ({ errors = [] }: Answer) =>
  errors.map(({ path, extensions: { code, argument } }) => [code, path?.join('.'), argument]);

test('a list keeps its length if its last item fails', async () => {
  const answer = await answerOf(gateway, { query: NODES, variables: { ids: [id, 'nonsense'] } });
  expect(answer.data).toEqual({ nodes: [{ id }, null] });
  expect(blamed(answer)).toEqual([['BAD_USER_INPUT', 'nodes.1', 'ids']]);
});
test('a list keeps its length if an item fails after later items have resolved', async () => {
  const ids = gateway.emulator
    .list('Basic')
    .slice(0, 3)
    .map(({ JobId }) => JobId);
  gateway.emulator.fault({ kind: 'nullBody' }, { when: ({ params }) => params.JobId === ids[1] });
  const globalIds = ids.map((one) => globalIdOf(one));
  const answer = await answerOf(gateway, { query: NODES, variables: { ids: globalIds } });
  expect(answer.data).toEqual({ nodes: [{ id: globalIds[0] }, null, { id: globalIds[2] }] });
  expect(blamed(answer)).toEqual([['UPSTREAM_BAD_RESPONSE', 'nodes.1', undefined]]);
});
test('null for an argument with a default is BAD_USER_INPUT, and an omitted argument is its default', async () => {
  const answer = await answerOf(gateway, { query: TYPE, variables: { t: null } });
  expect(answer.data ?? null).toBeNull();
  expect(blamed(answer).map(([code]) => code)).toEqual(['BAD_USER_INPUT']);
  expect(await answerOf(gateway, { query: TYPE, variables: {} })).toEqual({
    data: { customizedVoiceJobs: { totalCount: 271 + 42 } },
  });
});

describe('a variable for a required argument', () => {
  const FIELDS: [title: string, query: string, path: string][] = [
    ['of a job', 'query ($v: ID = "x") { customizedVoiceJob(jobId: $v) { id } }', '/graphql'],
    ['of a node', 'query ($v: ID = "x") { node(id: $v) { id } }', '/graphql'],
    ['of nodes', 'query ($v: [ID!] = ["x"]) { nodes(ids: $v) { id } }', '/graphql'],
    [
      'of entities',
      'query ($v: [_Any!] = []) { _entities(representations: $v) { __typename } }',
      '/subgraph',
    ],
    ['of @include', 'query ($v: Boolean = true) { __typename a: __typename @include(if: $v) }', '/graphql'],
    ['of @skip', 'query ($v: Boolean = true) { __typename a: __typename @skip(if: $v) }', '/graphql'],
  ];
  test.each(FIELDS)(
    '%s that is null is BAD_USER_INPUT, and causes no upstream call',
    async (_title, query, path) => {
      const answer = await answerOf(gateway, { query, variables: { v: null } }, { path });
      expect(blamed(answer).map(([code]) => code)).toEqual(['BAD_USER_INPUT']);
      expect(Object.values(answer.data ?? {}).filter((value) => value !== null && value !== 'Query')).toEqual(
        [],
      );
      expect(gateway.emulator.calls).toEqual([]);
    },
  );

  test.each(FIELDS)('%s that is omitted takes its default', async (_title, query, path) => {
    const codes = blamed(await answerOf(gateway, { query }, { path })).map(([, , argument]) => argument);
    // "x" is not a global id: the error names the argument.
    expect(codes).toEqual(/node/.test(query) ? [query.includes('ids') ? 'ids' : 'id'] : []);
  });

  test.each([
    ['ID!', 'customizedVoiceJob(jobId: $v) { id }'],
    ['[ID!]!', 'nodes(ids: $v) { id }'],
  ])('a variable of type %s that is null or missing is BAD_USER_INPUT', async (type, field) => {
    const query = `query ($v: ${type}) { ${field} }`;
    for (const variables of [{ v: null }, {}]) {
      const answer = await answerOf(gateway, { query, variables });
      expect(blamed(answer).map(([code]) => code)).toEqual(['BAD_USER_INPUT']);
      expect(answer.data ?? null).toBeNull();
    }
    expect(gateway.emulator.calls).toEqual([]);
  });
});
test('null for one of a list of ids is BAD_USER_INPUT', async () => {
  const query = 'query ($a: ID!, $b: ID = "x") { nodes(ids: [$a, $b]) { id } }';
  const answer = await answerOf(gateway, { query, variables: { a: id, b: null } });
  expect(blamed(answer).map(([code]) => code)).toEqual(['BAD_USER_INPUT']);
  expect(answer.data ?? null).toBeNull();
});
test('a variable inside a representation is substituted', async () => {
  const query =
    'query ($id: ID) { _entities(representations: [{ __typename: "CustomizedVoiceJob", jobId: $id }]) { __typename } }';
  expect(await answerOf(gateway, { query, variables: { id: jobId } }, { path: '/subgraph' })).toEqual({
    data: { _entities: [{ __typename: 'CustomizedVoiceJob' }] },
  });
});
test('null for the condition of @include or @skip is BAD_USER_INPUT', async () => {
  const query = 'query ($x: Boolean = true) { __typename a: __typename @include(if: $x) }';
  const answer = await answerOf(gateway, { query, variables: { x: null } });
  expect(blamed(answer).map(([code]) => code)).toEqual(['BAD_USER_INPUT']);
});
test('fields of a response are in the order of the query', async () => {
  const query =
    'query ($x: Boolean!) { customizedVoiceJobs(first: 1) { ... @include(if: $x) { totalCount } nodes { id } totalCount } }';
  const { body } = await expectOneAnswer(gateway, { query, variables: { x: false } });
  expect(body).toBe(JSON.stringify({ data: { customizedVoiceJobs: { nodes: [{ id }], totalCount: 271 } } }));
});
test('fragments that double at each level are rejected before they are expanded', async () => {
  const levels = Array.from(
    { length: 30 },
    (_, level) =>
      `fragment T${level + 1} on __Type { a: ofType { ...T${level} } b: ofType { ...T${level} } }`,
  );
  const query = `{ __type(name: "Nope") { ...T30 } } fragment T0 on __Type { name } ${levels.join(' ')}`;
  for (let run = 0; run < 4; run++) {
    const { text } = await post(gateway, { query });
    expect(JSON.parse(text)).toMatchObject({ errors: [{ extensions: { code: 'OPERATION_TOO_COMPLEX' } }] });
  }
});
test('an alias of __proto__ is a plain response key', async () => {
  const { body } = await expectOneAnswer(gateway, {
    query: '{ __proto__: __typename a: __typename }',
  });
  expect(body).toBe('{"data":{"__proto__":"Query","a":"Query"}}');
});
test('requests whose operation name and document concatenate to the same text are kept apart', async () => {
  await post(gateway, { query: 'query A { __typename }', operationName: 'A' });
  const { text } = await post(gateway, { query: 'A\nquery A { __typename }' });
  expect(JSON.parse(text)).toHaveProperty('errors');
});
test('a lone surrogate in a variable is BAD_USER_INPUT', async () => {
  const { text } = await post(gateway, '{"query":"{ customizedVoiceJob(jobId: \\"\\\\uD800\\") { id } }"}');
  const viaVariable = await post(
    gateway,
    '{"query":"query($i:ID!){customizedVoiceJob(jobId:$i){id}}","variables":{"i":"\\ud800"}}',
  );
  const codes = [text, viaVariable.text].map((answer) => JSON.parse(answer).errors[0].extensions.code);
  expect(codes).toEqual(['GRAPHQL_PARSE_FAILED', 'BAD_USER_INPUT']);
});
test('URL variables that are not JSON are rejected as a client error', async () => {
  const { text } = await get(gateway, { query: '{ __typename }', variables: '{' });
  expect(JSON.parse(text).errors[0].extensions.code).toBe('BAD_REQUEST');
});
test('the fast path and yoga accept the same forms of content-type', async () => {
  const headers = { 'content-type': 'application/json ; charset=utf-8' };
  const good = await post(gateway, { query: '{ __typename }' }, { headers });
  const bad = await post(gateway, { query: '{ nothing }' }, { headers });
  expect(JSON.parse(good.text)).toEqual({ data: { __typename: 'Query' } });
  expect(JSON.parse(bad.text).errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
  expect([good.status, bad.status]).toEqual([200, 200]);
});
test('error responses of yoga to GET forbid storing', async () => {
  const { headers } = await get(gateway, { query: '{ nothing }' });
  expect(headers['cache-control']).toBe('no-store');
});
test('a client that disconnects is not logged as an error of the gateway', async () => {
  gateway.emulator.fault({ kind: 'hang' });
  const sent = request(`${gateway.origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  });
  sent.on('error', () => {});
  sent.end('{"query":"{ customizedVoiceJobs { totalCount } }"}');
  await expect.poll(() => gateway.emulator.inFlight).toBe(1);
  sent.destroy();
  await expect.poll(() => gateway.logged.some(({ msg }) => msg === 'upstream call')).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(gateway.logged.filter(({ level }) => Number(level) >= 50)).toEqual([]);
});
