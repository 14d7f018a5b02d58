/** How much of its distance to the latest answer the longest one loses with each: it counts for the next hundred or so. */
const FORGOTTEN = 1 / 64;

/** Timers are late by up to about this, in milliseconds. */
const LATE_MS = 20;

/** How long answers take at most, learnt from those that came of late. */
export class AnswerTime {
  #longestMs = 0;

  /** An answer came. */
  took(durationMs: number): void {
    const keptMs = this.#longestMs - FORGOTTEN * (this.#longestMs - durationMs);
    this.#longestMs = Math.max(durationMs, keptMs);
  }

  /** By when nearly every answer has come, in milliseconds after sending; little more than nothing before the first. */
  get atMostMs(): number {
    return this.#longestMs + LATE_MS;
  }
}
