import { LRUCache } from 'lru-cache';
import { UpstreamError, type UpstreamErrorCode } from '../errors.ts';
import type { Observer } from '../observer.ts';

/** After a failure, how long the upstream is left alone by those who have something older at hand, in milliseconds. */
const RESPITE_MS = 1000;

/** Failures that are remembered at a time. */
const MAX_FAILURES = 1000;

/** Makes do with what is at hand while the upstream fails. */
export class StaleReads {
  readonly #observer: Observer;
  readonly #failures = new LRUCache<string, { readonly code: UpstreamErrorCode; readonly until: number }>({
    max: MAX_FAILURES,
  });

  constructor(observer: Observer) {
    this.#observer = observer;
  }

  /**
   * Reads, or takes what is at hand. After a failure nobody who has something at hand waits for a moment to learn that it
   * still fails.
   *
   * @param key names what is wanted: a failure of one thing says nothing about another
   * @param stale what is at hand and not too old to be served instead; asked again after a failure, which may have taken
   *   its time
   * @throws whatever `read` throws when nothing is at hand, or when the upstream is not to blame
   */
  async read<Value>(key: string, stale: () => Value | undefined, read: () => Promise<Value>): Promise<Value> {
    const failure = this.#failures.get(key);
    if (failure !== undefined && performance.now() < failure.until) {
      const instead = stale();
      if (instead !== undefined) return this.#serve(instead, failure.code);
    }
    try {
      const value = await read();
      if (failure !== undefined) this.#failures.delete(key);
      return value;
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      this.#failures.set(key, { code: error.code, until: performance.now() + RESPITE_MS });
      const instead = stale();
      if (instead === undefined) throw error;
      return this.#serve(instead, error.code);
    }
  }

  #serve<Value>(value: Value, code: UpstreamErrorCode): Value {
    this.#observer.servedStale(code);
    return value;
  }
}
