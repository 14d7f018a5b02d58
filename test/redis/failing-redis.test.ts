import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { output } from '../../bench/processes.ts';
import { DEADLINE_MS } from '../../src/redis/connection.ts';
import { ask, sent } from '../cache/asking.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { timed } from './connect.ts';
import { hasRedis, startFleet } from './fleet.ts';
import { freePort, startRedis, startRedisOn } from './redis-server.ts';
import { until } from './until.ts';

/** What a busy machine may add to a time of 50 ms. */
const SLACK_MS = 100;

let ids = 0;

/** Reads what nobody has read yet, and says how long that took. */
async function readNew(gateway: GatewayUnderTest): Promise<number> {
  const [{ errors }, tookMs] = await timed(() =>
    ask(gateway, `{ customizedVoiceJob(jobId: "unknown-${ids++}") { jobId } }`),
  );
  expect(errors).toBeUndefined();
  return tookMs;
}

test('a Redis that stands still delays reads by 50 ms at most, and those after the first not at all', async ({
  annotate,
}) => {
  await using redis = await startRedis();
  await using fleet = await startFleet(1, redis.url);
  const [gateway] = fleet.replicas;
  // The first reads load and compile what they need.
  for (let reads = 0; reads < 5; reads++) await readNew(gateway);
  redis.pause();
  const first = await Promise.all(Array.from({ length: 10 }, () => readNew(gateway)));
  expect(Math.max(...first)).toBeGreaterThan(DEADLINE_MS - 5);
  expect(Math.max(...first)).toBeLessThan(DEADLINE_MS + SLACK_MS);
  const later = [];
  for (let reads = 0; reads < 50; reads++) later.push(await readNew(gateway));
  const median = later.toSorted((a, b) => a - b)[25];
  await annotate(`first ${Math.max(...first).toFixed(0)} ms at most, then ${median?.toFixed(1)} ms`);
  expect(median).toBeLessThan(DEADLINE_MS / 2);
  redis.resume();
});

test('who waits for another replica when Redis stands still goes on alone within 50 ms', async () => {
  await using redis = await startRedis();
  await using fleet = await startFleet(2, redis.url);
  const [one, two] = fleet.replicas as unknown as [GatewayUnderTest, GatewayUnderTest];
  await Promise.all([readNew(one), readNew(two)]);
  fleet.emulator.resetCalls();
  fleet.emulator.setLatencyMs(1500);
  const query = '{ customizedVoiceJobs { totalCount } }';
  const answers = [ask(one, query), ask(two, query)];
  await sleep(300);
  expect(sent(one)).toHaveLength(1);
  redis.pause();
  const pausedAt = Date.now();
  await until('the other call', () => sent(one).length === 2);
  expect(Number(fleet.emulator.calls[1]?.at) - pausedAt).toBeLessThan(DEADLINE_MS + SLACK_MS);
  for (const { errors } of await Promise.all(answers)) expect(errors).toBeUndefined();
  redis.resume();
});

test('a replica starts without Redis, says at /ready that it is away, and shares as soon as it is there', async () => {
  const port = await freePort();
  await using gateway = await startGateway({ gateway: { redisUrl: `redis://127.0.0.1:${port}` } });
  expect(await ready(gateway)).toMatchObject({ status: 'ready', redis: 'away' });
  await readNew(gateway);
  await using redis = await startRedisOn(port, []);
  await hasRedis(gateway);
  expect(await ready(gateway)).toMatchObject({ status: 'ready', redis: 'up' });
  await readNew(gateway);
  expect(await redis.client.dbsize()).toBeGreaterThan(0);
});

test('a replica without REDIS_URL says so, and loads nothing for it', async () => {
  await using gateway = await startGateway();
  expect(await ready(gateway)).toMatchObject({ status: 'ready', redis: 'off' });
  const modules = await output(process.execPath, [join(import.meta.dirname, 'loaded-modules.ts')]);
  expect(modules).toContain('/graphql/');
  expect(modules).not.toContain('/ioredis/');
});

async function ready({ origin }: GatewayUnderTest): Promise<unknown> {
  return (await fetch(`${origin}/ready`)).json();
}
