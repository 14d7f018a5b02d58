import { later, type MonotonicMs, NEVER } from '../../clock.ts';

const SECOND_MS = 1000;

/** How early an evenly spaced request may be sent, in milliseconds, to make up for late timers. */
const EARLY_MS = 20;

/** Time buckets in which requests are counted. They cover as much time as a throttled response may take. */
const BUCKET_MS = 10;
const BUCKETS = 1024;

/**
 * Sliding window over the times of sent requests: computes when the next one may be sent, and how many the upstream accepted.
 */
export class SlidingWindow {
  /** Ring buffer of the times of the last requests, as long as the maximum number per second. */
  readonly #ring: Float64Array;
  #oldest = 0;
  #limit: number;
  /** When the next evenly spaced request is due. */
  #dueAt = NEVER;
  readonly #counts = new Uint32Array(BUCKETS);
  readonly #slots = new Float64Array(BUCKETS).fill(-1);

  constructor(maxPerSecond: number) {
    this.#ring = new Float64Array(maxPerSecond).fill(Number.NEGATIVE_INFINITY);
    this.#limit = maxPerSecond;
  }

  /** Changes the limit per second. @param limit from 1 to the constructor's maximum */
  allow(limit: number): void {
    this.#limit = limit;
  }

  /**
   * When one more request may be sent after `ahead` others, all as early as possible: no window of one second, wherever it
   * begins, may contain more than the limit.
   *
   * @param from earliest time of sending
   * @param spacingMs interval between requests; 0 allows bursts
   */
  freeAt(from: MonotonicMs, ahead: number, spacingMs: number): MonotonicMs {
    const limit = this.#limit;
    if (spacingMs === 0) {
      const seconds = Math.floor(ahead / limit) * SECOND_MS;
      return later(latest(from, this.#secondAfter(ahead % limit)), seconds);
    }
    let freeAt = latest(from, later(latest(this.#dueAt, from), ahead * spacingMs - EARLY_MS));
    // A request that waits for the end of a window delays all requests after it.
    for (let place = Math.min(ahead, limit - 1); place >= 0; place--) {
      const secondAfter = this.#secondAfter(place);
      if (secondAfter <= from) break;
      const behindMs = place === ahead ? 0 : (ahead - place) * spacingMs - EARLY_MS;
      freeAt = latest(freeAt, later(secondAfter, behindMs));
    }
    return freeAt;
  }

  /** Yields {@link freeAt} for 0, 1, 2, … requests ahead, endlessly, each in constant time. */
  *freeTimes(from: MonotonicMs, spacingMs: number): Generator<MonotonicMs, never, undefined> {
    const limit = this.#limit;
    const dueAt = latest(this.#dueAt, from);
    // When the next request could be sent, delayed by the windows of earlier places.
    let delayedTo = NEVER;
    for (let ahead = 0; ; ahead++) {
      if (spacingMs === 0) {
        yield this.freeAt(from, ahead, 0);
        continue;
      }
      const behindMs = ahead * spacingMs;
      const secondAfter = ahead < limit ? this.#secondAfter(ahead) : from;
      const evenly = later(latest(dueAt, delayedTo), behindMs - EARLY_MS);
      yield latest(from, latest(evenly, secondAfter));
      if (secondAfter > from) delayedTo = latest(delayedTo, later(secondAfter, -behindMs));
    }
  }

  /** Counts a request that is sent now. */
  sent(now: MonotonicMs, spacingMs: number): void {
    this.#ring[this.#oldest] = now;
    this.#oldest = (this.#oldest + 1) % this.#ring.length;
    this.#dueAt = later(latest(this.#dueAt, now), spacingMs);
    const slot = Math.floor(now / BUCKET_MS);
    const index = slot % BUCKETS;
    if (this.#slots[index] !== slot) {
      this.#slots[index] = slot;
      this.#counts[index] = 0;
    }
    this.#counts[index] = (this.#counts[index] as number) + 1;
  }

  /** Discounts a request that the upstream rejected. */
  rejected(sentAt: MonotonicMs): void {
    const slot = Math.floor(sentAt / BUCKET_MS);
    const index = slot % BUCKETS;
    if (this.#slots[index] === slot) this.#counts[index] = Math.max(0, (this.#counts[index] as number) - 1);
  }

  /** Number of requests sent in the second up to `time` that were accepted or are pending. */
  acceptedInSecondTo(time: MonotonicMs): number {
    const last = Math.floor(time / BUCKET_MS);
    let all = 0;
    for (let slot = last - SECOND_MS / BUCKET_MS; slot <= last; slot++) {
      const index = ((slot % BUCKETS) + BUCKETS) % BUCKETS;
      if (this.#slots[index] === slot) all += this.#counts[index] as number;
    }
    return all;
  }

  /** End of the window that begins with a request. @param place of the request in the ring; 0 is the oldest */
  #secondAfter(place: number): MonotonicMs {
    const { length } = this.#ring;
    const time = this.#ring[(this.#oldest + length - this.#limit + place) % length] as MonotonicMs;
    return later(time, SECOND_MS);
  }
}

function latest(one: MonotonicMs, other: MonotonicMs): MonotonicMs {
  return one > other ? one : other;
}
