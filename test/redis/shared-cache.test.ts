import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { monotonicNow } from '../../src/clock.ts';
import {
  type Found,
  LEASE_MS,
  type ReadLease,
  SharedCache,
  type Wanted,
} from '../../src/redis/shared-cache.ts';
import { undisturbed } from '../faults/standstill.ts';
import { monotonic } from '../monotonic.ts';
import { needs } from '../parts/needs.ts';
import { type Connected, connectTo, isUp, timed } from './connect.ts';
import { type RedisServer, startRedis } from './redis-server.ts';
import { until } from './until.ts';

needs('redis');

const KEEPING = { keepMs: 60_000, isLasting: false };

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

/** Two replicas and a key that nobody has used. */
function meet(): { one: SharedCache; two: SharedCache; key: string } {
  keys++;
  const [one, two] = replicas.map(({ redis }) => new SharedCache(redis, 'test:'));
  if (one === undefined || two === undefined) throw new Error('no replicas');
  return { one, two, key: String(keys) };
}

const wanted = (other: Partial<Wanted> = {}): Wanted => ({
  maxAgeMs: 10_000,
  lastingMaxAgeMs: 10_000,
  since: monotonic(Number.NEGATIVE_INFINITY),
  failuresSince: monotonicNow(),
  ...other,
});

/** A busy machine may make Redis late now and then. */
async function look(values: SharedCache, key: string, other?: Partial<Wanted>): Promise<Found | undefined> {
  for (let tries = 1; ; tries++) {
    const found = await values.getOrLease(key, wanted(other));
    if (found !== undefined || tries === 20) return found;
    await sleep(LEASE_MS / 10);
  }
}

async function claimOf(values: SharedCache, key: string, other?: Partial<Wanted>): Promise<ReadLease> {
  const found = await look(values, key, other);
  if (found?.kind !== 'acquired') throw new Error(`no claim: ${found?.kind}`);
  return found.lease;
}

const read = (text: string, sentAt = monotonicNow()) => ({
  bytes: Buffer.from(text),
  sentAt,
  answeredAt: sentAt,
  ...KEEPING,
});

/** What a look finds, in short. */
async function seen(values: SharedCache, key: string, other?: Partial<Wanted>): Promise<string | undefined> {
  const found = await look(values, key, other);
  if (found?.kind === 'value') return `value ${found.value.bytes}`;
  if (found?.kind === 'failed') return `failed ${found.failure}`;
  if (found?.kind === 'acquired') await found.lease.release();
  return found?.kind;
}

test('one reads, the other waits, and has what comes', () =>
  undisturbed(async () => {
    const { one, two, key } = meet();
    const claim = await claimOf(one, key);
    expect(await seen(two, key)).toBe('leased');
    await claim.keep(read('x'));
    expect(await seen(two, key)).toBe('value x');
    expect(await seen(one, key)).toBe('value x');
  }));

test('who holds a claim for longer than one holds still holds it', () =>
  undisturbed(async () => {
    const { one, two, key } = meet();
    const claim = await claimOf(one, key);
    await sleep(2 * LEASE_MS);
    expect(await seen(two, key)).toBe('leased');
    await claim.release();
    expect(await seen(two, key)).toBe('acquired');
  }));

test('a dead holder is followed by another as soon as its claim has ended', () =>
  undisturbed(async () => {
    const { two, key } = meet();
    const doomed = connectTo(server.url);
    await isUp(doomed);
    const askedAt = performance.now();
    await claimOf(new SharedCache(doomed.redis, 'test:'), key);
    doomed.redis.close();
    const [, tookMs] = await timed(() =>
      expect.poll(() => seen(two, key), { interval: 10 }).toBe('acquired'),
    );
    // The lease begins between the request for it and its reply, which a busy machine sees late.
    expect(performance.now() - askedAt).toBeGreaterThan(LEASE_MS - 50);
    expect(tookMs).toBeLessThan(LEASE_MS + 300);
  }));

test('a failure is told to those who waited for it, and to nobody who comes later', () =>
  undisturbed(async () => {
    const { one, two, key } = meet();
    const cameAt = monotonicNow();
    const claim = await claimOf(one, key);
    expect(await seen(two, key, { failuresSince: cameAt })).toBe('leased');
    await claim.fail('why');
    expect(await seen(two, key, { failuresSince: cameAt })).toBe('failed why');
    await sleep(5);
    expect(await seen(two, key)).toBe('acquired');
  }));

test('who needs a younger read does not wait for one that was begun before', async () => {
  const { one, two, key } = meet();
  const first = await claimOf(one, key);
  await sleep(5);
  const second = await claimOf(two, key, { since: monotonicNow() });
  await sleep(5);
  await second.keep(read('younger'));
  await first.keep(read('older', monotonic(monotonicNow() - 1000)));
  expect(await seen(one, key)).toBe('value younger');
});

test('a value that was asked for before a time will not do for who needs one from after it', () =>
  undisturbed(async () => {
    const { one, two, key } = meet();
    const claim = await claimOf(one, key);
    const sentAt = monotonicNow();
    await claim.keep(read('x', sentAt));
    expect(await seen(two, key, { since: sentAt })).toBe('acquired');
    expect(await seen(two, key, { since: monotonic(sentAt - 50) })).toBe('value x');
  }));

test('a value from the future of Redis’s clock is none', async () => {
  const { one, key } = meet();
  const claim = await claimOf(one, key);
  await claim.keep(read('x'));
  const held = await server.client.getBuffer(`test:{${key}}`);
  await server.client.set(`test:{${key}}`, `${Date.now() + 10_000}${held?.subarray(13)}`);
  expect(await seen(one, key)).toBe('acquired');
  await (await claimOf(one, key)).keep(read('y'));
  expect(await seen(one, key)).toBe('value y');
});

test('a look that Redis came to when nobody waited any more claims nothing', async () => {
  const { one, two, key } = meet();
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

/** How long each key lasts, in milliseconds, read at one moment: -1 for one that lasts for ever. */
async function lifetimes(): Promise<Map<string, number>> {
  const script = `
    local found = {}
    for _, key in ipairs(redis.call('KEYS', '*')) do
      table.insert(found, {key, redis.call('PTTL', key)})
    end
    return found`;
  return new Map((await server.client.eval(script, 0)) as [key: string, lastsMs: number][]);
}

test('everything that is kept is forgotten one day', () =>
  undisturbed(async () => {
    const { one, key } = meet();
    await (await claimOf(one, key)).keep(read('x'));
    await (await claimOf(one, `${key}f`)).fail('why');
    const atFirst = await lifetimes();
    const claim = await claimOf(one, `${key}c`);
    // For so long that it was extended.
    await sleep(LEASE_MS / 2);
    const later = await lifetimes();
    await claim.release();
    expect([...atFirst.keys()]).toEqual(expect.arrayContaining([`test:{${key}}`, `test:{${key}f}:claim`]));
    expect([...later.keys()]).toContain(`test:{${key}c}:claim`);
    for (const [name, lastsMs] of [...atFirst, ...later]) expect(lastsMs, name).toBeGreaterThanOrEqual(0);
  }));
