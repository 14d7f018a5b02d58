import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { monotonicNow } from '../../src/clock.ts';
import {
  LEASE_MS,
  type Lookup,
  type LookupLimits,
  type ReadLease,
  SharedCache,
} from '../../src/redis/shared-cache.ts';
import { timed, undisturbed } from '../faults/standstill.ts';
import { monotonic } from '../monotonic.ts';
import { needs } from '../parts/needs.ts';
import { type Connected, connectTo, isUp } from './connect.ts';
import { type RedisServer, startRedis } from './redis-server.ts';
import { until } from './until.ts';

needs('redis');

const RETENTION = { retainMs: 60_000, isLongLived: false };

let server: RedisServer;
let replicas: Connected[];
let keys = 0;

beforeAll(async () => {
  server = await startRedis();
  replicas = [connectTo(server.url, 1000), connectTo(server.url, 1000)];
  await Promise.all(replicas.map(isUp));
});

afterAll(async () => {
  for (const { redis } of replicas) redis.close();
  await server[Symbol.asyncDispose]();
});

/** Two replicas and an unused key. */
function setUp(): { one: SharedCache; two: SharedCache; key: string } {
  keys++;
  const [one, two] = replicas.map(({ redis }) => new SharedCache(redis, 'test:'));
  if (one === undefined || two === undefined) throw new Error('no replicas');
  return { one, two, key: String(keys) };
}

const wanted = (other: Partial<LookupLimits> = {}): LookupLimits => ({
  maxAgeMs: 10_000,
  longLivedMaxAgeMs: 10_000,
  since: monotonic(Number.NEGATIVE_INFINITY),
  failuresSince: monotonicNow(),
  ...other,
});

/** Repeats a lookup until Redis replies: a slow machine may miss a deadline. */
async function lookUp(
  values: SharedCache,
  key: string,
  other?: Partial<LookupLimits>,
): Promise<Lookup | undefined> {
  for (let tries = 1; ; tries++) {
    const found = await values.getOrLease(key, wanted(other));
    if (found !== undefined || tries === 20) return found;
    await sleep(LEASE_MS / 10);
  }
}

async function acquireLease(
  values: SharedCache,
  key: string,
  other?: Partial<LookupLimits>,
): Promise<ReadLease> {
  const found = await lookUp(values, key, other);
  if (found?.kind !== 'acquired') throw new Error(`no lease: ${found?.kind}`);
  return found.lease;
}

const read = (text: string, sentAt = monotonicNow()) => ({
  bytes: Buffer.from(text),
  sentAt,
  answeredAt: sentAt,
  ...RETENTION,
});

/** The result of a lookup as text. */
async function seen(
  values: SharedCache,
  key: string,
  other?: Partial<LookupLimits>,
): Promise<string | undefined> {
  const found = await lookUp(values, key, other);
  if (found?.kind === 'value') return `value ${found.value.bytes}`;
  if (found?.kind === 'failed') return `failed ${found.failure}`;
  if (found?.kind === 'acquired') await found.lease.release();
  return found?.kind;
}

test('one replica acquires the lease, the other waits and gets the value', () =>
  undisturbed(async () => {
    const { one, two, key } = setUp();
    const lease = await acquireLease(one, key);
    expect(await seen(two, key)).toBe('leased');
    await lease.store(read('x'));
    expect(await seen(two, key)).toBe('value x');
    expect(await seen(one, key)).toBe('value x');
  }));

test('an owner that reads for longer than the expiry of a lease keeps the lease', () =>
  undisturbed(async () => {
    const { one, two, key } = setUp();
    const lease = await acquireLease(one, key);
    await sleep(2 * LEASE_MS);
    expect(await seen(two, key)).toBe('leased');
    await lease.release();
    expect(await seen(two, key)).toBe('acquired');
  }));

