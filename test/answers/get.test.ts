import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { get, isHot, send } from './asking.ts';
import { seen } from './ways.ts';

const TTL_MS = 30_000;
const QUERY = { query: '{ customizedVoiceJobs(first: 3) { totalCount nodes { jobId voiceName } } }' };

let gateway: GatewayUnderTest;
beforeEach(async () => {
  gateway = await startGateway({ gateway: { cache: { ttlMs: TTL_MS, staleIfErrorMs: 0 } } });
});
afterEach(() => gateway[Symbol.asyncDispose]());

const maxAgeOf = (directives: string | undefined) =>
  Number(/^private, max-age=(\d+)$/.exec(directives ?? '')?.[1]);

describe('conditional GET', () => {
  let etag: string;
  beforeEach(async () => {
    etag = (await get(gateway, QUERY)).headers.etag ?? '';
    expect(etag).toMatch(/^"[\w-]+"$/);
  });
  const ask = (tags: string, query = QUERY) => get(gateway, query, { headers: { 'if-none-match': tags } });

  test.each<[string, (tag: string) => string]>([
    ['its ETag', (tag) => tag],
    ['its ETag as a weak one', (tag) => `W/${tag}`],
    ['its ETag among others', (tag) => `"other", W/"more" ,${tag}, "last"`],
    ['*', () => '*'],
  ])('answers 304 for If-None-Match with %s', async (_, tags) => {
    const { status, headers, text } = await ask(tags(etag));
    expect([status, text, headers.etag, headers.vary]).toEqual([304, '', etag, 'accept']);
    expect(maxAgeOf(headers['cache-control'])).toBeLessThanOrEqual(TTL_MS / 1000);
    expect(headers).not.toHaveProperty('content-type');
    expect(headers['x-request-id']).toBeTruthy();
  });

  test.each<[string, (tag: string) => string]>([
    ['another ETag', () => '"other"'],
    ['an unquoted ETag', (tag) => tag.slice(1, -1)],
    ['a truncated ETag', (tag) => tag.slice(0, 5)],
    ['an empty value', () => ''],
  ])('answers 200 for If-None-Match with %s', async (_, tags) => {
    const { status, text } = await ask(tags(etag));
    expect([status, JSON.parse(text).data.customizedVoiceJobs.totalCount]).toEqual([200, 271]);
  });

  test('validates only for the same query, and for the same bytes in any HTTP form', async () => {
    expect((await ask(etag, { query: QUERY.query.replace('3', '2') })).status).toBe(200);
    expect((await ask(etag, { query: `${QUERY.query} ` })).status).toBe(304);
  });

  test('never validates an error response', async () => {
    const query = { query: '{ node(id: "none") { id } }' };
    expect((await get(gateway, query)).headers.etag).toBeUndefined();
    expect((await ask('*', query)).status).toBe(200);
  });
});

test('a changed list changes the ETag', async () => {
  await using changing = await startGateway({ gateway: { cache: { ttlMs: 200, staleIfErrorMs: 0 } } });
  const { etag = '' } = (await get(changing, QUERY)).headers;
  changing.emulator.insert('Basic');
  const ask = () => get(changing, QUERY, { headers: { 'if-none-match': etag } });
  await expect.poll(async () => (await ask()).status).toBe(200);
  const { headers, text } = await ask();
  expect(JSON.parse(text).data.customizedVoiceJobs.totalCount).toBe(272);
  expect(headers.etag).not.toBe(etag);
});

test('a GET response is private, with a max-age no longer than its rows are fresh', async () => {
  const startedAt = performance.now();
  const secondsSince = (at: number) => (TTL_MS - (performance.now() - at)) / 1000;
  await get(gateway, QUERY);
  const readBy = performance.now();
  await sleep(1100);
  // One cached response, and one executed now from the same page.
  for (const query of [QUERY, { query: `${QUERY.query}\n` }]) {
    const mostSeconds = secondsSince(readBy);
    const { headers } = await get(gateway, query);
    expect(headers.vary).toBe('accept');
    const age = maxAgeOf(headers['cache-control']);
    expect(age).toBeLessThanOrEqual(mostSeconds);
    expect(age).toBeGreaterThanOrEqual(Math.floor(secondsSince(startedAt)));
  }
  expect(gateway.emulator.calls).toHaveLength(1);
});

test('without a TTL a GET response has an ETag and max-age=0', async () => {
  await using direct = await startGateway();
  const { headers } = await get(direct, QUERY);
  expect(headers['cache-control']).toBe('private, max-age=0');
  const again = await get(direct, QUERY, { headers: { 'if-none-match': headers.etag } });
  expect(again.status).toBe(304);
  expect(direct.emulator.calls).toHaveLength(2);
});

