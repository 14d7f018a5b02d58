import { afterAll, beforeAll, expect, test } from 'vitest';
import { Lease } from '../../src/redis/lease.ts';
import { needs } from '../parts/needs.ts';
import { type Connected, connectTo, isUp } from './connect.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

needs('redis');

let server: RedisServer;
let replicas: Connected[];
let keys = 0;
beforeAll(async () => {
  server = await startRedis();
  replicas = [connectTo(server.url), connectTo(server.url)];
  await Promise.all(replicas.map(isUp));
});
afterAll(async () => {
  for (const { redis } of replicas) redis.close();
  await server[Symbol.asyncDispose]();
});

/** Two replicas, and a lease that both want. */
function setUp(ttlMs: number): { one: Lease; two: Lease; key: string } {
  keys++;
  const key = `lease-${keys}`;
  const [one, two] = replicas.map(({ redis }) => new Lease(redis, key, ttlMs));
  if (one === undefined || two === undefined) throw new Error('no replicas');
  return { one, two, key };
}

/** Repeats a command until Redis replies: a slow machine may miss a deadline. */
async function untilReply(ask: () => Promise<boolean | undefined>): Promise<boolean> {
  let answer: boolean | undefined;
  await expect.poll(async () => (answer = await ask())).toBeDefined();
  return answer === true;
}

const MINUTE_MS = 60_000;

test('a lease has an expiry from the moment it is acquired', async () => {
  const { one, key } = setUp(MINUTE_MS);
  expect(await untilReply(() => one.acquire())).toBe(true);
  const leftMs = await server.client.pttl(key);
  expect(leftMs).toBeGreaterThan(0);
  expect(leftMs).toBeLessThanOrEqual(MINUTE_MS);
});

test('acquiring an owned lease extends it for its owner, and fails for others', async () => {
  const { one, two, key } = setUp(MINUTE_MS);
  await untilReply(() => one.acquire());
  await server.client.pexpire(key, MINUTE_MS / 2);
  expect(await untilReply(() => two.acquire())).toBe(false);
  expect(await server.client.pttl(key)).toBeLessThanOrEqual(MINUTE_MS / 2);
  expect(await untilReply(() => one.acquire())).toBe(true);
  expect(await server.client.pttl(key)).toBeGreaterThan(MINUTE_MS / 2);
});

test('a lease passes to another owner after its owner died', async () => {
  const { key, two } = setUp(MINUTE_MS);
  const one = new Lease((replicas[0] as Connected).redis, key, 300);
  expect(await untilReply(() => one.acquire())).toBe(true);
  await expect.poll(() => untilReply(() => two.acquire()), { interval: 20 }).toBe(true);
  expect(await untilReply(() => one.acquire())).toBe(false);
});

test('only the owner can release a lease', async () => {
  const { one, two } = setUp(MINUTE_MS);
  await untilReply(() => one.acquire());
  expect(await untilReply(() => two.release())).toBe(false);
  expect(await untilReply(() => two.acquire())).toBe(false);
  expect(await untilReply(() => one.release())).toBe(true);
  expect(await untilReply(() => two.acquire())).toBe(true);
});
