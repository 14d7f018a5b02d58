import { expect, test } from 'vitest';
import { startGateway } from '../gateway-under-test.ts';
import { startRedis } from '../redis/redis-server.ts';
import { metricsOf } from './metrics-of.ts';
import { type Span, startReceiver } from './otlp-receiver.ts';

const PAGE = '{ customizedVoiceJobs(first: 3) { nodes { jobId } } }';
const CACHE = { ttlMs: 60_000, staleIfErrorMs: 0 };

test('a trace contains the Redis look-up before the upstream call, and its result', async () => {
  await using redis = await startRedis();
  await using receiver = await startReceiver();
  const gateway = { redisUrl: redis.url, otlpEndpoint: receiver.endpoint, cache: CACHE };
  await using one = await startGateway({ gateway });
  await using other = await startGateway({
    gateway,
    origin: one.emulator.endpoint,
    emulator: { accessKeyId: one.emulator.accessKeyId, accessKeySecret: one.emulator.accessKeySecret },
  });
  for (const { origin } of [one, other])
    await expect.poll(async () => (await metricsOf(origin)).sum('voicejobs_redis_up')).toBe(1);

  await one.ask(PAGE);
  // The page is stored in Redis concurrently with the response.
  await expect.poll(() => redis.client.dbsize()).toBeGreaterThan(0);
  await other.ask(PAGE);
  const [first, second] = (await receiver.named('read page', 2)) as [Span, Span];
  const [, asked] = await receiver.named('ask Redis', 2);
  expect(receiver.childrenOf(first).map(({ name, attributes }) => [name, attributes['redis.found']])).toEqual(
    [
      ['ask Redis', 'acquired'],
      ['ListCustomizedVoiceJobs', undefined],
    ],
  );
  expect(receiver.childrenOf(second)).toEqual([asked]);
  expect(asked?.attributes).toEqual({ 'db.system.name': 'redis', 'redis.found': 'value' });
  expect(
    (await metricsOf(one.origin)).sum('voicejobs_redis_commands_total', { outcome: 'ok' }),
  ).toBeGreaterThan(0);
});

test('voicejobs_redis_up is 0 while Redis is down, and commands that were not sent are counted', async () => {
  await using redis = await startRedis();
  await using gateway = await startGateway({ gateway: { redisUrl: redis.url, cache: CACHE } });
  const up = async () => (await metricsOf(gateway.origin)).sum('voicejobs_redis_up');
  await expect.poll(up).toBe(1);
  await redis.kill();
  await expect.poll(up).toBe(0);
  await gateway.ask(PAGE);
  expect(
    (await metricsOf(gateway.origin)).sum('voicejobs_redis_commands_total', { outcome: 'skipped' }),
  ).toBeGreaterThan(0);
});

test('without Redis there are no Redis metrics', async () => {
  await using gateway = await startGateway();
  expect((await metricsOf(gateway.origin)).text).not.toContain('redis_');
});
