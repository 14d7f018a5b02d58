const SECOND_MS = 1000;

/** How far a spread-out request may come before its time, in milliseconds, because timers are late by up to about that. */
const EARLY_MS = 20;

/** Parts of the last seconds in which requests are counted: as long as a throttled answer may take, and fine enough. */
const BUCKET_MS = 10;
const BUCKETS = 1024;

/**
 * When requests were sent, and how many the upstream took. Times are milliseconds of a clock that does not go back.
 */
export class SendTimes {
  /** A ring of as many times as may ever be sent in a second. */
  readonly #ring: Float64Array;
  #oldest = 0;
  /** How many may be sent in a second: the next may follow a second after as many places before. */
  #most: number;
  /** When the next one is due where they are spread evenly. */
  #dueAt = Number.NEGATIVE_INFINITY;
  readonly #counts = new Uint32Array(BUCKETS);
  readonly #slots = new Float64Array(BUCKETS).fill(-1);

  /** @param maxPerSecond whole number of requests in any second */
  constructor(maxPerSecond: number) {
    this.#ring = new Float64Array(maxPerSecond).fill(Number.NEGATIVE_INFINITY);
    this.#most = maxPerSecond;
  }

  /** From now on there may be fewer in any second, or as many as ever again. @param most from 1 to the maximum */
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
  freeAt(from: number, ahead: number, spacingMs: number): number {
    const most = this.#most;
    if (spacingMs === 0) {
      const seconds = Math.floor(ahead / most) * SECOND_MS;
      return Math.max(from + seconds, this.#secondAfter(ahead % most) + seconds);
    }
    let freeAt = Math.max(from, Math.max(this.#dueAt, from) + ahead * spacingMs - EARLY_MS);
    // Who has to wait until a second is over holds up all behind.
    for (let place = Math.min(ahead, most - 1); place >= 0; place--) {
      const secondAfter = this.#secondAfter(place);
      if (secondAfter <= from) break;
      const behindMs = place === ahead ? 0 : (ahead - place) * spacingMs - EARLY_MS;
      freeAt = Math.max(freeAt, secondAfter + behindMs);
    }
    return freeAt;
  }

  /**
   * What {@link freeAt} returns for 0, 1, 2, … others ahead, without end, each in constant time: a long queue is looked over
   * whenever the upstream gets slower.
   */
  *freeTimes(from: number, spacingMs: number): Generator<number, never, undefined> {
    const most = this.#most;
    const dueAt = Math.max(this.#dueAt, from);
    // When one without anybody ahead could be sent, held up by the seconds of earlier places.
    let heldUpAt = Number.NEGATIVE_INFINITY;
    for (let ahead = 0; ; ahead++) {
      if (spacingMs === 0) {
        yield this.freeAt(from, ahead, 0);
        continue;
      }
      const behindMs = ahead * spacingMs;
      const secondAfter = ahead < most ? this.#secondAfter(ahead) : from;
      const isHeldUp = secondAfter > from;
      const evenly = Math.max(dueAt, heldUpAt) + behindMs - EARLY_MS;
      yield Math.max(from, evenly, isHeldUp ? secondAfter : from);
      if (isHeldUp) heldUpAt = Math.max(heldUpAt, secondAfter - behindMs);
    }
  }

  sent(now: number, spacingMs: number): void {
    this.#ring[this.#oldest] = now;
    this.#oldest = (this.#oldest + 1) % this.#ring.length;
    this.#dueAt = Math.max(this.#dueAt, now) + spacingMs;
    const slot = Math.floor(now / BUCKET_MS);
    const index = slot % BUCKETS;
    if (this.#slots[index] !== slot) {
      this.#slots[index] = slot;
      this.#counts[index] = 0;
    }
    this.#counts[index] = (this.#counts[index] as number) + 1;
  }

  /** The upstream did not take a request. */
  notTaken(sentAt: number): void {
    const slot = Math.floor(sentAt / BUCKET_MS);
    const index = slot % BUCKETS;
    if (this.#slots[index] === slot) this.#counts[index] = Math.max(0, (this.#counts[index] as number) - 1);
  }

  /** How many requests of those sent in the second up to a time were taken, or may yet turn out to be. */
  takenInSecondTo(time: number): number {
    const last = Math.floor(time / BUCKET_MS);
    let all = 0;
    for (let slot = last - SECOND_MS / BUCKET_MS; slot <= last; slot++) {
      const index = ((slot % BUCKETS) + BUCKETS) % BUCKETS;
      if (this.#slots[index] === slot) all += this.#counts[index] as number;
    }
    return all;
  }

  /** When the second is over that began with the request that is so many places younger than the oldest that counts. */
  #secondAfter(place: number): number {
    const { length } = this.#ring;
    return (this.#ring[(this.#oldest + length - this.#most + place) % length] as number) + SECOND_MS;
  }
}
