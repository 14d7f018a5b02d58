import { describe, expect, test } from 'vitest';
import { get } from '../answers/asking.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { ask, FOR_EVER, readPage, sent, truth } from './asking.ts';

// A response that takes longer than the TTL is too old to be cached when it arrives. If its age were counted from its arrival,
// the next caller would get it from the cache.

const TTL_MS = 400;
const CACHE = { ttlMs: TTL_MS, staleIfErrorMs: 0 };

const JOB = 'query ($jobId: ID!) { customizedVoiceJob(jobId: $jobId) { jobId status } }';

async function startSlow(): Promise<GatewayUnderTest> {
  const gateway = await startGateway({
    emulator: { basicCount: 1000 },
    gateway: { cache: CACHE, deadlineMs: 30_000 },
  });
  gateway.emulator.setLatencyMs(TTL_MS + 200);
  return gateway;
}

describe('a value that arrives older than the TTL is read again for the next caller:', () => {
  test.each<[string, (gateway: GatewayUnderTest) => Promise<unknown>]>([
    ['a page', (gateway) => readPage(gateway, { first: 5 })],
    ['a total', (gateway) => ask(gateway, '{ customizedVoiceJobs { totalCount } }')],
    ['a job', (gateway) => ask(gateway, JOB, { jobId: truth(gateway)[0] })],
    ['a missing job', (gateway) => ask(gateway, JOB, { jobId: 'none' })],
    // The same document each time, so that the response cache could serve it.
    ['a response', (gateway) => gateway.ask('{ customizedVoiceJobs(first: 3) { nodes { jobId } } }')],
  ])('%s', async (_title, read) => {
    await using gateway = await startSlow();
    for (const calls of [1, 2, 3]) {
      await read(gateway);
      expect(sent(gateway)).toHaveLength(calls);
    }
  });
});

test('a response that took longer than a TTL is sent without max-age', async () => {
  await using gateway = await startSlow();
  const { text, headers } = await get(gateway, { query: '{ customizedVoiceJobs(first: 3) { totalCount } }' });
  expect(JSON.parse(text)).toEqual({ data: { customizedVoiceJobs: { totalCount: 1000 } } });
  expect(headers['cache-control']).toBe('private, max-age=0');
});

test('a slow read within the TTL of its request is shared', async () => {
  await using gateway = await startGateway({ gateway: { cache: FOR_EVER, deadlineMs: 30_000 } });
  gateway.emulator.setLatencyMs(600);
  for (let asked = 0; asked < 3; asked++) await readPage(gateway, { first: 5 });
  expect(sent(gateway)).toHaveLength(1);
});