test.each([
  ['null data', '{ customizedVoiceJobs(first: 101) { totalCount } }'],
  ['data and an error', '{ __typename node(id: "none") { id } }'],
])('a GET response with errors is sent with no-store: %s', async (_, query) => {
  for (let asked = 0; asked < 4; asked++) {
    const { status, headers, text } = await get(gateway, { query });
    expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
    expect(JSON.parse(text)).toHaveProperty('errors');
  }
  expect(await isHot(gateway, () => get(gateway, { query }))).toBe(false);
});

const RESPONSE_JSON = 'application/graphql-response+json';
const ASKING = '{ __typename }';

describe('GET rejects', () => {
  const refusal = (parameters: Record<string, string> | string) =>
    send(gateway, 'GET', `/graphql?${new URLSearchParams(parameters)}`, { accept: RESPONSE_JSON });

  test.each<[string, Record<string, string> | string, number]>([
    ['a mutation', { query: 'mutation { deleteJob }' }, 405],
    [
      'a mutation in a document with queries',
      { query: 'query A { __typename } mutation B { x }', operationName: 'B' },
      405,
    ],
    ['no query', '', 400],
    ['an empty query', { query: '' }, 400],
    ['an unknown field', { query: '{ nothing }' }, 400],
    ['an unknown operation name', { query: ASKING, operationName: 'X' }, 400],
    ['variables that are a list', { query: ASKING, variables: '[1]' }, 400],
    ['variables that are a number', { query: ASKING, variables: '3' }, 400],
  ])('%s', async (_, parameters, status) => {
    for (let asked = 0; asked < 3; asked++) {
      const refused = await refusal(parameters);
      expect([refused.status, refused.headers['content-type']]).toEqual([
        status,
        `${RESPONSE_JSON}; charset=utf-8`,
      ]);
      expect(JSON.parse(refused.text).errors[0].message).toBeTruthy();
    }
  });

  test.each(['query', 'operationName', 'variables', 'extensions', 'documentId'])(
    'the URL parameter %s twice',
    async (name) => {
      const { status, text } = await refusal(`query=${ASKING}&${name}={}&${name}={}`);
      const times = name === 'query' ? 3 : 2;
      expect([status, JSON.parse(text).errors]).toEqual([
        400,
        [
          {
            message: `\`${name}\` is in the URL ${times} times. Send it once.`,
            extensions: { code: 'BAD_REQUEST' },
          },
        ],
      ]);
    },
  );

  test.each(['query=%', 'query=%zz', 'query=%7B%ff', 'query=%7B__typename'])(
    'invalid percent-encoding: %s',
    async (search) => {
      const { status, text } = await send(gateway, 'GET', `/graphql?${search}`, { accept: RESPONSE_JSON });
      expect([status, JSON.parse(text).errors[0].extensions.code]).toEqual([400, 'GRAPHQL_PARSE_FAILED']);
    },
  );

  test('a subscription', async () => {
    const { text } = await refusal({ query: 'subscription { jobs }' });
    expect(JSON.parse(text)).toMatchObject({
      errors: [{ message: expect.stringContaining('subscription') }],
    });
  });

  test('HEAD, PUT and DELETE', async () => {
    for (const method of ['HEAD', 'PUT', 'DELETE']) {
      const { status, headers } = await send(gateway, method, '/graphql?query=%7B__typename%7D', {});
      expect([status, headers.allow]).toEqual([405, 'GET, POST']);
    }
  });
});

describe('URL parameters are parsed as yoga parses them', () => {
  // A repeated parameter leaves the request to yoga.
  test.each([
    'query={__typename}',
    'query=%7B+again%3A+__typename%20%7D',
    'query={__typename}&variables=',
    'query={__typename}&variables=null&extensions={}',
    'query={__typename}&operationName=',
    'query=query+A{__typename}query+B{b:__typename}&operationName=B',
    'query=query($n:Int){customizedVoiceJobs(first:$n){nodes{jobId}}}&variables={"n":2}',
    'query=query($n:Int){customizedVoiceJobs(first:$n){nodes{jobId}}}&variables={"n":"x"}',
    'query={customizedVoiceJob(jobId:"%E6%BC%A2%F0%9F%8E%A4"){id}}&__proto__=1',
    '&query={__typename}&&',
    'QUERY={__typename}',
  ])('%s', async (search) => {
    for (const accept of ['application/json', RESPONSE_JSON]) {
      const ask = async (more: string) =>
        seen(
          await send(gateway, 'GET', encodeURI(`/graphql?${search}${more}`).replaceAll('%25', '%'), {
            accept,
          }),
        );
      const viaYoga = await ask('&twice=1&twice=2');
      for (const run of [1, 2, 3, 4]) expect(await ask(''), `run ${run}`).toEqual(viaYoga);
    }
  });
});
