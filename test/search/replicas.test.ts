import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { GatewayUnderTest } from '../gateway-under-test.ts';
import { needs } from '../parts/needs.ts';
import { startFleet } from '../redis/fleet.ts';
import { type RedisServer, startRedis } from '../redis/redis-server.ts';
import { rowsOf, search } from './search-client.ts';

needs('redis');

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis?.[Symbol.asyncDispose]());
beforeEach(async () => {
  await redis.client.flushall();
});

test('pages that one replica has searched cost the others no call, whatever their filter', async () => {
  await using fleet = await startFleet(2, redis.url, { gateway: { limits: { searchCalls: 20 } } });
  const [one, other] = fleet.replicas as readonly [GatewayUnderTest, GatewayUnderTest];
  // Redis's clock has milliseconds: the order of two pages is known only if they are further apart.
  fleet.emulator.setLatencyMs(5);
  const failed = rowsOf(one, 'ALL').filter(({ Status }) => Status === 'Fail');
  const females = rowsOf(one, 'ALL').filter(({ Gender }) => Gender === 'female');
  expect((await search(one, { filter: { status: ['FAIL'] } }, true)).matchCount).toBe(failed.length);
  const calls = fleet.emulator.calls.length;
  // Pages are stored in Redis after the response.
  await expect.poll(async () => (await redis.client.keys('*/100/*}')).length).toBe(calls);
  expect((await search(other, { filter: { gender: ['FEMALE'] } }, true)).matchCount).toBe(females.length);
  expect(fleet.emulator.calls).toHaveLength(calls);
});

test('a cursor of one replica continues on another, while jobs are inserted before each page', async () => {
  await using fleet = await startFleet(2, redis.url, { gateway: { cache: { ttlMs: 1, staleIfErrorMs: 0 } } });
  const [one] = fleet.replicas;
  const females = rowsOf(one, 'ALL')
    .filter(({ Gender }) => Gender === 'female')
    .map(({ JobId }) => JobId);
  const found: string[] = [];
  let after: string | null = null;
  for (let pages = 0; ; pages++) {
    const replica = fleet.replicas[pages % 2] as GatewayUnderTest;
    const page = await search(replica, { filter: { gender: ['FEMALE'] }, first: 50, after });
    found.push(...page.ids);
    after = page.info.endCursor;
    if (!page.info.hasNextPage) break;
    fleet.emulator.insertMany('Basic', 2);
  }
  expect(found).toEqual(females);
});
