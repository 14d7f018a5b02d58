import { later, type MonotonicMs, NEVER } from '../../clock.ts';

const SECOND_MS = 1000;

/**
 * Multiplicative decrease: after throttling, the new rate as a share of the requests that the upstream accepted in the last
 * second.
 */
const MARGIN = 0.95;

/** Lower bound of one decrease, as a share of the rate. */
const LARGEST_CUT = 0.5;

/** Minimum rate, in requests per second. */
export const MIN_RATE = 1;

/**
 * How long a rate is held before it grows, in milliseconds. Each probe beyond the limit costs a caller a throttled request.
 */
const HOLD_MS = 20_000;

/** Maximum hold. The hold doubles after each throttling at about the same rate. */
const MAX_HOLD_MS = 300_000;

/**
 * If the upstream accepted less than this share of the rate, it is blocking rather than limiting, usually for a short time.
 */
const BLOCKED_SHARE = 0.1;
const BLOCKED_HOLD_MS = 2000;

/**
 * One throttling below a known limit is ignored in this period, in milliseconds: requests arrive less evenly than they are
 * sent.
 */
const IGNORE_MS = 10_000;

/** Growth of the rate per second: near the last limit, beyond it, and after a block. */
const GROWTH_NEAR = 1.0025;
const GROWTH_BEYOND = 1.5;
const GROWTH_BLOCKED = 2;

/** "Near" means up to this multiple of the rate that the upstream accepted. */
const NEAR = 1.05;

/**
 * Client-side adaptive rate, in requests per second: learns from throttling what the upstream accepts, because other programs
 * may use the account too. Throttling cuts the rate to slightly below the accepted one (multiplicative decrease). The rate is
 * then held, and grows again: slowly near the previous limit, fast beyond it. Deterministic; has no clock of its own.
 */
export class AdaptiveRate {
  readonly #max: number;
  /** Rate after the last cut; {@link at} adds its growth. */
  #rate: number;
  /** Rate that the upstream accepted when it last throttled. */
  #ceiling = Number.POSITIVE_INFINITY;
  /** Whether the ceiling was measured, rather than set by {@link LARGEST_CUT}. */
  #isKnown = false;
  #isBlocked = false;
  #ignoredAt = NEVER;
  #holdMs = HOLD_MS;
  #heldUntil = NEVER;
  #cutAt = NEVER;
  /** State before the last cut, the reference for further throttling within the same second. */
  #before: { readonly rate: number; readonly ceiling: number; readonly holdMs: number };

  /** @param max configured rate, in requests per second */
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
   * Reports a throttled request. A request sent within a second after a cut may deepen that cut, but starts no new one.
   *
   * @param sentAt when it was sent
   * @param accepted requests that the upstream accepted, or that are pending, in the second up to `sentAt`
   * @returns whether this is a new cut
   */
  throttled(now: MonotonicMs, sentAt: MonotonicMs, accepted: number): boolean {
    const isNew = sentAt >= later(this.#cutAt, SECOND_MS);
    if (isNew && this.#isIgnored(now)) return false;
    if (isNew) {
      this.#before = { rate: this.at(now), ceiling: this.#ceiling, holdMs: this.#holdMs };
      this.#cutAt = now;
    }
    const { rate } = this.#before;
    const kept = Math.max(MARGIN * accepted, LARGEST_CUT * rate);
    const next = Math.max(Math.min(kept, isNew ? MARGIN * rate : this.#rate), Math.min(MIN_RATE, this.#max));
    if (isNew || next < this.#rate) {
      this.#isKnown = MARGIN * accepted >= LARGEST_CUT * rate;
      this.#isBlocked = accepted < BLOCKED_SHARE * rate;
      this.#cutTo(next, now);
    }
    return isNew;
  }

  #isIgnored(now: MonotonicMs): boolean {
    const isBelowLimit = this.#isKnown && this.at(now) <= MARGIN * this.#ceiling;
    if (!isBelowLimit || now < later(this.#ignoredAt, IGNORE_MS)) return false;
    this.#ignoredAt = now;
    return true;
  }

  /** Adopts a lower rate from another process. Ignores a rate below the minimum, which would take minutes to recover from. */
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
