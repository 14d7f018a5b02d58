import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Anchor, encodeCursor } from '../../src/paging/cursor.ts';
import { Asker } from './asker.ts';
import { type FuzzedGateway, startFuzzedGateway } from './fuzzed-gateway.ts';
import { MONSTERS } from './inputs/monsters.ts';
import { expectLawful } from './law.ts';

/** Inputs that once broke the law, shrunk, each by its symptom. */

let gateway: FuzzedGateway;
let asker: Asker;
beforeAll(async () => {
  gateway = await startFuzzedGateway();
  asker = new Asker(gateway.port);
});
afterAll(async () => {
  asker[Symbol.dispose]();
  expect(gateway.errors).toEqual([]);
  await gateway[Symbol.asyncDispose]();
});

async function post(query: string) {
  const answer = await asker.ask({ target: '/graphql', body: Buffer.from(JSON.stringify({ query })) });
  expectLawful(answer);
  return JSON.parse(answer.body);
}

async function get(search: string, accept = '*/*') {
  const answer = await asker.ask({ method: 'GET', target: `/graphql?${search}`, headers: { accept } });
  expectLawful(answer);
  return answer;
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
  'a made-up cursor at row %i asked the upstream for a page that it does not have: the upstream was blamed',
  async (offset) => {
    const cursor = encodeCursor({ list: 0, anchors: [farAnchor(offset)] });
    for (const args of [`first: 1, after: "${cursor}"`, `last: 3, before: "${cursor}"`]) {
      const { errors } = await post(`{ customizedVoiceJobs(${args}) { nodes { jobId } } }`);
      for (const error of errors ?? []) expect(error.extensions.code).toBe('BAD_USER_INPUT');
    }
  },
);

test.each(['first: 3, after', 'last: 3, before', 'first: 100, after'])(
  'a row that stood above the whole list, of a list without an order, was read along from page 0: the upstream was blamed (%s)',
  async (args) => {
    const above: Anchor = { ...farAnchor(-1), key: '0000000000000001', ordered: false };
    const cursor = encodeCursor({ list: 2, anchors: [above, above] });
    const { errors } = await post(
      `{ customizedVoiceJobs(type: ALL, ${args}: "${cursor}") { nodes { jobId } } }`,
    );
    expect(errors).toBeUndefined();
  },
);

test.each(Object.keys(MONSTERS) as (keyof typeof MONSTERS)[])(
  'a document with %s ran out of stack or memory: the gateway was blamed',
  async (monster) => {
    await post(MONSTERS[monster](20_000));
  },
);

const QUERY = `query=${encodeURIComponent('{ __typename }')}`;

test('variables twice in a URL, the first time no JSON: the gateway was blamed', async () => {
  expect((await get(`${QUERY}&variables=%7B&variables=%7B%7D`)).status).toBe(400);
});

test.each(['text/html', 'text/event-stream', 'multipart/mixed', 'image/png'])(
  'variables in a URL that are no JSON, for a client that takes %s: the gateway was blamed',
  async (accept) => {
    await get(`${QUERY}&variables=%7B`, accept);
  },
);

test('a document with more errors than are told: the line that says so had no code', async () => {
  const { errors } = await post(`{ ${Array.from({ length: 20 }, (_, at) => `nowhere${at}`).join(' ')} }`);
  for (const { extensions } of errors) expect(extensions?.code).toBe('GRAPHQL_VALIDATION_FAILED');
});
