import { expect, test } from 'vitest';
import { hashApiKey } from '../../src/auth/api-key.ts';
import { RedisRateLimitStore } from '../../src/server/access/client-rate-limit.ts';
import { askJobs } from '../server/call.ts';
import { connectTo, isUp } from './connect.ts';
import { startFleet } from './fleet.ts';
import { startRedis } from './redis-server.ts';
import { until } from './until.ts';

const WEB = { 'x-api-key': 'kR3f0qX9vT2mB7wLz5pJ' };

test('a client’s rate limit holds for all replicas together', async () => {
  await using redis = await startRedis();
  const auth = { apiKeys: [hashApiKey('web', WEB['x-api-key'])], jwt: undefined };
  await using fleet = await startFleet(3, redis.url, { gateway: { auth, limits: { requestsPerMinute: 7 } } });
  const statuses = [];
  for (let asked = 0; asked < 9; asked++) {
    const { origin } = fleet.replicas[asked % 3] ?? fleet.replicas[0];
    statuses.push((await askJobs(origin, WEB)).status);
  }
  expect(statuses).toEqual([...Array(7).fill(200), 429, 429]);
  const { headers } = await askJobs(fleet.replicas[0].origin, WEB);
  expect(Number(headers['retry-after'])).toBeGreaterThan(50);
  const names = (await redis.client.keys('*')).join('\n');
  expect(names).not.toContain('web');
  expect(names).not.toContain(WEB['x-api-key']);
});

test.each([1, 2, 7, 100])(
  'of many concurrent requests exactly as many pass as are allowed, %i',
  async (points) => {
    await using redis = await startRedis();
    using one = connectTo(redis.url);
    using two = connectTo(redis.url);
    await Promise.all([one, two].map(isUp));
    const limits = [one, two].map((replica) => new RedisRateLimitStore(points, replica.redis, 'test:'));
    const waits = await Promise.all(
      Array.from({ length: 300 }, (_, index) => (limits[index % 2] as RedisRateLimitStore).take('me')),
    );
    expect(waits.filter((waitMs) => waitMs === 0)).toHaveLength(points);
    expect(Math.max(...waits)).toBeGreaterThan(50_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(60_000);
    const stats = await redis.client.info('commandstats');
    // One command for the first request of each replica and one for all requests that arrived meanwhile; a few more on a slow
    // machine.
    expect(Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1])).toBeLessThan(20);
  },
);

test('without Redis each replica counts by itself, and after its return they count together', async () => {
  await using redis = await startRedis();
  using one = connectTo(redis.url);
  using two = connectTo(redis.url);
  await Promise.all([one, two].map(isUp));
  const [first, second] = [one, two].map(
    ({ redis: shared }) => new RedisRateLimitStore(2, shared, 'test:'),
  ) as [RedisRateLimitStore, RedisRateLimitStore];
  await redis.kill();
  await until('it to be noticed', () => one.redis.state === 'down' && two.redis.state === 'down');
  const count = async (limit: RedisRateLimitStore, times: number) => {
    const waits = [];
    for (let taken = 0; taken < times; taken++) waits.push(await limit.take('me'));
    return waits.filter((waitMs) => waitMs === 0).length;
  };
  expect([await count(first, 5), await count(second, 5)]).toEqual([2, 2]);
  await redis.start();
  await Promise.all([one, two].map(isUp));
  expect([await count(first, 1), await count(second, 5)]).toEqual([1, 1]);
});
