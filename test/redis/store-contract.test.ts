import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MemoryStore } from '../../src/cache/memory-store.ts';
import { type MonotonicMs, monotonicNow } from '../../src/clock.ts';
import { SharedCache } from '../../src/redis/shared-cache.ts';
import { undisturbed } from '../faults/standstill.ts';
import { monotonic } from '../monotonic.ts';
import { needs } from '../parts/needs.ts';
import { fc, runs } from '../runs.ts';
import { type Connected, connectTo, isUp } from './connect.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

needs('redis');

interface Kept {
  readonly text: string;

  readonly sentAt: MonotonicMs;
}

/** Common interface of both stores. */
interface Store {
  keep(key: string, value: Kept): Promise<void>;
  read(key: string, maxAgeMs: number): Promise<Kept | undefined>;
}

const HOUR_MS = 3_600_000;
const KEYS = ['a', 'b', 'Basic/100/1', '{odd}:claim', 'ä\r\n'];

let server: RedisServer;
let connected: Connected;

beforeAll(async () => {
  server = await startRedis();
  connected = connectTo(server.url);
  await isUp(connected);
});

afterAll(async () => {
  connected.redis.close();
  await server[Symbol.asyncDispose]();
});

function inMemory(): Store {
  const store = new MemoryStore<Kept>({ maxBytes: 1_000_000, bytesOf: ({ text }) => text.length });
  return {
    keep: async (key, value) => store.set(key, value),
    async read(key, maxAgeMs) {
      const held = store.get(key);
      return held && monotonicNow() - held.sentAt < maxAgeMs ? held : undefined;
    },
  };
}

let prefixes = 0;

function onRedis(): Store {
  prefixes++;
  const values = new SharedCache(connected.redis, `${prefixes}:`);
  return {
    async keep(key, { text, sentAt }) {
      const now = monotonicNow();
      const wanted = { maxAgeMs: 0, longLivedMaxAgeMs: 0, since: now, failuresSince: now };
      const found = await values.getOrLease(key, wanted);
      if (found?.kind !== 'acquired') throw new Error(`no lease: ${found?.kind}`);
      const value = { bytes: Buffer.from(text), sentAt, answeredAt: monotonic(sentAt + 1) };
      await found.lease.store({ ...value, retainMs: HOUR_MS, isLongLived: false });
    },
    async read(key, maxAgeMs) {
      const held = await values.get(key, { maxAgeMs, longLivedMaxAgeMs: maxAgeMs });
      return held && { text: held.bytes.toString(), sentAt: held.sentAt };
    },
  };
}

describe.each([
  ['the memory store', inMemory],
  ['the Redis store', onRedis],
])('%s', (_name, open) => {
  let store: Store;
  beforeEach(() => {
    store = open();
  });

  test('returns a stored value byte for byte, under its own key', async () => {
    const sentAt = monotonicNow();
    for (const key of KEYS) await store.keep(key, { text: `ä\0\r\n of ${key}`, sentAt });
    for (const key of KEYS) expect((await store.read(key, HOUR_MS))?.text).toBe(`ä\0\r\n of ${key}`);
    expect(await store.read('other', HOUR_MS)).toBeUndefined();
  });

  test('never underestimates the age of a value, nor overestimates it by much', () =>
    undisturbed(async () => {
      for (const ageMs of [0, 1, 17, 1000, 59_999]) {
        const sentAt = monotonic(monotonicNow() - ageMs);
        await store.keep(`${ageMs}`, { text: 'x', sentAt });
        const held = await store.read(`${ageMs}`, HOUR_MS);
        expect(held?.sentAt).toBeLessThanOrEqual(sentAt);
        expect(held?.sentAt).toBeGreaterThan(sentAt - 50);
      }
    }));

  test('returns no value older than the maximum age', () =>
    undisturbed(async () => {
      await store.keep('a', { text: 'x', sentAt: monotonic(monotonicNow() - 1000) });
      expect(await store.read('a', 1000)).toBeUndefined();
      expect(await store.read('a', 1100)).toBeDefined();
    }));

  test('replaces an older value by a newer one, and never the reverse', async () => {
    const now = monotonicNow();
    const write = fc.record({ key: fc.constantFrom('a', 'b', 'c'), ageMs: fc.integer({ min: 0, max: 20 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(write, { maxLength: 20 }), (writes) =>
        undisturbed(async () => {
          const fresh = open();
          const youngest = new Map<string, number>();
          for (const { key, ageMs } of writes) {
            // Whole decades, which the round trip cannot blur.
            await fresh.keep(key, { text: String(ageMs), sentAt: monotonic(now - 10_000 - 100 * ageMs) });
            youngest.set(key, Math.min(youngest.get(key) ?? Number.POSITIVE_INFINITY, ageMs));
          }
          for (const key of ['a', 'b', 'c'])
            expect((await fresh.read(key, HOUR_MS))?.text).toBe(youngest.get(key)?.toString());
        }),
      ),
      { numRuns: runs(40) },
    );
  });
});
