const SECOND_MS = 1000;

/** After a throttling, the part of what the upstream took in the last second that is sent on. */
const MARGIN = 0.95;

/** Never less than this part of the rate in a second: one that happened to be quiet says little. */
const LARGEST_CUT = 0.5;

/** Never slower than this, in requests per second. */
export const LEAST = 1;

/** How long a rate is kept before more is tried, in milliseconds: each try past the limit costs somebody a throttling. */
const HOLD_MS = 20_000;

/** Twice as long after each throttling at about the same rate, up to this. */
const MAX_HOLD_MS = 300_000;

/** Where less than this part of the rate was taken that is no limit, but a time in which nothing goes: mostly over soon. */
const BLIND_SHARE = 0.1;
const BLIND_HOLD_MS = 2000;

/** Of throttlings below a limit that is known one in this time is chance, in milliseconds: requests arrive less evenly than they are sent. */
const CHANCE_MS = 10_000;

/** By what the rate is multiplied in each second near where it was throttled, beyond that, and where nothing was taken. */
const GROWTH_NEAR = 1.0025;
const GROWTH_BEYOND = 1.5;
const GROWTH_BLIND = 2;

/** Near means up to this multiple of what the upstream took. */
const NEAR = 1.05;

/**
 * How many requests a second the upstream takes, as far as its throttling tells: other programs may use the same account,
 * and the configured quota may be wrong. Shrinks at a throttling to a little below what was taken, holds that, and grows
 * back: near the old limit carefully, beyond it fast, because then the limit is gone. Where next to nothing was taken there is
 * no limit to be careful about, only a time in which nothing goes: then it grows fast at once.
 *
 * Pure but for its own state; times are milliseconds of any clock that does not go back.
 */
export class LearntRate {
  readonly #max: number;
  /** As it was cut last; what it has grown to since is computed from that. */
  #rate: number;
  /** What the upstream took when it last throttled. */
  #ceiling = Number.POSITIVE_INFINITY;
  /** Whether that was what the upstream took, and not only as far as it is believed at once. */
  #isKnown = false;
  /** Whether next to nothing was taken. */
  #isBlind = false;
  #chanceAt = Number.NEGATIVE_INFINITY;
  #holdMs = HOLD_MS;
  /** From when on more is tried. */
  #heldUntil = Number.NEGATIVE_INFINITY;
  #cutAt = Number.NEGATIVE_INFINITY;
  /** As they were before the last cut, by which more that is learnt of the same second is judged. */
  #before: { readonly rate: number; readonly ceiling: number; readonly holdMs: number };

  /** @param max configured, in requests per second */
  constructor(max: number) {
    this.#max = max;
    this.#rate = max;
    this.#before = { rate: max, ceiling: this.#ceiling, holdMs: HOLD_MS };
  }

  /** Requests per second that may be sent now. */
  at(now: number): number {
    const sinceMs = now - this.#heldUntil;
    if (sinceMs <= 0 || this.#rate >= this.#max) return this.#rate;
    const seconds = sinceMs / 1000;
    return Math.min(this.#max, this.#isBlind ? this.#rate * GROWTH_BLIND ** seconds : this.#grown(seconds));
  }

  /**
   * A request was throttled. What was sent less than a second after a cut came upon requests of the faster rate before it:
   * it may show that the cut was too small, but is none of its own.
   *
   * @param sentAt when it was sent
   * @param taken requests that the upstream took in the second up to then, those that may yet turn out to be throttled
   *   counted in
   * @returns whether the rate was cut anew
   */
  throttled(now: number, sentAt: number, taken: number): boolean {
    const isNew = sentAt >= this.#cutAt + SECOND_MS;
    if (isNew && this.#isChance(now)) return false;
    if (isNew) {
      this.#before = { rate: this.at(now), ceiling: this.#ceiling, holdMs: this.#holdMs };
      this.#cutAt = now;
    }
    const { rate } = this.#before;
    const kept = Math.max(MARGIN * taken, LARGEST_CUT * rate);
    const next = Math.max(Math.min(kept, isNew ? MARGIN * rate : this.#rate), Math.min(LEAST, this.#max));
    if (isNew || next < this.#rate) {
      this.#isKnown = MARGIN * taken >= LARGEST_CUT * rate;
      this.#isBlind = taken < BLIND_SHARE * rate;
      this.#cutTo(next, now);
    }
    return isNew;
  }

  #isChance(now: number): boolean {
    const isBelow = this.#isKnown && this.at(now) <= MARGIN * this.#ceiling;
    if (!isBelow || now < this.#chanceAt + CHANCE_MS) return false;
    this.#chanceAt = now;
    return true;
  }

  /**
   * Another process of the account has learnt that this is what it takes; nothing when this one knows of less. What is no
   * rate that a process could have learnt is not taken: a rate of nearly 0 would hold for minutes.
   */
  slowDownTo(rate: number, now: number): void {
    const known = this.at(now);
    if (!(rate >= Math.min(LEAST, this.#max) && rate < known)) return;
    if (now >= this.#cutAt + SECOND_MS) {
      this.#before = { rate: known, ceiling: this.#ceiling, holdMs: this.#holdMs };
      this.#cutAt = now;
    }
    this.#rate = rate;
    this.#ceiling = Math.min(this.#ceiling, rate / MARGIN);
    this.#isBlind = false;
    this.#heldUntil = Math.max(this.#heldUntil, now);
  }

  #cutTo(rate: number, now: number): void {
    const { ceiling, holdMs } = this.#before;
    this.#rate = rate;
    this.#ceiling = rate / MARGIN;
    const isSameLimit = Math.abs(this.#ceiling - ceiling) < 0.1 * ceiling;
    this.#holdMs = isSameLimit ? Math.min(MAX_HOLD_MS, 2 * holdMs) : HOLD_MS;
    this.#heldUntil = now + (this.#isBlind ? BLIND_HOLD_MS : this.#holdMs);
  }

  #grown(seconds: number): number {
    const toNear = Math.max(0, Math.log((NEAR * this.#ceiling) / this.#rate) / Math.log(GROWTH_NEAR));
    const near = this.#rate * GROWTH_NEAR ** Math.min(seconds, toNear);
    return near * GROWTH_BEYOND ** Math.max(0, seconds - toNear);
  }
}
