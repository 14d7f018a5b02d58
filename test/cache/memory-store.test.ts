import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryStore } from '../../src/cache/memory-store.ts';

interface Value {
  readonly sentAt: number;
  readonly bytes: number;
}

const storeOf = (maxBytes: number) => new MemoryStore<Value>({ maxBytes, bytesOf: ({ bytes }) => bytes });
const KEYS = ['a', 'b', 'c', 'd', 'e'];

const writes = fc.array(
  fc.record({
    key: fc.constantFrom(...KEYS),
    sentAt: fc.integer({ min: 0, max: 20 }),
    bytes: fc.integer({ min: 0, max: 60 }),
  }),
  { maxLength: 40 },
);

/** What a store holds under all keys that were ever used. */
const held = (store: MemoryStore<Value>) =>
  KEYS.flatMap((key) => {
    const value = store.get(key);
    return value === undefined ? [] : [value];
  });

test('an older value never replaces a younger one', () => {
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

test('all values together never take more bytes than allowed', () => {
  fc.assert(
    fc.property(writes, (all) => {
      const store = storeOf(100);
      for (const { key, ...value } of all) {
        store.set(key, value);
        const bytes = held(store).reduce((sum, value) => sum + value.bytes, 0);
        expect(bytes).toBeLessThanOrEqual(100);
      }
    }),
  );
});

test('the least recently used go first', () => {
  const store = storeOf(100);
  for (const key of ['a', 'b', 'c']) store.set(key, { sentAt: 1, bytes: 30 });
  expect(store.get('a')).toBeDefined();
  store.set('d', { sentAt: 1, bytes: 30 });
  expect(KEYS.filter((key) => store.get(key) !== undefined)).toEqual(['a', 'c', 'd']);
});

test('a value that is too large for the store takes no other one out', () => {
  const store = storeOf(100);
  store.set('a', { sentAt: 1, bytes: 60 });
  store.set('b', { sentAt: 1, bytes: 101 });
  expect(held(store)).toEqual([{ sentAt: 1, bytes: 60 }]);
});

test('values of no bytes are bounded too', () => {
  const store = storeOf(100);
  for (let n = 0; n < 1000; n++) store.set(String(n), { sentAt: 1, bytes: 0 });
  const kept = Array.from({ length: 1000 }, (_, n) => store.get(String(n))).filter(Boolean);
  expect(kept).toHaveLength(100);
});
