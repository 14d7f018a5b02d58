import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Anchor, encodeCursor } from '../../src/paging/cursor.ts';
import { type FuzzedGateway, startFuzzedGateway } from './fuzzed-gateway.ts';
import { HttpClient } from './http-client.ts';
import { EXCESSIVE_DOCUMENTS } from './inputs/excessive-documents.ts';
import { expectValidResponse } from './invariants.ts';

/** Shrunk inputs that violated the invariants at some time, each with its symptom. */

let gateway: FuzzedGateway;
let client: HttpClient;
beforeAll(async () => {
  gateway = await startFuzzedGateway();
  client = new HttpClient(gateway.port);
});
afterAll(async () => {
  client[Symbol.dispose]();
  expect(gateway.errors).toEqual([]);
  await gateway[Symbol.asyncDispose]();
});

async function post(query: string) {
  const response = await client.ask({ target: '/graphql', body: Buffer.from(JSON.stringify({ query })) });
  expectValidResponse(response);
  return JSON.parse(response.body);
}

async function get(search: string, accept = '*/*') {
  const response = await client.ask({ method: 'GET', target: `/graphql?${search}`, headers: { accept } });
  expectValidResponse(response);
  return response;
}

const farAnchor = (offset: number): Anchor => ({
  offset,
  total: 150,
  key: '0'.repeat(16),
  createdAt: null,
  ordered: true,
  neighbours: { side: 'above', keys: [], complete: true },
});

test.each([2 ** 31 - 1, 2 ** 31, 2 ** 38, 2 ** 48])(
  'regression: a forged cursor at row %i, for which the upstream has no page, causes no error but BAD_USER_INPUT',
  async (offset) => {
    const cursor = encodeCursor({ list: 0, anchors: [farAnchor(offset)] });
    for (const args of [`first: 1, after: "${cursor}"`, `last: 3, before: "${cursor}"`]) {
      const { errors } = await post(`{ customizedVoiceJobs(${args}) { nodes { jobId } } }`);
      for (const error of errors ?? []) expect(error.extensions.code).toBe('BAD_USER_INPUT');
    }
  },
);

test.each(['first: 3, after', 'last: 3, before', 'first: 100, after'])(
  'regression: an anchor above the first row of an unordered list is paged from page 0 without an upstream error (%s)',
  async (args) => {
    const above: Anchor = { ...farAnchor(-1), key: '0000000000000001', ordered: false };
    const cursor = encodeCursor({ list: 2, anchors: [above, above] });
    const { errors } = await post(
      `{ customizedVoiceJobs(type: ALL, ${args}: "${cursor}") { nodes { jobId } } }`,
    );
    expect(errors).toBeUndefined();
  },
);

test.each(Object.keys(EXCESSIVE_DOCUMENTS) as (keyof typeof EXCESSIVE_DOCUMENTS)[])(
  'regression: a document with %s does not exhaust stack or memory',
  async (kind) => {
    await post(EXCESSIVE_DOCUMENTS[kind](20_000));
  },
);

const QUERY = `query=${encodeURIComponent('{ __typename }')}`;

test('regression: repeated variables in a URL, the first of which is not JSON, are status 400, not an internal error', async () => {
  expect((await get(`${QUERY}&variables=%7B&variables=%7B%7D`)).status).toBe(400);
});

test.each(['text/html', 'text/event-stream', 'multipart/mixed', 'image/png'])(
  'regression: invalid JSON as variables in a URL is not an internal error for a client that accepts %s',
  async (accept) => {
    await get(`${QUERY}&variables=%7B`, accept);
  },
);

test('regression: in a document with more errors than are reported, the entry that says so has a code', async () => {
  const { errors } = await post(`{ ${Array.from({ length: 20 }, (_, at) => `nowhere${at}`).join(' ')} }`);
  for (const { extensions } of errors) expect(extensions?.code).toBe('GRAPHQL_VALIDATION_FAILED');
});
