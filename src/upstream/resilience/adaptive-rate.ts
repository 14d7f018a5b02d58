import { later, type MonotonicMs, NEVER } from '../../clock.ts';

const SECOND_MS = 1000;

/** Multiplicative decrease: after a throttling, the part of what the upstream took in the last second that is sent on. */
const MARGIN = 0.95;

/** Lowest part of the rate after one decrease. */
const LARGEST_CUT = 0.5;

/** Lowest rate, in requests per second. */
export const MIN_RATE = 1;

/** How long a rate is held before it grows, in milliseconds: each request past the limit costs somebody a throttling. */
const HOLD_MS = 20_000;

/** The hold doubles after each throttling at about the same rate, up to this. */
const MAX_HOLD_MS = 300_000;

/** Where less than this part of the rate was taken, the upstream is blocked rather than limited: mostly over soon. */
const BLOCKED_SHARE = 0.1;
const BLOCKED_HOLD_MS = 2000;

/** One throttling below a known limit in this time is ignored, in milliseconds: requests arrive less evenly than they are sent. */
const IGNORE_MS = 10_000;

/** Growth of the rate in each second: near where it was throttled, beyond that, and where nothing was taken. */
const GROWTH_NEAR = 1.0025;
const GROWTH_BEYOND = 1.5;
const GROWTH_BLOCKED = 2;

/** Near means up to this multiple of what the upstream took. */
const NEAR = 1.05;

/**
 * Client-side adaptive rate: how many requests a second the upstream takes, learnt from its throttling, because other programs
 * may use the account. A throttling cuts it to a little below what was taken. It is held, then grows: slowly near the old
 * limit, fast beyond it. Pure but for its own state.
 */
export class AdaptiveRate {
  readonly #max: number;
  /** As it was cut last; {@link at} adds its growth. */
  #rate: number;
  /** What the upstream took when it last throttled. */
  #ceiling = Number.POSITIVE_INFINITY;
  /** Whether the ceiling was measured, and not {@link LARGEST_CUT}. */
  #isKnown = false;
  #isBlocked = false;
  #ignoredAt = NEVER;
  #holdMs = HOLD_MS;
  #heldUntil = NEVER;
  #cutAt = NEVER;
  /** State before the last cut, by which further throttlings of the same second are judged. */
  #before: { readonly rate: number; readonly ceiling: number; readonly holdMs: number };

  /** @param max configured, in requests per second */
  constructor(max: number) {
    this.#max = max;
    this.#rate = max;
    this.#before = { rate: max, ceiling: this.#ceiling, holdMs: HOLD_MS };
  }

  at(now: MonotonicMs): number {
    const sinceMs = now - this.#heldUntil;
    if (sinceMs <= 0 || this.#rate >= this.#max) return this.#rate;
    const seconds = sinceMs / 1000;
    return Math.min(
      this.#max,
      this.#isBlocked ? this.#rate * GROWTH_BLOCKED ** seconds : this.#grown(seconds),
    );
  }

  /**
   * A request was throttled. One that was sent less than a second after a cut may deepen it, but is no further throttling.
   *
   * @param sentAt when it was sent
   * @param taken requests that the upstream took, or may yet turn out to have taken, in the second up to then
   * @returns whether the rate was cut anew
   */
  throttled(now: MonotonicMs, sentAt: MonotonicMs, taken: number): boolean {
    const isNew = sentAt >= later(this.#cutAt, SECOND_MS);
    if (isNew && this.#isIgnored(now)) return false;
    if (isNew) {
      this.#before = { rate: this.at(now), ceiling: this.#ceiling, holdMs: this.#holdMs };
      this.#cutAt = now;
    }
    const { rate } = this.#before;
    const kept = Math.max(MARGIN * taken, LARGEST_CUT * rate);
    const next = Math.max(Math.min(kept, isNew ? MARGIN * rate : this.#rate), Math.min(MIN_RATE, this.#max));
    if (isNew || next < this.#rate) {
      this.#isKnown = MARGIN * taken >= LARGEST_CUT * rate;
      this.#isBlocked = taken < BLOCKED_SHARE * rate;
      this.#cutTo(next, now);
    }
    return isNew;
  }

  #isIgnored(now: MonotonicMs): boolean {
    const isBelow = this.#isKnown && this.at(now) <= MARGIN * this.#ceiling;
    if (!isBelow || now < later(this.#ignoredAt, IGNORE_MS)) return false;
    this.#ignoredAt = now;
    return true;
  }

  /** Takes over a lower rate of another process. A rate below the minimum is ignored: it would hold for minutes. */
  slowDownTo(rate: number, now: MonotonicMs): void {
    const known = this.at(now);
    if (!(rate >= Math.min(MIN_RATE, this.#max) && rate < known)) return;
    if (now >= later(this.#cutAt, SECOND_MS)) {
      this.#before = { rate: known, ceiling: this.#ceiling, holdMs: this.#holdMs };
      this.#cutAt = now;
    }
    this.#rate = rate;
    this.#ceiling = Math.min(this.#ceiling, rate / MARGIN);
    this.#isBlocked = false;
    if (this.#heldUntil < now) this.#heldUntil = now;
  }

  #cutTo(rate: number, now: MonotonicMs): void {
    const { ceiling, holdMs } = this.#before;
    this.#rate = rate;
    this.#ceiling = rate / MARGIN;
    const isSameLimit = Math.abs(this.#ceiling - ceiling) < 0.1 * ceiling;
    this.#holdMs = isSameLimit ? Math.min(MAX_HOLD_MS, 2 * holdMs) : HOLD_MS;
    this.#heldUntil = later(now, this.#isBlocked ? BLOCKED_HOLD_MS : this.#holdMs);
  }

  #grown(seconds: number): number {
    const toNear = Math.max(0, Math.log((NEAR * this.#ceiling) / this.#rate) / Math.log(GROWTH_NEAR));
    const near = this.#rate * GROWTH_NEAR ** Math.min(seconds, toNear);
    return near * GROWTH_BEYOND ** Math.max(0, seconds - toNear);
  }
}
