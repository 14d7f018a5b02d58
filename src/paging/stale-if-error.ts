import { LRUCache } from 'lru-cache';
import { later, type MonotonicMs, monotonicNow } from '../clock.ts';
import { UpstreamError, type UpstreamErrorCode } from '../errors.ts';
import type { ListObserver } from './page-source.ts';

/** How often a failed read is retried in the background, in milliseconds. */
const RETRY_MS = 1000;

/** The part of the patience that is left while another read is overdue: a response may take several reads in turn. */
const PATIENCE_LEFT = 0.1;

/** Failures that are remembered at a time. */
const MAX_FAILURES = 1000;

/** A read that failed when it was last attempted. */
interface Failure {
  code: UpstreamErrorCode;
  retryAt: MonotonicMs;
}

/**
 * Serves stale values while the upstream fails or takes too long.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5861#section-4
 */
export class StaleIfError {
  readonly #observer: ListObserver;
  readonly #patienceMs: number;
  /** Reads under way that have taken longer than the patience. */
  #overdue = 0;
  readonly #failures = new LRUCache<string, Failure>({ max: MAX_FAILURES });

  /** @param patienceMs how long a read may take before it counts as failed, where there is a stale value */
  constructor(observer: ListObserver, patienceMs: number) {
    this.#observer = observer;
    this.#patienceMs = patienceMs;
  }

  /**
   * Reads, or serves the stale value. After a failure it is served at once, and the read is retried in the background.
   *
   * @param key names the value: a failure of one says nothing about another
   * @param stale the value that may be served instead; asked again after a failure, which may have taken its time
   * @throws whatever `read` throws when there is no stale value, or when the upstream is not to blame
   */
  async read<Value>(key: string, stale: () => Value | undefined, read: () => Promise<Value>): Promise<Value> {
    const failure = this.#failures.get(key);
    const instead = failure && stale();
    if (failure !== undefined && instead !== undefined) {
      const now = monotonicNow();
      if (now >= failure.retryAt) {
        failure.retryAt = later(now, RETRY_MS);
        this.#follow(key, read()).catch(() => undefined);
      }
      return this.#serve(instead, failure.code);
    }
    try {
      const reading = this.#follow(key, read());
      return await (stale() === undefined ? reading : this.#wait(key, reading));
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      const instead = stale();
      if (instead === undefined) throw error;
      return this.#serve(instead, error.code);
    }
  }

  /** Remembers how a read ends. */
  async #follow<Value>(key: string, reading: Promise<Value>): Promise<Value> {
    try {
      const value = await reading;
      this.#failures.delete(key);
      return value;
    } catch (error) {
      if (error instanceof UpstreamError) this.#remember(key, error.code);
      throw error;
    }
  }

  /** @throws UpstreamError UPSTREAM_TIMEOUT when it takes too long; the read goes on, for later requests */
  async #wait<Value>(key: string, reading: Promise<Value>): Promise<Value> {
    let timer: NodeJS.Timeout | undefined;
    const patienceMs = this.#overdue > 0 ? PATIENCE_LEFT * this.#patienceMs : this.#patienceMs;
    const tooLong = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        this.#remember(key, 'UPSTREAM_TIMEOUT');
        this.#overdue++;
        const end = () => this.#overdue--;
        // Its value is for others; its failure is remembered and reported to nobody.
        reading.then(end, end);
        reject(new UpstreamError('UPSTREAM_TIMEOUT', { detail: `no answer in ${patienceMs} ms` }));
      }, patienceMs);
    });
    try {
      return await Promise.race([reading, tooLong]);
    } finally {
      clearTimeout(timer);
    }
  }

  #remember(key: string, code: UpstreamErrorCode): void {
    this.#failures.set(key, { code, retryAt: later(monotonicNow(), RETRY_MS) });
  }

  #serve<Value>(value: Value, code: UpstreamErrorCode): Value {
    this.#observer.servedStale(code);
    return value;
  }
}
