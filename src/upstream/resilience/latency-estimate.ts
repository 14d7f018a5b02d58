/** The part of its distance to the latest latency that the peak loses with each response: one counts for the next hundred or so. */
const DECAY = 1 / 64;

/** Timers are late by up to about this, in milliseconds. */
const LATE_MS = 20;

/** Decaying peak of the upstream's latency. */
export class PeakLatency {
  #peakMs = 0;

  add(durationMs: number): void {
    this.#peakMs = Math.max(durationMs, this.#peakMs - DECAY * (this.#peakMs - durationMs));
  }

  /** By when nearly every response has come, in milliseconds after sending; little more than nothing before the first. */
  get atMostMs(): number {
    return this.#peakMs + LATE_MS;
  }
}
