import { LRUCache } from 'lru-cache';
import { UpstreamError, type UpstreamErrorCode } from '../errors.ts';
import type { Observer } from '../observer.ts';

/** How often it is looked whether something that failed can be read again, in milliseconds. */
const LOOK_AGAIN_MS = 1000;

/** The part of their patience that others have while a read takes too long: an answer may take several reads in turn. */
const PATIENCE_LEFT = 0.1;

/** Failures that are remembered at a time. */
const MAX_FAILURES = 1000;

/** Something that could not be read when it was last tried. */
interface Failure {
  code: UpstreamErrorCode;
  lookAgainAt: number;
}

/** Makes do with what is at hand while the upstream fails, so that nobody notices who asks for something others asked for. */
export class StaleReads {
  readonly #observer: Observer;
  readonly #patienceMs: number;
  /** Reads that take too long, and have not ended yet. */
  #overdue = 0;
  readonly #failures = new LRUCache<string, Failure>({ max: MAX_FAILURES });

  /** @param patienceMs how long a read may take before it counts as failing, where something is at hand */
  constructor(observer: Observer, patienceMs: number) {
    this.#observer = observer;
    this.#patienceMs = patienceMs;
  }

  /**
   * Reads, or takes what is at hand. After a failure nobody who has something at hand waits to learn that it still fails:
   * it is read again beside.
   *
   * @param key names what is wanted: a failure of one thing says nothing about another
   * @param stale what is at hand and not too old to be served instead; asked again after a failure, which may have taken
   *   its time
   * @throws whatever `read` throws when nothing is at hand, or when the upstream is not to blame
   */
  async read<Value>(key: string, stale: () => Value | undefined, read: () => Promise<Value>): Promise<Value> {
    const failure = this.#failures.get(key);
    const instead = failure && stale();
    if (failure !== undefined && instead !== undefined) {
      if (performance.now() >= failure.lookAgainAt) {
        failure.lookAgainAt = performance.now() + LOOK_AGAIN_MS;
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

  /** @throws UpstreamError UPSTREAM_TIMEOUT when it takes too long; the read goes on, for those who come later */
  async #wait<Value>(key: string, reading: Promise<Value>): Promise<Value> {
    let timer: NodeJS.Timeout | undefined;
    const patienceMs = this.#overdue > 0 ? PATIENCE_LEFT * this.#patienceMs : this.#patienceMs;
    const tooLong = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        this.#remember(key, 'UPSTREAM_TIMEOUT');
        this.#overdue++;
        const end = () => this.#overdue--;
        // What it brings is for others; how it fails is remembered, and no news.
        reading.then(end, end);
        reject(new UpstreamError('UPSTREAM_TIMEOUT', { detail: `no answer in ${patienceMs} ms` }));
      }, patienceMs);
    });
    reading.catch(() => undefined);
    try {
      return await Promise.race([reading, tooLong]);
    } finally {
      clearTimeout(timer);
    }
  }

  #remember(key: string, code: UpstreamErrorCode): void {
    this.#failures.set(key, { code, lookAgainAt: performance.now() + LOOK_AGAIN_MS });
  }

  #serve<Value>(value: Value, code: UpstreamErrorCode): Value {
    this.#observer.servedStale(code);
    return value;
  }
}
