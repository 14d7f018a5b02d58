import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { answersOf, get, isHot, post } from './asking.ts';
import { globalIdOf } from './corpus.ts';

const FOR_EVER = { ttlMs: 3_600_000, staleIfErrorMs: 0 };
const JOBS = 'query Jobs($first: Int) { customizedVoiceJobs(first: $first) { totalCount nodes { jobId } } }';
const BODY = { query: JOBS, variables: { first: 3 } };

let gateway: GatewayUnderTest;
beforeEach(async () => {
  gateway = await startGateway({ gateway: { cache: FOR_EVER } });
});
afterEach(() => gateway[Symbol.asyncDispose]());

const hot = (body: unknown, headers = {}, path = '/graphql') =>
  isHot(gateway, () => post(gateway, body, { headers, path }));

test('a repeated request body is served from the response cache, without execution', async () => {
  const answer = await post(gateway, BODY);
  const calls = gateway.emulator.calls.length;
  gateway.emulator.fault({ kind: 'reset' });
  for (let asked = 0; asked < 3; asked++) expect((await post(gateway, BODY)).text).toBe(answer.text);
  expect(gateway.emulator.calls).toHaveLength(calls);
  await expect.poll(() => answersOf(gateway)).toEqual({ cached: 3, executed: 1, rejected: 0 });
});

test('each cached response is sent with a request id of its own', async () => {
  const answers = [await post(gateway, BODY), await post(gateway, BODY), await post(gateway, BODY)];
  expect(new Set(answers.map(({ headers }) => headers['x-request-id'])).size).toBe(3);
  const { headers } = await post(gateway, BODY, { headers: { 'x-request-id': 'mine' } });
  expect(headers['x-request-id']).toBe('mine');
});

describe('the response cache keeps apart requests with', () => {
  beforeEach(async () => {
    await post(gateway, BODY);
    expect(await hot(BODY)).toBe(true);
  });

  test.each([
    ['other variables', { ...BODY, variables: { first: 4 } }],
    ['no variables', { query: JOBS }],
    ['an operation name', { ...BODY, operationName: 'Jobs' }],
    ['other whitespace', JSON.stringify(BODY, null, 1)],
    ['another member order', { variables: BODY.variables, query: BODY.query }],
  ])('%s', async (_, body) => {
    expect(await hot(body)).toBe(false);
    expect(await hot(body)).toBe(true);
  });

  test('another media type, by the negotiated type rather than the text of Accept', async () => {
    const accept = 'application/graphql-response+json';
    expect(await hot(BODY, { accept })).toBe(false);
    expect(await hot(BODY, { accept: `image/png, ${accept};q=0.5` })).toBe(true);
    for (const [accepted, type] of [
      [accept, accept],
      ['*/*', 'application/json'],
      [`application/json, ${accept}`, 'application/json'],
      [`${accept}, application/json`, accept],
    ]) {
      const { headers } = await post(gateway, BODY, { headers: { accept: accepted } });
      expect(headers['content-type']).toBe(`${type}; charset=utf-8`);
    }
  });

  test('another endpoint', async () => {
    expect(await hot(BODY, {}, '/subgraph')).toBe(false);
    expect(await hot(BODY, {}, '/subgraph')).toBe(true);
    const nodes = { query: '{ nodes(ids: []) { id } }' };
    await post(gateway, nodes);
    expect(JSON.parse((await post(gateway, nodes, { path: '/subgraph' })).text)).toHaveProperty('errors');
    const sdl = { query: '{ _service { sdl } }' };
    await post(gateway, sdl, { path: '/subgraph' });
    expect(await hot(sdl, {}, '/subgraph')).toBe(true);
    expect(JSON.parse((await post(gateway, sdl)).text)).toHaveProperty('errors');
  });

  test('another method', async () => {
    const parameters = { query: '{ __typename }' };
    const search = String(new URLSearchParams(parameters));
    await get(gateway, parameters);
    expect(await isHot(gateway, () => get(gateway, parameters))).toBe(true);
    expect((await post(gateway, search)).status).toBe(400);
    const { text } = await get(gateway, JSON.stringify(BODY));
    expect(JSON.parse(text)).toMatchObject({ errors: [{ message: 'Must provide query string.' }] });
  });
});

test.each(['no-cache', 'no-store', 'max-age=0, No-Cache'])(
  'a request with cache-control: %s bypasses the response cache and refreshes it',
  async (directives) => {
    await post(gateway, BODY);
    expect(await hot(BODY, { 'cache-control': directives })).toBe(false);
    expect(await hot(BODY, { 'cache-control': directives })).toBe(false);
    expect(await hot(BODY)).toBe(true);
  },
);

describe('a CSRF-capable content type is not served the cached response to the same JSON', () => {
  test.each([
    ['text/plain', 415],
    ['multipart/form-data', 415],
    ['', 415],
    ['application/x-www-form-urlencoded', 415],
  ])('of type "%s"', async (type, status) => {
    const accept = 'application/graphql-response+json';
    const ask = (more = {}) => post(gateway, BODY, { headers: { accept, ...more } });
    const { text } = await ask();
    expect((await ask()).text).toBe(text);
    const refused = await ask({ 'content-type': type });
    expect(refused.status).toBe(status);
    expect(refused.text).not.toContain('jobId');
    await expect.poll(() => answersOf(gateway)).toEqual({ cached: 1, executed: 1, rejected: 1 });
  });
});

describe('the response cache does not store', () => {
  test.each([
    ['null data', { query: '{ customizedVoiceJobs(first: 101) { totalCount } }' }],
    ['data and an error', { query: '{ __typename node(id: "none") { id } }' }],
    ['a variable of the wrong type', { ...BODY, variables: { first: 'x' } }],
    ['a syntax error', { query: '{' }],
    ['an unknown field', { query: '{ nothing }' }],
    ['a batch', [BODY]],
    ['a truncated body', '{"query":'],
  ])('%s', async (_, body) => {
    const { text } = await post(gateway, body);
    expect(JSON.parse(text)).toHaveProperty('errors');
    for (let asked = 0; asked < 4; asked++) expect(await hot(body)).toBe(false);
  });

  test('a failing upstream’s response: the next request calls the upstream again', async () => {
    const [job] = gateway.emulator.list('Basic');
    const query = '{ __typename customizedVoiceJob(jobId: "unheard-of") { id } }';
    const ids = { query: `{ nodes(ids: ["${globalIdOf('x')}", "${globalIdOf(job?.JobId ?? '')}"]) { id } }` };
    gateway.emulator.fault({ kind: 'nullBody' });
    for (const body of [{ query }, BODY, ids]) {
      expect(JSON.parse((await post(gateway, body)).text)).toHaveProperty('errors');
      expect(await hot(body)).toBe(false);
    }
    gateway.emulator.clearFaults();
    for (const body of [{ query }, BODY, ids]) {
      expect(JSON.parse((await post(gateway, body)).text)).not.toHaveProperty('errors');
      expect(await hot(body)).toBe(true);
    }
  });
});

test('an oversized request is executed each time', async () => {
  const long = { query: `{ __typename } # ${'x'.repeat(10_000)}` };
  await post(gateway, long);
  expect(await hot(long)).toBe(false);
});

test('a response with a TTL of 0 is not cached', async () => {
  await using direct = await startGateway();
  for (let asked = 0; asked < 4; asked++) {
    await post(direct, BODY);
    await post(direct, { query: '{ __typename }' });
  }
  await expect.poll(() => answersOf(direct)).toEqual({ cached: 0, executed: 8, rejected: 0 });
  expect(direct.emulator.calls).toHaveLength(4);
});
