import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { hashApiKey } from '../../src/auth/api-key.ts';
import { MAX_OPERATIONS, OperationCounter } from '../../src/telemetry/label-limiter.ts';
import { startGateway } from '../gateway-under-test.ts';
import { fc, runs } from '../runs.ts';
import { metricsOf } from './metrics-of.ts';

test('arbitrary operation names of clients create at most a hundred series, plus one', async () => {
  await using gateway = await startGateway();
  const names = Array.from({ length: 3 * MAX_OPERATIONS }, (_, index) => `Op${index}`);
  for (const name of names) await gateway.ask(`query ${name} { __typename }`);
  await gateway.ask('query Op0 { __typename }');
  await expect
    .poll(async () => (await metricsOf(gateway.origin)).sum('voicejobs_graphql_requests_total'))
    .toBe(3 * MAX_OPERATIONS + 1);
  const metrics = await metricsOf(gateway.origin);
  expect(metrics.lines('voicejobs_graphql_requests_total')).toHaveLength(MAX_OPERATIONS + 1);
  expect(metrics.sum('voicejobs_graphql_requests_total', { operation: 'Op0' })).toBe(2);
  expect(metrics.sum('voicejobs_graphql_requests_total', { operation: `Op${MAX_OPERATIONS}` })).toBe(0);
  expect(metrics.sum('voicejobs_graphql_requests_total', { operation: 'other' })).toBe(2 * MAX_OPERATIONS);
});

test('only valid documents create a series', async () => {
  await using gateway = await startGateway();
  for (let index = 0; index < 20; index++) {
    await gateway.ask(`query Invalid${index} { nothing }`);
    await gateway.ask(`query Broken${index} {`);
    await gateway.ask(
      'query Real { __typename }',
      {},
      {
        body: JSON.stringify({ query: 'query Real { __typename }', operationName: `Missing${index}` }),
      },
    );
  }
  await expect
    .poll(async () => (await metricsOf(gateway.origin)).sum('voicejobs_graphql_requests_total'))
    .toBe(60);
  const metrics = await metricsOf(gateway.origin);
  expect(metrics.text).not.toMatch(/Invalid\d|Broken\d|Missing\d/);
  expect(metrics.sum('voicejobs_graphql_requests_total', { operation: 'none' })).toBe(60);
});

test('a very long operation name creates one series, and is cut in the log', async () => {
  await using gateway = await startGateway();
  const name = 'N'.repeat(5000);
  await gateway.ask(`query ${name} { __typename }`);
  await expect
    .poll(() => gateway.logged.find(({ msg }) => msg === 'request')?.operation)
    .toBe(name.slice(0, 80));
});

test('unknown paths and methods create no series', async () => {
  await using gateway = await startGateway();
  const size = async () => (await metricsOf(gateway.origin)).text.match(/^http_/gm)?.length;
  for (const path of ['/a', '/metrics']) await fetch(gateway.origin + path);
  const before = await size();
  for (let index = 0; index < 30; index++)
    await fetch(`${gateway.origin}/${index}`, { method: index % 2 === 0 ? 'PURGE' : 'GET' });
  await expect
    .poll(async () =>
      (await metricsOf(gateway.origin)).sum('voicejobs_http_requests_total', { path: 'other' }),
    )
    .toBe(31);
  expect(await size()).toBe(before);
});

test('property: series of operations and codes are bounded, and every request is counted', () => {
  const request = fc.tuple(fc.option(fc.string(), { nil: undefined }), fc.string());
  fc.assert(
    fc.property(fc.array(request, { maxLength: 1000 }), (requests) => {
      const counts = new OperationCounter();
      for (const [name, code] of requests) counts.add(name, code);
      const shown = [...counts];
      expect(new Set(shown.map(({ values }) => values[0])).size).toBeLessThanOrEqual(MAX_OPERATIONS + 3);
      expect(new Set(shown.map(({ values }) => values[1])).size).toBeLessThanOrEqual(51);
      expect(shown.reduce((sum, { count }) => sum + count, 0)).toBe(requests.length);
    }),
    { numRuns: runs(50) },
  );
});

