import { describe, expect, test } from 'vitest';
import { MemoryStore } from '../../src/cache/memory-store.ts';
import type { MonotonicMs } from '../../src/clock.ts';
import { monotonic } from '../monotonic.ts';
import { fc } from '../runs.ts';

interface Value {
  readonly sentAt: MonotonicMs;
  readonly bytes: number;
}

const storeOf = (maxBytes: number) => new MemoryStore<Value>({ maxBytes, bytesOf: ({ bytes }) => bytes });
const KEYS = ['a', 'bb', 'ccc', 'dddd', 'eeeee'];

const writes = fc.array(
  fc.record({
    key: fc.constantFrom(...KEYS),
    sentAt: fc.integer({ min: 0, max: 20 }).map(monotonic),
    bytes: fc.integer({ min: 0, max: 60 }),
  }),
  { maxLength: 40 },
);

/** What a store contains, over every key ever used. */
const held = (store: MemoryStore<Value>) =>
  KEYS.flatMap((key) => {
    const value = store.get(key);
    return value === undefined ? [] : [value];
  });

test('never replaces a newer value by an older one', () => {
  fc.assert(
    fc.property(writes, (all) => {
      const store = storeOf(1_000_000);
      const youngest = new Map<string, Value>();
      for (const { key, ...value } of all) {
        store.set(key, value);
        if ((youngest.get(key)?.sentAt ?? -1) <= value.sentAt) youngest.set(key, value);
      }
      expect(KEYS.map((key) => store.get(key))).toEqual(KEYS.map((key) => youngest.get(key)));
    }),
  );
});

/** The size that a key and its value count for. */
const counted = (key: string, bytes: number) => 2 * key.length + Math.max(1, bytes);

test('keeps the size of all keys and values within the limit', () => {
  fc.assert(
    fc.property(writes, (all) => {
      const store = storeOf(100);
      for (const { key, ...value } of all) {
        store.set(key, value);
        const kept = KEYS.map((one) => [one, store.get(one)?.bytes] as const);
        const total = kept.reduce(
          (sum, [one, bytes]) => sum + (bytes === undefined ? 0 : counted(one, bytes)),
          0,
        );
        expect(total).toBeLessThanOrEqual(100);
      }
    }),
  );
});

test('evicts the least recently used values first', () => {
  const store = storeOf(100);
  for (const key of ['a', 'b', 'c']) store.set(key, { sentAt: monotonic(1), bytes: 30 });
  expect(store.get('a')).toBeDefined();
  store.set('d', { sentAt: monotonic(1), bytes: 30 });
  expect(['a', 'b', 'c', 'd'].filter((key) => store.get(key) !== undefined)).toEqual(['a', 'c', 'd']);
});

test('does not evict anything for a value larger than the limit', () => {
  const store = storeOf(100);
  store.set('a', { sentAt: monotonic(1), bytes: 60 });
  store.set('bb', { sentAt: monotonic(1), bytes: 97 });
  expect(held(store)).toEqual([{ sentAt: monotonic(1), bytes: 60 }]);
  store.set('bb', { sentAt: monotonic(1), bytes: 96 });
  expect(held(store)).toEqual([{ sentAt: monotonic(1), bytes: 96 }]);
});

/** How many of a thousand values of zero bytes remain, for keys of this length. */
function keptOf(keyLength: number, maxBytes: number): number {
  const store = storeOf(maxBytes);
  const keys = Array.from({ length: 1000 }, (_, n) => String(n).padStart(keyLength, '0'));
  for (const key of keys) store.set(key, { sentAt: monotonic(1), bytes: 0 });
  return keys.filter((key) => store.get(key) !== undefined).length;
}

test('bounds values of zero bytes too, by their keys and one byte each', () => {
  expect([keptOf(3, 700), keptOf(3, 100)]).toEqual([100, 14]);
});

describe('regressions', () => {
  test('ids unknown to the upstream do not fill the memory', () => {
    expect([keptOf(100, 20_100), keptOf(10_000, 20_100), keptOf(10_050, 20_100)]).toEqual([100, 1, 0]);
  });
});
