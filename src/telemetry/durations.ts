/**
 * Upper bounds for what the gateway does itself, in milliseconds: a kept answer stays within the first, an executed one
 * within the next few, and what waits for the upstream is spread over the rest, up to twice the default deadline.
 */
export const REQUEST_BOUNDS_MS: readonly number[] = [
  1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000,
];

/** Upper bounds for what the upstream does, in milliseconds: no answer over a network takes less than the first. */
export const UPSTREAM_BOUNDS_MS: readonly number[] = REQUEST_BOUNDS_MS.slice(2);

/** How long something took, counted in buckets, in plain numbers: 0.02 µs each. */
export class Durations {
  readonly boundsMs: readonly number[];
  /** For each bound what was longer than the one before and not longer than it; at the end what was longer than all. */
  readonly counts: Float64Array;
  sumMs = 0;

  /** @param boundsMs ascending */
  constructor(boundsMs: readonly number[]) {
    this.boundsMs = boundsMs;
    this.counts = new Float64Array(boundsMs.length + 1);
  }

  /** @param durationMs not below 0 */
  add(durationMs: number): void {
    const { boundsMs, counts } = this;
    let bucket = 0;
    while (bucket < boundsMs.length && durationMs > (boundsMs[bucket] as number)) bucket++;
    counts[bucket] = (counts[bucket] as number) + 1;
    this.sumMs += durationMs;
  }
}

/** Durations by the value of one label, which has few of them; by none where it is never given. */
export class LabelledDurations implements Iterable<readonly [value: string, durations: Durations]> {
  readonly #boundsMs: readonly number[];
  readonly #byValue = new Map<string, Durations>();

  constructor(boundsMs: readonly number[]) {
    this.#boundsMs = boundsMs;
  }

  add(durationMs: number, value = ''): void {
    let durations = this.#byValue.get(value);
    if (durations === undefined) {
      durations = new Durations(this.#boundsMs);
      this.#byValue.set(value, durations);
    }
    durations.add(durationMs);
  }

  [Symbol.iterator](): Iterator<readonly [string, Durations]> {
    return this.#byValue.entries();
  }
}
