import { request } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
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

test('a list keeps its length when its last item fails', async () => {
  await expectOneAnswer(gateway, { query: NODES, variables: { ids: [id, 'nonsense'] } });
});
test('a list keeps its length when an item fails after others have come', async () => {
  const ids = gateway.emulator
    .list('Basic')
    .slice(0, 3)
    .map(({ JobId }) => JobId);
  gateway.emulator.fault({ kind: 'nullBody' }, { when: ({ params }) => params.JobId === ids[1] });
  await expectOneAnswer(gateway, { query: NODES, variables: { ids: ids.map((one) => globalIdOf(one)) } });
});
test('null for an argument that has a default', async () => {
  await expectOneAnswer(gateway, { query: TYPE, variables: { t: null } });
});
test('null for one of a list of ids', async () => {
  const query = 'query ($a: ID!, $b: ID = "x") { nodes(ids: [$a, $b]) { id } }';
  await expectOneAnswer(gateway, { query, variables: { a: id, b: null } });
});
test('a variable inside a representation', async () => {
  const query =
    'query ($id: ID) { _entities(representations: [{ __typename: "CustomizedVoiceJob", jobId: $id }]) { __typename } }';
  await expectOneAnswer(gateway, { query, variables: { id: jobId } }, { path: '/subgraph' });
});
test('null for a condition', async () => {
  const query = 'query ($x: Boolean = true) { __typename a: __typename @include(if: $x) }';
  await expectOneAnswer(gateway, { query, variables: { x: null } });
});
test('fields stand in the order in which they are taken', async () => {
  const query =
    'query ($x: Boolean!) { customizedVoiceJobs(first: 1) { ... @include(if: $x) { totalCount } nodes { id } totalCount } }';
  await expectOneAnswer(gateway, { query, variables: { x: false } });
});
test('fragments that double at each level are refused before anything writes them out', async () => {
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
test('an alias of __proto__', async () => {
  await expectOneAnswer(gateway, { query: '{ __proto__: __typename a: __typename }' });
});
test('an operation name and a text are not mistaken for another text', async () => {
  await post(gateway, { query: 'query A { __typename }', operationName: 'A' });
  const { text } = await post(gateway, { query: 'A\nquery A { __typename }' });
  expect(JSON.parse(text)).toHaveProperty('errors');
});
test('half of a surrogate pair is the caller’s mistake', async () => {
  const { text } = await post(gateway, '{"query":"{ customizedVoiceJob(jobId: \\"\\\\uD800\\") { id } }"}');
  const viaVariable = await post(
    gateway,
    '{"query":"query($i:ID!){customizedVoiceJob(jobId:$i){id}}","variables":{"i":"\\ud800"}}',
  );
  for (const answer of [text, viaVariable.text]) expect(answer).not.toContain('INTERNAL_SERVER_ERROR');
});
test('variables in a URL that are no JSON are the caller’s mistake', async () => {
  const { text } = await get(gateway, { query: '{ __typename }', variables: '{' });
  expect(text).not.toContain('INTERNAL_SERVER_ERROR');
});
test('forms of content-type are taken by both ways or by none', async () => {
  const headers = { 'content-type': 'application/json ; charset=utf-8' };
  const good = await post(gateway, { query: '{ __typename }' }, { headers });
  const bad = await post(gateway, { query: '{ nothing }' }, { headers });
  expect(bad.status).toBe(good.status);
});
test('errors that yoga tells by GET are not to be stored either', async () => {
  const { headers } = await get(gateway, { query: '{ nothing }' });
  expect(headers['cache-control']).toBe('no-store');
});
test('who leaves is no error of the gateway', async () => {
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
