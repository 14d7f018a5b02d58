import { LRUCache } from 'lru-cache';
import { later, type MonotonicMs, monotonicNow } from '../clock.ts';
import { UpstreamError, type UpstreamErrorCode } from '../errors.ts';
import type { ListObserver } from './page-source.ts';

/** Interval of background retries of a failed read, in milliseconds. */
const RETRY_MS = 1000;

/** Factor of `staleAfterMs` while another read is overdue, because a response may need several sequential reads. */
const OVERDUE_FACTOR = 0.1;

/** Maximum number of tracked failures. */
const MAX_FAILURES = 1000;

/** The last failure of a read. */
interface Failure {
  code: UpstreamErrorCode;
  retryAt: MonotonicMs;
}

/**
 * stale-if-error: serves stale values while the upstream fails or takes too long, and revalidates them in the background.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5861#section-4
 */
export class StaleIfError {
  readonly #observer: ListObserver;
  readonly #staleAfterMs: number;
  /** Number of reads in flight for longer than `staleAfterMs`. */
  #overdue = 0;
  readonly #failures = new LRUCache<string, Failure>({ max: MAX_FAILURES });

  /** @param staleAfterMs duration of a read after which a stale value is served instead, in milliseconds */
  constructor(observer: ListObserver, staleAfterMs: number) {
    this.#observer = observer;
    this.#staleAfterMs = staleAfterMs;
  }

  /**
   * Reads a value, or serves a stale one if the read fails. After a failure the stale value is served at once, and the read is retried in
   * the background.
   *
   * @param key key of the value; failures are tracked by key
   * @param stale returns the stale value, if any. Called again after the read, because the value may have expired meanwhile
   * @throws the error of `read`, if there is no stale value or the error is no UpstreamError
   */
  async read<Value>(key: string, stale: () => Value | undefined, read: () => Promise<Value>): Promise<Value> {
    const failure = this.#failures.get(key);
    const staleValue = failure && stale();
    if (failure !== undefined && staleValue !== undefined) {
      const now = monotonicNow();
      if (now >= failure.retryAt) {
        failure.retryAt = later(now, RETRY_MS);
        this.#track(key, read()).catch(() => undefined);
      }
      return this.#serve(staleValue, failure.code);
    }
    try {
      const reading = this.#track(key, read());
      return await (stale() === undefined ? reading : this.#wait(key, reading));
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      const staleValue = stale();
      if (staleValue === undefined) throw error;
      return this.#serve(staleValue, error.code);
    }
  }

  /** Records the outcome of a read. */
  async #track<Value>(key: string, reading: Promise<Value>): Promise<Value> {
    try {
      const value = await reading;
      this.#failures.delete(key);
      return value;
    } catch (error) {
      if (error instanceof UpstreamError) this.#recordFailure(key, error.code);
      throw error;
    }
  }

  /** Waits for a read. @throws UpstreamError UPSTREAM_TIMEOUT if it takes too long; the read continues for later requests */
  async #wait<Value>(key: string, reading: Promise<Value>): Promise<Value> {
    let timer: NodeJS.Timeout | undefined;
    const timeoutMs = this.#overdue > 0 ? OVERDUE_FACTOR * this.#staleAfterMs : this.#staleAfterMs;
    const tooLong = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        this.#recordFailure(key, 'UPSTREAM_TIMEOUT');
        this.#overdue++;
        const end = () => this.#overdue--;
        // #track records the outcome; nobody else waits for it.
        reading.then(end, end);
        reject(new UpstreamError('UPSTREAM_TIMEOUT', { detail: `no response within ${timeoutMs} ms` }));
      }, timeoutMs);
    });
    try {
      return await Promise.race([reading, tooLong]);
    } finally {
      clearTimeout(timer);
    }
  }

  #recordFailure(key: string, code: UpstreamErrorCode): void {
    this.#failures.set(key, { code, retryAt: later(monotonicNow(), RETRY_MS) });
  }

  #serve<Value>(value: Value, code: UpstreamErrorCode): Value {
    this.#observer.servedStale(code);
    return value;
  }
}
