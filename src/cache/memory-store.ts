import { LRUCache } from 'lru-cache';
import type { MonotonicMs } from '../clock.ts';

/** Something that was read from the upstream. */
export interface Timed {
  /** When the request was sent that read it: it is no older than this. */
  readonly sentAt: MonotonicMs;
}

export interface MemoryStoreOptions<Value> {
  /** Limit of all keys and values together, in bytes. The least recently used go first. */
  readonly maxBytes: number;
  readonly bytesOf: (value: Value) => number;
}

/** Values in memory by key, bounded in bytes. They do not expire: readers check `sentAt`. */
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

  /** Stores a value, unless a later read of it is stored. */
  set(key: string, value: Value): void {
    const stored = this.#values.peek(key);
    if (stored === undefined || stored.sentAt <= value.sentAt) this.#values.set(key, value);
  }
}