test('another replica acquires the lease as soon as that of a dead owner expires', () =>
  undisturbed(async () => {
    const { two, key } = setUp();
    const doomed = connectTo(server.url);
    await isUp(doomed);
    const askedAt = performance.now();
    await acquireLease(new SharedCache(doomed.redis, 'test:'), key);
    doomed.redis.close();
    const { runningMs: tookMs } = await timed(() =>
      expect.poll(() => seen(two, key), { interval: 10 }).toBe('acquired'),
    );
    // The lease starts between the request for it and its reply, which a slow machine receives late.
    expect(performance.now() - askedAt).toBeGreaterThan(LEASE_MS - 50);
    expect(tookMs).toBeLessThan(LEASE_MS + 300);
  }));

test('a failure reaches the replicas that waited for it, and none that asks later', () =>
  undisturbed(async () => {
    const { one, two, key } = setUp();
    const cameAt = monotonicNow();
    const lease = await acquireLease(one, key);
    expect(await seen(two, key, { failuresSince: cameAt })).toBe('leased');
    await lease.fail('why');
    expect(await seen(two, key, { failuresSince: cameAt })).toBe('failed why');
    await sleep(5);
    expect(await seen(two, key)).toBe('acquired');
  }));

test('a replica that needs a newer read does not wait for one that started earlier', async () => {
  const { one, two, key } = setUp();
  const first = await acquireLease(one, key);
  await sleep(5);
  const second = await acquireLease(two, key, { since: monotonicNow() });
  await sleep(5);
  await second.store(read('younger'));
  await first.store(read('older', monotonic(monotonicNow() - 1000)));
  expect(await seen(one, key)).toBe('value younger');
});

test('a value requested before since is not returned', () =>
  undisturbed(async () => {
    const { one, two, key } = setUp();
    const lease = await acquireLease(one, key);
    const sentAt = monotonicNow();
    await lease.store(read('x', sentAt));
    expect(await seen(two, key, { since: sentAt })).toBe('acquired');
    expect(await seen(two, key, { since: monotonic(sentAt - 50) })).toBe('value x');
  }));

test('a value with a time in the future of Redis’s clock is ignored', async () => {
  const { one, key } = setUp();
  const lease = await acquireLease(one, key);
  await lease.store(read('x'));
  const held = await server.client.getBuffer(`test:{${key}}`);
  await server.client.set(`test:{${key}}`, `${Date.now() + 10_000}${held?.subarray(13)}`);
  expect(await seen(one, key)).toBe('acquired');
  await (await acquireLease(one, key)).store(read('y'));
  expect(await seen(one, key)).toBe('value y');
});

test('a lookup that Redis runs after its deadline acquires no lease', async () => {
  const { one, two, key } = setUp();
  expect(await seen(one, 'so that it knows the time')).toBe('acquired');
  server.pause();
  expect(await one.getOrLease(key, wanted())).toBeUndefined();
  await sleep(200);
  server.resume();
  await Promise.all(
    replicas.map(({ redis }) => until('Redis', async () => (await redis.command('ping')) === 'PONG')),
  );
  expect(await server.client.exists(`test:{${key}}:claim`)).toBe(0);
  expect(await seen(two, key)).toBe('acquired');
});

/** Remaining time to live of each key in milliseconds, read atomically; -1 for a key that never expires. */
async function lifetimes(): Promise<Map<string, number>> {
  const script = `
    local found = {}
    for _, key in ipairs(redis.call('KEYS', '*')) do
      table.insert(found, {key, redis.call('PTTL', key)})
    end
    return found`;
  return new Map((await server.client.eval(script, 0)) as [key: string, lastsMs: number][]);
}

test('every key of the shared cache expires', () =>
  undisturbed(async () => {
    const { one, key } = setUp();
    await (await acquireLease(one, key)).store(read('x'));
    await (await acquireLease(one, `${key}f`)).fail('why');
    const atFirst = await lifetimes();
    const lease = await acquireLease(one, `${key}c`);
    // Long enough that the lease was extended.
    await sleep(LEASE_MS / 2);
    const later = await lifetimes();
    await lease.release();
    expect([...atFirst.keys()]).toEqual(expect.arrayContaining([`test:{${key}}`, `test:{${key}f}:claim`]));
    expect([...later.keys()]).toContain(`test:{${key}c}:claim`);
    for (const [name, lastsMs] of [...atFirst, ...later]) expect(lastsMs, name).toBeGreaterThanOrEqual(0);
  }));
