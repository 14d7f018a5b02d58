import { later, type MonotonicMs, NEVER } from '../../clock.ts';

const SECOND_MS = 1000;

/** How early a spread-out request may come, in milliseconds: timers are late by up to that. */
const EARLY_MS = 20;

/** Buckets in which requests are counted: together as long as a throttled response may take. */
const BUCKET_MS = 10;
const BUCKETS = 1024;

/** Sliding window over the times of requests: when the next one may be sent, and how many the upstream took. */
export class SlidingWindow {
  /** A ring of the times of the last requests, as many as may ever be sent in a second. */
  readonly #ring: Float64Array;
  #oldest = 0;
  #most: number;
  /** Where requests are spread evenly. */
  #dueAt = NEVER;
  readonly #counts = new Uint32Array(BUCKETS);
  readonly #slots = new Float64Array(BUCKETS).fill(-1);

  constructor(maxPerSecond: number) {
    this.#ring = new Float64Array(maxPerSecond).fill(Number.NEGATIVE_INFINITY);
    this.#most = maxPerSecond;
  }

  /** Changes how many may be sent in any second. @param most from 1 to the maximum of the constructor */
  allow(most: number): void {
    this.#most = most;
  }

  /**
   * When one more may be sent after `ahead` others, all of them as early as they may: no second may hold more than the
   * maximum, whenever it begins.
   *
   * @param from nothing is sent before
   * @param spacingMs between two requests; 0 where bursts are allowed
   */
  freeAt(from: MonotonicMs, ahead: number, spacingMs: number): MonotonicMs {
    const most = this.#most;
    if (spacingMs === 0) {
      const seconds = Math.floor(ahead / most) * SECOND_MS;
      return later(latest(from, this.#secondAfter(ahead % most)), seconds);
    }
    let freeAt = latest(from, later(latest(this.#dueAt, from), ahead * spacingMs - EARLY_MS));
    // A request that waits for the end of a second delays all behind it.
    for (let place = Math.min(ahead, most - 1); place >= 0; place--) {
      const secondAfter = this.#secondAfter(place);
      if (secondAfter <= from) break;
      const behindMs = place === ahead ? 0 : (ahead - place) * spacingMs - EARLY_MS;
      freeAt = latest(freeAt, later(secondAfter, behindMs));
    }
    return freeAt;
  }

  /** What {@link freeAt} returns for 0, 1, 2, … others ahead, without end, each in constant time. */
  *freeTimes(from: MonotonicMs, spacingMs: number): Generator<MonotonicMs, never, undefined> {
    const most = this.#most;
    const dueAt = latest(this.#dueAt, from);
    // When one without anybody ahead could be sent, delayed by the seconds of earlier places.
    let delayedTo = NEVER;
    for (let ahead = 0; ; ahead++) {
      if (spacingMs === 0) {
        yield this.freeAt(from, ahead, 0);
        continue;
      }
      const behindMs = ahead * spacingMs;
      const secondAfter = ahead < most ? this.#secondAfter(ahead) : from;
      const evenly = later(latest(dueAt, delayedTo), behindMs - EARLY_MS);
      yield latest(from, latest(evenly, secondAfter));
      if (secondAfter > from) delayedTo = latest(delayedTo, later(secondAfter, -behindMs));
    }
  }

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

  /** The upstream rejected a request. */
  notTaken(sentAt: MonotonicMs): void {
    const slot = Math.floor(sentAt / BUCKET_MS);
    const index = slot % BUCKETS;
    if (this.#slots[index] === slot) this.#counts[index] = Math.max(0, (this.#counts[index] as number) - 1);
  }

  /** How many requests of those sent in the second up to a time were taken, or may yet turn out to be. */
  takenInSecondTo(time: MonotonicMs): number {
    const last = Math.floor(time / BUCKET_MS);
    let all = 0;
    for (let slot = last - SECOND_MS / BUCKET_MS; slot <= last; slot++) {
      const index = ((slot % BUCKETS) + BUCKETS) % BUCKETS;
      if (this.#slots[index] === slot) all += this.#counts[index] as number;
    }
    return all;
  }

  /** @param place of the request in the window; 0 is the oldest */
  #secondAfter(place: number): MonotonicMs {
    const { length } = this.#ring;
    const time = this.#ring[(this.#oldest + length - this.#most + place) % length] as MonotonicMs;
    return later(time, SECOND_MS);
  }
}

function latest(one: MonotonicMs, other: MonotonicMs): MonotonicMs {
  return one > other ? one : other;
}
