import { LRUCache } from 'lru-cache';
import type { MonotonicMs } from '../clock.ts';

/** A value with the time of its read from the upstream. */
export interface Timed {
  /** When the request was sent; the value is no older than this. */
  readonly sentAt: MonotonicMs;
}

export interface MemoryStoreOptions<Value> {
  /** Maximum size of all keys and values together, in bytes. The least recently used values are evicted. */
  readonly maxBytes: number;
  readonly bytesOf: (value: Value) => number;
}

/** LRU cache bounded in bytes. Values do not expire: readers check `sentAt`. */
export class MemoryStore<Value extends Timed> {
  readonly #values: LRUCache<string, Value>;

  constructor({ maxBytes, bytesOf }: MemoryStoreOptions<Value>) {
    this.#values = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: (value, key) => 2 * key.length + Math.max(1, bytesOf(value)),
    });
  }

  get(key: string): Value | undefined {
    return this.#values.get(key);
  }

  /** Stores a value, unless a value of a later read is stored. */
  set(key: string, value: Value): void {
    const stored = this.#values.peek(key);
    if (stored === undefined || stored.sentAt <= value.sentAt) this.#values.set(key, value);
  }
}