const randomKey = () => randomBytes(24).toString('base64url');

describe('operation names of unknown clients', () => {
  const flood = (counts: OperationCounter, client?: string) => {
    for (let index = 0; index < 5 * MAX_OPERATIONS; index++)
      counts.add(`Made${client}${index}`, 'OK', client);
  };
  const timesOf = (counts: OperationCounter, operation: string) =>
    [...counts].find(({ values }) => values[0] === operation)?.count;

  test('do not use the series of a registered operation', async () => {
    await using gateway = await startGateway({
      gateway: {
        trustedDocuments: { mode: 'allow', documents: new Map([['seldom', 'query Seldom { __typename }']]) },
      },
    });
    for (let index = 0; index < 2 * MAX_OPERATIONS; index++)
      await gateway.ask(`query Made${index} { __typename }`);
    await gateway.ask('query Seldom { __typename }');
    await expect
      .poll(async () =>
        (await metricsOf(gateway.origin)).sum('voicejobs_graphql_requests_total', { operation: 'Seldom' }),
      )
      .toBe(1);
  });

  test('do not use the reserved series of a client with an API key, over HTTP', async () => {
    // Random: a key of one repeated letter would be found in every long text that another test makes of that letter.
    const keys = { flooding: randomKey(), seldom: randomKey() };
    await using gateway = await startGateway({
      gateway: {
        auth: { apiKeys: Object.entries(keys).map(([name, key]) => hashApiKey(name, key)), jwt: undefined },
      },
    });
    const ask = (key: string, query: string) =>
      gateway.ask(query, {}, { headers: { 'content-type': 'application/json', 'x-api-key': key } });
    for (let index = 0; index < 2 * MAX_OPERATIONS; index++)
      await ask(keys.flooding, `query Made${index} { __typename }`);
    await ask(keys.seldom, 'query Seldom { __typename }');
    const metrics = async () => metricsOf(gateway.origin, { 'x-api-key': keys.seldom });
    await expect
      .poll(async () => (await metrics()).sum('voicejobs_graphql_requests_total', { operation: 'Seldom' }))
      .toBe(1);
    expect((await metrics()).sum('voicejobs_graphql_requests_total', { operation: 'other' })).toBe(
      MAX_OPERATIONS,
    );
  });

  test('of one client with a token leave series for other clients with tokens', () => {
    const counts = new OperationCounter([], ['key']);
    flood(counts, 'token');
    counts.add('SeldomOfToken', 'OK', 'other token');
    flood(counts);
    counts.add('SeldomOfKey', 'OK', 'key');
    expect(timesOf(counts, 'SeldomOfToken')).toBe(1);
    expect(timesOf(counts, 'SeldomOfKey')).toBe(1);
  });

  test('never change the series of a known name', () => {
    const callers = fc.constantFrom(undefined, 'key', 'other key', 'token', 'other token');
    const request = fc.tuple(fc.nat({ max: 400 }), callers);
    fc.assert(
      fc.property(fc.array(request, { maxLength: 2000 }), (requests) => {
        const counts = new OperationCounter(['Known'], ['key', 'other key']);
        const shown = new Set<string>(['Known']);
        for (const [number, client] of requests) {
          const name = number === 0 ? 'Known' : `Op${number}`;
          const before = timesOf(counts, name) ?? 0;
          counts.add(name, 'OK', client);
          const after = timesOf(counts, name) ?? 0;
          if (shown.has(name)) expect(after).toBe(before + 1);
          else if (after > before) shown.add(name);
        }
        // Of each of the two keys, of all others together, and the known ones.
        expect(shown.size).toBeLessThanOrEqual(3 * MAX_OPERATIONS + 1);
      }),
      { numRuns: runs(20) },
    );
  });
});
