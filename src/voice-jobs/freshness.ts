/** How old what one request has used is. */
export class Freshness {
  /** When the oldest of it was asked for, in milliseconds of `performance.now()`; `Infinity` while nothing was used. */
  oldestSentAt = Number.POSITIVE_INFINITY;

  used(sentAt: number): void {
    if (sentAt < this.oldestSentAt) this.oldestSentAt = sentAt;
  }
}
