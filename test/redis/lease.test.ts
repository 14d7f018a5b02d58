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

/** Two replicas that want the same lease, and its key. */
function meet(ttlMs: number): { one: Lease; two: Lease; key: string } {
  keys++;
  const key = `lease-${keys}`;
  const [one, two] = replicas.map(({ redis }) => new Lease(redis, key, ttlMs));
  if (one === undefined || two === undefined) throw new Error('no replicas');
  return { one, two, key };
}

/** A busy machine may make Redis late now and then: what it does not say is asked again. */
async function said(ask: () => Promise<boolean | undefined>): Promise<boolean> {
  let answer: boolean | undefined;
  await expect.poll(async () => (answer = await ask())).toBeDefined();
  return answer === true;
}

const MINUTE_MS = 60_000;

test('a lease has an end from the moment it is taken', async () => {
  const { one, key } = meet(MINUTE_MS);
  expect(await said(() => one.acquire())).toBe(true);
  const leftMs = await server.client.pttl(key);
  expect(leftMs).toBeGreaterThan(0);
  expect(leftMs).toBeLessThanOrEqual(MINUTE_MS);
});

test('a lease that is taken again by its holder starts anew, and by nobody else', async () => {
  const { one, two, key } = meet(MINUTE_MS);
  await said(() => one.acquire());
  await server.client.pexpire(key, MINUTE_MS / 2);
  expect(await said(() => two.acquire())).toBe(false);
  expect(await server.client.pttl(key)).toBeLessThanOrEqual(MINUTE_MS / 2);
  expect(await said(() => one.acquire())).toBe(true);
  expect(await server.client.pttl(key)).toBeGreaterThan(MINUTE_MS / 2);
});

test('a lease whose holder has died goes to another', async () => {
  const { key, two } = meet(MINUTE_MS);
  const one = new Lease((replicas[0] as Connected).redis, key, 300);
  expect(await said(() => one.acquire())).toBe(true);
  await expect.poll(() => said(() => two.acquire()), { interval: 20 }).toBe(true);
  expect(await said(() => one.acquire())).toBe(false);
});

test('only its holder gives a lease up', async () => {
  const { one, two } = meet(MINUTE_MS);
  await said(() => one.acquire());
  expect(await said(() => two.release())).toBe(false);
  expect(await said(() => two.acquire())).toBe(false);
  expect(await said(() => one.release())).toBe(true);
  expect(await said(() => two.acquire())).toBe(true);
});
