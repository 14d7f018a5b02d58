import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { DocumentCache } from '../../src/limits/checked-document.ts';
import { createSchema } from '../../src/schema/index.ts';
import { get, post, type Received } from '../answers/asking.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { FULL } from '../runs.ts';
import { DEFAULTS } from './check-document.ts';
import { HOSTILE } from './hostile-documents.ts';
import { type bodyOf, WAYS } from './told.ts';

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGateway();
  for (const [, headers] of WAYS) await post(gateway, { query: '{ nothing }' }, { headers });
});
afterAll(() => gateway?.[Symbol.asyncDispose]());

/** Expects a rejection as the caller's mistake, and no internal error. */
function expectRefusal({ status, text }: Received) {
  expect(status).toBe(400);
  const { errors = [] } = JSON.parse(text) as ReturnType<typeof bodyOf>;
  expect(errors.length).toBeGreaterThan(0);
  expect(errors.length).toBeLessThanOrEqual(11);
  expect(errors.map(({ extensions }) => extensions.code)).not.toContain('INTERNAL_SERVER_ERROR');
  expect(gateway.logged.filter(({ level }) => Number(level) >= 50)).toEqual([]);
}

describe.each(HOSTILE)('%s', (_, query) => {
  test.each(WAYS)('is rejected by %s', async (_, headers) => {
    expectRefusal(
      await post(
        gateway,
        { query },
        { headers: { ...headers, accept: 'application/graphql-response+json' } },
      ),
    );
    expect(gateway.emulator.calls).toEqual([]);
  });

  test('is rejected within milliseconds', async () => {
    // A different text each time, so that nothing is cached. CPU time of gateway and client, because other processes share
    // this machine; the minimum of several runs, because V8 compiles and collects garbage.
    const tookMs: number[] = [];
    for (let run = 0; run < 8; run++) {
      const before = process.cpuUsage();
      await post(gateway, { query: `${query}${' '.repeat(run)}` });
      const { user, system } = process.cpuUsage(before);
      tookMs.push((user + system) / 1000);
    }
    expect(Math.min(...tookMs)).toBeLessThan(30);
  });
});

describe('deeply nested values', () => {
  const deep = (open: string, close: string, levels: number) =>
    `${open.repeat(levels)}1${close.repeat(levels)}`;

  test.each([
    ['first', 'query ($v: Int) { customizedVoiceJobs(first: $v) { totalCount } }', '/graphql'],
    ['after', 'query ($v: String) { customizedVoiceJobs(after: $v) { totalCount } }', '/graphql'],
    [
      'type',
      'query ($v: CustomizedVoiceJobTypeFilter!) { customizedVoiceJobs(type: $v) { totalCount } }',
      '/graphql',
    ],
    ['jobId', 'query ($v: ID!) { customizedVoiceJob(jobId: $v) { id } }', '/graphql'],
    ['ids', 'query ($v: [ID!]!) { nodes(ids: $v) { id } }', '/graphql'],
    [
      'representations',
      'query ($v: [_Any!]!) { _entities(representations: $v) { __typename } }',
      '/subgraph',
    ],
    [
      'representations, one',
      'query ($v: _Any!) { _entities(representations: [$v]) { __typename } }',
      '/subgraph',
    ],
    ['nothing', 'query { __typename }', '/graphql'],
  ])('as a variable of %s are rejected', async (_, query, path) => {
    for (const value of [deep('[', ']', 40_000), deep('{"a":', '}', 15_000)]) {
      const body = `{"query":${JSON.stringify(query)},"variables":{"v":${value}}}`;
      for (const [, headers] of WAYS) {
        for (let run = 0; run < 4; run++) {
          const { status, text } = await post(gateway, body, { headers, path });
          expect(status).toBe(200);
          expect(text).not.toContain('INTERNAL_SERVER_ERROR');
          if (query.includes('$v')) expect(JSON.parse(text)).toHaveProperty('errors');
        }
      }
    }
    expect(gateway.emulator.calls).toEqual([]);
    expect(gateway.logged.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });

  test('as the body, whole or truncated, as extensions, and in a URL are rejected', async () => {
    const nested = deep('[', ']', 40_000);
    for (const [body, status] of [
      [nested, 400],
      [nested.slice(0, 40_000), 400],
      [`{"query":"{ __typename }","extensions":{"a":${nested}}}`, 200],
    ] as const) {
      for (const [, headers] of WAYS)
        expect(
          (
            await post(gateway, body, {
              headers: { ...headers, accept: 'application/graphql-response+json' },
            })
          ).status,
        ).toBe(status);
    }
    const variables = `{"a":${deep('[', ']', 1000)}}`;
    expect((await get(gateway, { query: '{ __typename }', variables })).status).toBe(200);
  });
});

test('yoga does not turn a long body into one string per byte', async () => {
  await using gateway = await startGateway();
  const keys = vi.spyOn(Object, 'keys');
  onTestFinished(() => keys.mockRestore());
  const { status, text } = await post(gateway, { query: `{ nowhere } # ${'x'.repeat(90_000)}` });
  expect([status, text]).toEqual([200, expect.stringContaining('Cannot query field')]);
  const lengths = keys.mock.results.map(({ value }) => value?.length ?? 0);
  expect(lengths.length).toBeGreaterThan(0);
  expect(Math.max(...lengths)).toBeLessThan(1000);
});

test('the document cache is bounded by memory, not by number', () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const documents = new DocumentCache(createSchema(), { introspection: true, limits: DEFAULTS });
  const fields = '__typename '.repeat(1900);
  gc();
  const before = process.memoryUsage().heapUsed;
  // 900 kB each; all of them would take 180 MB.
  for (let index = 0; index < (FULL ? 400 : 200); index++)
    documents.find(`{ ${fields} } # ${index} ${'x'.repeat(70_000)}`);
  gc();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(100 * 1024 * 1024);
  expect(documents.find('{ nothing }')).toBe(documents.find('{ nothing }'));
});
