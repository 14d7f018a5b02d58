import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { DEADLINE_MS } from '../../src/redis/redis-connection.ts';
import { output } from '../../tools/bench/processes.ts';
import { ask, sent } from '../cache/asking.ts';
import { type Timed, timed, undisturbed } from '../faults/standstill.ts';
import { freePort } from '../free-port.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { hasRedis, startFleet } from './fleet.ts';
import { startRedis, startRedisOn } from './redis-server.ts';
import { until } from './until.ts';

/** Redis deadline, in milliseconds: long enough that a slow machine does not miss it. */
const LONG_DEADLINE_MS = 1500;

const LONG_DEADLINES = { redisDeadlineMs: LONG_DEADLINE_MS, deadlineMs: 30_000 };

let ids = 0;

/** Reads a job that nothing has cached. */
async function readNew(gateway: GatewayUnderTest): Promise<Timed<unknown>> {
  const read = await timed(() => ask(gateway, `{ customizedVoiceJob(jobId: "unknown-${ids++}") { jobId } }`));
  expect(read.value.errors).toBeUndefined();
  return read;
}

test('the default deadline of a Redis command is 50 ms', () => {
  expect(DEADLINE_MS).toBe(50);
});

test('a hanging Redis delays the first read by its deadline, and later reads not at all', () =>
  undisturbed(async () => {
    await using redis = await startRedis();
    await using fleet = await startFleet(1, redis.url, { gateway: LONG_DEADLINES });
    const [gateway] = fleet.replicas;
    await readNew(gateway);
    redis.pause();
    const first = await Promise.all(Array.from({ length: 10 }, () => readNew(gateway)));
    // A background command may have reached its deadline first; from then on commands are skipped.
    expect(Math.max(...first.map(({ wallMs }) => wallMs))).toBeGreaterThan(LONG_DEADLINE_MS / 3);
    expect(Math.max(...first.map(({ runningMs }) => runningMs))).toBeLessThan(2 * LONG_DEADLINE_MS);
    const later: number[] = [];
    for (let reads = 0; reads < 50; reads++) later.push((await readNew(gateway)).runningMs);
    expect(Math.max(...later)).toBeLessThan(LONG_DEADLINE_MS);
    redis.resume();
  }));

test('a replica that waits for another one reads by itself when Redis hangs, long before the other one ends', () =>
  undisturbed(async () => {
    await using redis = await startRedis();
    await using fleet = await startFleet(2, redis.url, { gateway: LONG_DEADLINES });
    const [one, two] = fleet.replicas as unknown as [GatewayUnderTest, GatewayUnderTest];
    await Promise.all([readNew(one), readNew(two)]);
    fleet.emulator.resetCalls();
    fleet.emulator.setLatencyMs(4 * LONG_DEADLINE_MS);
    const query = '{ customizedVoiceJobs { totalCount } }';
    let answered = 0;
    const answers = [one, two].map((replica) => ask(replica, query).finally(() => answered++));
    await until('the first call', () => sent(one).length === 1);
    // The waiting replica polls the lease every few milliseconds.
    await sleep(300);
    expect(sent(one)).toHaveLength(1);
    redis.pause();
    await until('the other call', () => sent(one).length === 2);
    expect(answered).toBe(0);
    for (const { errors } of await Promise.all(answers)) expect(errors).toBeUndefined();
    redis.resume();
  }));

test('a replica starts without Redis, reports it as down at /ready, and shares as soon as it is up', async () => {
  const port = await freePort();
  await using gateway = await startGateway({ gateway: { redisUrl: `redis://127.0.0.1:${port}` } });
  expect(await ready(gateway)).toMatchObject({ status: 'ready', redis: 'down' });
  await readNew(gateway);
  await using redis = await startRedisOn(port, []);
  await hasRedis(gateway);
  expect(await ready(gateway)).toMatchObject({ status: 'ready', redis: 'up' });
  await readNew(gateway);
  expect(await redis.client.dbsize()).toBeGreaterThan(0);
});

test('a replica without REDIS_URL reports that, and loads no Redis module', async () => {
  await using gateway = await startGateway();
  expect(await ready(gateway)).toMatchObject({ status: 'ready', redis: 'off' });
  const modules = await output(process.execPath, [join(import.meta.dirname, 'loaded-modules.ts')]);
  expect(modules).toContain('/graphql/');
  expect(modules).not.toContain('/ioredis/');
});

async function ready({ origin }: GatewayUnderTest): Promise<unknown> {
  return (await fetch(`${origin}/ready`)).json();
}
