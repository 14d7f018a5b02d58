import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { answersOf, post } from './asking.ts';
import { type Known, knownOf } from './corpus.ts';
import { QUERIES } from './queries.ts';
import { BODIES, REFUSALS } from './refusals.ts';
import { expectOneAnswer, seen, VIA_YOGA } from './ways.ts';

let gateway: GatewayUnderTest;
let caching: GatewayUnderTest;
let known: Known;
beforeAll(async () => {
  gateway = await startGateway();
  caching = await startGateway({ gateway: { cache: { ttlMs: 3_600_000, staleIfErrorMs: 0 } } });
  for (const { emulator } of [gateway, caching])
    emulator.change(emulator.list('Basic')[0]?.JobId ?? '', {
      VoiceName: '漢字 🎤 "\\ \u2028 \0',
      Status: 'Fail',
    });
  known = await knownOf(gateway);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await caching[Symbol.asyncDispose]();
});

/** A document of its own for each test, so that its first run is a first run. */
const own = (query: string, title: string) => `${query}\n# ${title}`;

// `application/json` differs only in the media type and the status of requests rejected before execution. A query, a rejection
// and a body of another form cover that; the tests with a cache below use it for all documents.
describe.each([
  ['application/graphql-response+json', QUERIES, REFUSALS, BODIES],
  ['application/json', QUERIES.slice(0, 1), REFUSALS.slice(0, 1), BODIES.slice(0, 1)],
] as const)(
  'fast path, compiled execution and yoga return the same response in %s',
  (accept, queries, refusals, bodies) => {
    const headers = { accept };

    test.each(queries)('%s', async (title, request) => {
      const { query, ...rest } = request(known);
      const answer = await expectOneAnswer(
        gateway,
        { query: own(query, `${title} ${accept}`), ...rest },
        { headers },
      );
      expect([answer.status, answer.type]).toEqual([200, `${accept}; charset=utf-8`]);
      expect(answer.body).toMatch(/^\{"data":/);
    });

    test.each(refusals)('%s', async (title, request) => {
      const { query, ...rest } = request(known);
      const asked = query.trim() === '' ? query : own(query, `${title} ${accept}`);
      const { body } = await expectOneAnswer(gateway, { query: asked, ...rest }, { headers });
      expect(body).toHaveProperty('errors');
    });

    test.each(bodies)('%s as the body', async (_, body) => {
      await expectOneAnswer(gateway, body, { headers });
    });
  },
);

test.each([
  '*/*',
  '*/json',
  'application/*',
  'text/html',
  'text/event-stream',
  'text/event-stream, application/json',
  'multipart/mixed',
  'multipart/mixed, application/json',
  'APPLICATION/JSON',
  'application/json;q=0.1, application/graphql-response+json',
  'application/graphql-response+json; charset=utf-8, */*',
  'application/json;charset=latin1 , application/graphql-response+json',
  'image/png, */*;q=0.1',
  '',
])('fast path and yoga negotiate the same media type for Accept: "%s"', async (accept) => {
  await expectOneAnswer(gateway, { query: `{ __typename } # for ${accept}` }, { headers: { accept } });
});

describe('with a cache, every executor returns the same response, and so does the response cache, for', () => {
  test.each(QUERIES)('%s', async (title, request) => {
    const { query, ...rest } = request(known);
    const body = { query: own(query, title), ...rest };
    const answer = await expectOneAnswer(caching, body, { headers: { 'cache-control': 'no-cache' } });
    const { cached } = await answersOf(caching);
    expect(seen(await post(caching, body))).toEqual(answer);
    await expect.poll(() => answersOf(caching)).toMatchObject({ cached: cached + 1 });
  });

  test.each(REFUSALS)('%s', async (title, request) => {
    const { query, ...rest } = request(known);
    const { cached } = await answersOf(caching);
    await expectOneAnswer(caching, { query: query.trim() && own(query, title), ...rest });
    expect(await answersOf(caching)).toMatchObject({ cached });
  });
});

test('a body in a form that the fast path does not accept is answered by yoga', async () => {
  const { headers } = await post(caching, { query: '{ __typename }' }, { headers: VIA_YOGA });
  expect(headers['content-type']).toBe('application/json; charset=utf-8');
  const { cached } = await answersOf(caching);
  for (let asked = 0; asked < 3; asked++)
    await post(caching, { query: '{ __typename }' }, { headers: VIA_YOGA });
  expect(await answersOf(caching)).toMatchObject({ cached });
});
