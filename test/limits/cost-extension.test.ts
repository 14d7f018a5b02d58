import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { answersOf, get, isHot, post } from '../answers/asking.ts';
import { globalIdOf } from '../answers/corpus.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { askWithCost, bodyOf, WAYS } from './told.ts';

const FOR_EVER = { ttlMs: 3_600_000, staleIfErrorMs: 0 };
const PAGE = 'query ($n: Int) { customizedVoiceJobs(first: $n) { totalCount nodes { id jobId } } }';
const BODY = { query: PAGE, variables: { n: 3 } };
const COST = { complexity: 3 + 3 * 2 + 10, depth: 3, plannedUpstreamCalls: 1 };

describe.each(WAYS)('extensions.cost, by %s', (_, headers) => {
  let gateway: GatewayUnderTest;
  beforeEach(async () => {
    gateway = await startGateway();
  });
  afterEach(() => gateway[Symbol.asyncDispose]());

  test('is next to the data in every run', async () => {
    for (let run = 0; run < 4; run++) {
      const { data, errors, extensions } = await askWithCost(gateway, BODY, headers);
      expect(errors).toBeUndefined();
      expect(data.customizedVoiceJobs.nodes).toHaveLength(3);
      expect(extensions).toEqual({ cost: { ...COST, upstreamCalls: 1 } });
    }
  });

  test.each(['0', 'true', '', '1, 1', '01'])(
    'is requested by `x-cost: 1` only, not by "%s"',
    async (value) => {
      const answer = bodyOf(await post(gateway, BODY, { headers: { ...headers, 'x-cost': value } }));
      expect(answer).not.toHaveProperty('extensions');
    },
  );

  test('is missing if it is not requested', async () => {
    expect(bodyOf(await post(gateway, BODY, { headers }))).not.toHaveProperty('extensions');
  });

  test('is next to errors of fields', async () => {
    const query = `{ good: node(id: "${globalIdOf('x')}") { id } bad: node(id: "none") { id } }`;
    const { data, errors, extensions } = await askWithCost(gateway, { query }, headers);
    expect([data, errors?.length]).toEqual([{ good: null, bad: null }, 1]);
    expect(extensions?.cost).toEqual({
      complexity: 4 + 20,
      depth: 2,
      plannedUpstreamCalls: 2,
      upstreamCalls: 1,
    });
  });

  test('is sent if a non-null field fails', async () => {
    const query = '{ customizedVoiceJobs(first: 101) { totalCount } }';
    const { data, errors, extensions } = await askWithCost(gateway, { query }, headers);
    expect([data, errors?.length]).toEqual([null, 1]);
    expect(extensions?.cost).toMatchObject({ plannedUpstreamCalls: 1, upstreamCalls: 0 });
  });

  test('is sent if the variables do not fit', async () => {
    const { data, errors, extensions } = await askWithCost(
      gateway,
      { query: PAGE, variables: { n: 'x' } },
      headers,
    );
    expect([data, errors?.[0]?.extensions.code]).toEqual([undefined, 'BAD_USER_INPUT']);
    expect(extensions?.cost).toMatchObject({ complexity: 3 + 100 * 2 + 10, upstreamCalls: 0 });
  });

  test('is sent if the operation exceeds the cost limit', async () => {
    const query =
      '{ customizedVoiceJobs(first: 100) { edges { node { id jobId status type voiceId voiceName voiceDesc gender scenario } } nodes { id jobId status type voiceId voiceName voiceDesc gender scenario message createTime gmtCreate a: id b: id c: id d: id } } }';
    const { errors, extensions } = await askWithCost(gateway, { query }, headers);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'OPERATION_TOO_COMPLEX', cost: 2613, limit: 2500 });
    expect(extensions?.cost).toEqual({
      complexity: 2613,
      depth: 4,
      plannedUpstreamCalls: 1,
      upstreamCalls: 0,
    });
  });

  test.each([
    ['does not parse', '{'],
    ['is not valid', '{ nothing }'],
    ['has two operations and no name', 'query A { __typename } query B { __typename }'],
    ['is too large', `{ ${'a '.repeat(3000)} }`],
  ])('is missing for a document that %s', async (_, query) => {
    const answer = await askWithCost(gateway, { query }, headers);
    expect(answer).toHaveProperty('errors');
    expect(answer).not.toHaveProperty('extensions');
  });

  test('is that of the selected operation', async () => {
    const query = 'query A { __typename } query B { customizedVoiceJobs { totalCount } }';
    const { extensions } = await askWithCost(gateway, { query, operationName: 'B' }, headers);
    expect(extensions?.cost).toEqual({ complexity: 12, depth: 2, plannedUpstreamCalls: 1, upstreamCalls: 1 });
  });

  test('is sent for entities of the subgraph', async () => {
    const query = 'query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }';
    const of = ['x', 'y'].map((jobId) => ({ __typename: 'CustomizedVoiceJob', jobId }));
    const { extensions } = await askWithCost(gateway, { query, variables: { of } }, headers, '/subgraph');
    expect(extensions?.cost).toEqual({
      complexity: 1 + 2 + 20,
      depth: 2,
      plannedUpstreamCalls: 2,
      upstreamCalls: 2,
    });
  });

  test('is sent by GET with cache-control: no-store', async () => {
    const asked = headers === WAYS[0][1] ? {} : { key: '1' };
    const parameters = { query: '{ customizedVoiceJobs { totalCount } }', ...asked };
    const answer = await get(gateway, parameters, { headers: { 'x-cost': '1' } });
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(bodyOf(answer).extensions?.cost.upstreamCalls).toBe(1);
  });
});

describe('a cached response', () => {
  let gateway: GatewayUnderTest;
  beforeEach(async () => {
    gateway = await startGateway({ gateway: { cache: FOR_EVER } });
  });
  afterEach(() => gateway[Symbol.asyncDispose]());

  test('is not used for a request with x-cost, whose cost reports no upstream calls', async () => {
    const { text } = await post(gateway, BODY);
    expect(await isHot(gateway, () => post(gateway, BODY))).toBe(true);
    const { data, extensions } = await askWithCost(gateway, BODY);
    expect(data).toEqual(JSON.parse(text).data);
    expect(extensions?.cost).toEqual({ ...COST, upstreamCalls: 0 });
  });

  test('never contains the cost', async () => {
    const first = await askWithCost(gateway, BODY);
    expect(first.extensions?.cost.upstreamCalls).toBe(1);
    expect((await askWithCost(gateway, BODY)).extensions?.cost.upstreamCalls).toBe(0);
    await expect.poll(() => answersOf(gateway)).toEqual({ cached: 0, executed: 2, rejected: 0 });
    for (let asked = 0; asked < 2; asked++)
      expect(bodyOf(await post(gateway, BODY))).not.toHaveProperty('extensions');
    await expect.poll(() => answersOf(gateway)).toEqual({ cached: 1, executed: 3, rejected: 0 });
  });
});
