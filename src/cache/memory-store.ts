import { LRUCache } from 'lru-cache';

/** Something that was read upstream, and when. Times are those of `performance.now()`, in milliseconds. */
export interface Timed {
  /** When the call that read it was sent: it is no older than this. */
  readonly sentAt: number;
}

/** What a store may hold. */
export interface MemoryStoreOptions<Value> {
  /** Most bytes of all keys and values together. The least recently used go first. */
  readonly maxBytes: number;
  /** An estimate. */
  readonly bytesOf: (value: Value) => number;
}

/**
 * Values of this process by key, bounded in bytes. Says nothing about how old a value may be: whoever reads it has its
 * `sentAt` and decides.
 */
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

  /** Keeps a value, unless one is there that was read later. */
  set(key: string, value: Value): void {
    const held = this.#values.peek(key);
    if (held === undefined || held.sentAt <= value.sentAt) this.#values.set(key, value);
  }
}
