import { later, type MonotonicMs, monotonicNow, NEVER } from '../../clock.ts';
import { UpstreamError } from '../../errors.ts';
import { MAX_PAUSE_MS } from '../../foreign-values.ts';
import { AdaptiveRate } from './adaptive-rate.ts';
import { SlidingWindow } from './sliding-window.ts';

/** Part of its distance to the latest latency that the peak loses with each response. */
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

/** How much later than needed, in milliseconds: slots come late, as timers do. */
const SLACK_MS = 20;

/** Longest time for the sake of others, in milliseconds. */
const MAX_SPREAD_MS = 10_000;

/** Retry-After for rejected calls, staggered by one slot so that a rejected crowd does not come back together. */
export class RetryAfterSpreader {
  #lastAt = NEVER;

  /**
   * The next one, in milliseconds from now.
   *
   * @param tooLateMs by how much the next slot would be too late
   * @param slotMs from one slot to the next
   */
  next(now: MonotonicMs, tooLateMs: number, slotMs: number): number {
    const afterOthersMs = Math.min(later(this.#lastAt, slotMs) - now, MAX_SPREAD_MS);
    const waitMs = Math.max(tooLateMs + SLACK_MS, afterOthersMs);
    this.#lastAt = later(now, waitMs);
    return Math.ceil(waitMs);
  }
}

interface Waiter {
  readonly deadlineAt: MonotonicMs;
  readonly resolve: () => void;
  readonly reject: (error: UpstreamError) => void;
}

/** The part of a second's quota that calls which can wait leave unused. */
const RESERVED_SHARE = 0.2;

/**
 * Client-side adaptive rate limiter with a deadline-aware FIFO queue. Sends no more requests than the account's quota allows
 * in any second, and no faster than the upstream turned out to take. A call that could not have its response before its deadline
 * is rejected at once, with a Retry-After.
 */
export class AdaptiveRateLimiter {
  readonly #rate: AdaptiveRate;
  readonly #max: number;
  readonly #window: SlidingWindow;
  readonly #latency = new PeakLatency();
  readonly #retryAfter = new RetryAfterSpreader();
  readonly #now: () => MonotonicMs;
  readonly #queue = new Set<Waiter>();
  readonly #onSlowdown: (requestsPerSecond: number) => void;
  #pausedUntil = NEVER;
  /** Processes that share the quota unseen. */
  #replicas = 1;
  /** Requests of other processes in the second up to a time. */
  #others = { count: 0, at: NEVER };
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param max configured quota, in requests per second
   * @param onSlowdown called when throttling lowered the rate
   * @param now @internal
   */
  constructor(
    max: number,
    onSlowdown: (requestsPerSecond: number) => void = () => {},
    now: () => MonotonicMs = monotonicNow,
  ) {
    this.#max = max;
    this.#rate = new AdaptiveRate(max);
    this.#window = new SlidingWindow(max);
    this.#onSlowdown = onSlowdown;
    this.#now = now;
  }

  /** Of this process. */
  get requestsPerSecond(): number {
    return this.#rateAt(this.#now());
  }

  /** Requests per second of the whole account. */
  get accountRate(): number {
    return this.#rate.at(this.#now());
  }

  /** How long a response takes at most, in milliseconds. */
  get latencyMs(): number {
    return this.#latency.atMostMs;
  }

  get queued(): number {
    return this.#queue.size;
  }

  /** Requests that may be sent now without delaying a caller: none while any call waits, and never the last fifth of the quota. */
  get spare(): number {
    if (this.#queue.size > 0) return 0;
    const now = this.#now();
    const rate = this.#rateAt(now);
    const unused = Math.floor(rate - this.#takenInSecondTo(now)) - Math.floor(RESERVED_SHARE * rate);
    // The first that would have to wait.
    let [least, most] = [0, Math.max(0, unused)];
    while (least < most) {
      const middle = Math.floor((least + most) / 2);
      if (this.#freeAt(now, middle) > now) most = middle;
      else least = middle + 1;
    }
    return least;
  }

  /** Takes a slot if one is free and no call waits; then the request is to be sent now. */
  take(): boolean {
    const now = this.#now();
    if (this.#queue.size > 0 || this.#freeAt(now, 0) > now) return false;
    this.#window.sent(now, this.#spacingMs(now));
    return true;
  }

  /**
   * Waits for a slot.
   *
   * @param leftMs until the deadline of the whole call
   * @param reject called at once with UPSTREAM_THROTTLED when there is no slot in time, or later when slots become fewer
   * @returns what takes the call out of the queue
   */
  wait(leftMs: number, resolve: () => void, reject: (error: UpstreamError) => void): () => void {
    const now = this.#now();
    const waiter = { deadlineAt: later(now, leftMs), resolve, reject };
    const tooLateMs = this.#tooLateMs(this.#freeAt(now, this.#queue.size), waiter);
    if (tooLateMs > 0) {
      reject(this.rejection(tooLateMs));
      return () => {};
    }
    this.#queue.add(waiter);
    this.#wake(now);
    return () => {
      this.#queue.delete(waiter);
    };
  }

  /** A response came that is no throttling. @param durationMs from sending to having it whole */
  answered(durationMs: number): void {
    const { atMostMs } = this.#latency;
    this.#latency.add(durationMs);
    if (this.#latency.atMostMs > atMostMs) this.#rejectTooLate(this.#now());
  }

  /** No response came in the little time that was left: the latency is higher by an unknown amount. */
  unanswered(waitedMs: number): void {
    this.answered(2 * waitedMs);
  }

  /** @param retryAfterMs the pause that the upstream asked for; undefined where it asked for none */
  throttled(sentAt: MonotonicMs, retryAfterMs: number | undefined): void {
    const now = this.#now();
    if (retryAfterMs !== undefined) {
      const until = later(now, Math.min(retryAfterMs, MAX_PAUSE_MS));
      if (until > this.#pausedUntil) this.#pausedUntil = until;
    }
    this.#window.notTaken(sentAt);
    if (this.#rate.throttled(now, sentAt, this.#takenInSecondTo(sentAt)))
      this.#onSlowdown(this.#rate.at(now));
    this.#rejectTooLate(now);
  }

  /** A request is sent now in a slot that Redis has given. */
  sentElsewhere(): void {
    const now = this.#now();
    this.#window.sent(now, this.#spacingMs(now));
  }

  /** Takes over what other processes know. @param taken requests of the last second, of this process included */
  learn(accountRate: number, taken: number): void {
    const now = this.#now();
    this.#rate.slowDownTo(accountRate, now);
    this.#others = { count: Math.max(0, taken - this.#window.takenInSecondTo(now)), at: now };
  }

  /** From now on sends this process's part of the quota. @param replicas processes that share it */
  shareAmong(replicas: number): void {
    this.#replicas = replicas;
    this.#window.allow(Math.max(1, Math.floor(this.#max / replicas)));
  }

  /** @param tooLateMs by how much the next slot is too late */
  rejection(tooLateMs: number): UpstreamError {
    const now = this.#now();
    return new UpstreamError('UPSTREAM_THROTTLED', {
      detail: 'rejected: no slot within the deadline',
      retryAfterMs: this.#retryAfter.next(now, tooLateMs, 1000 / this.#rateAt(now)),
    });
  }

  rejectAll(error: UpstreamError): void {
    const waiters = [...this.#queue];
    this.#queue.clear();
    for (const { reject } of waiters) reject(error);
  }

  /** Sends nothing any more. Calls that still wait end at their deadlines, or when their callers leave. */
  close(): void {
    clearTimeout(this.#timer);
    this.#queue.clear();
  }

  #rateAt(now: MonotonicMs): number {
    return this.#rate.at(now) / this.#replicas;
  }

  /** By all processes: unseen replicas send as much as this one. */
  #takenInSecondTo(time: MonotonicMs): number {
    const own = this.#window.takenInSecondTo(time);
    const { count, at } = this.#others;
    if (this.#replicas > 1) return own * this.#replicas;
    return own + (this.#now() - at < 1000 ? count : 0);
  }

  /** 0 while the whole quota is used: bursts are allowed. */
  #spacingMs(now: MonotonicMs): number {
    const isWhole = this.#rate.at(now) === this.#max && this.#replicas <= this.#max;
    return isWhole ? 0 : 1000 / this.#rateAt(now);
  }

  /** When the call behind `ahead` others may be sent. */
  #freeAt(now: MonotonicMs, ahead: number): MonotonicMs {
    return this.#window.freeAt(this.#firstAt(now), ahead, this.#spacingMs(now));
  }

  #firstAt(now: MonotonicMs): MonotonicMs {
    return this.#pausedUntil > now ? this.#pausedUntil : now;
  }

  /** By how much a response would come too late; not above 0 when in time. */
  #tooLateMs(slotAt: MonotonicMs, { deadlineAt }: Waiter): number {
    return slotAt - deadlineAt + this.#latency.atMostMs;
  }

  #rejectTooLate(now: MonotonicMs): void {
    if (this.#queue.size === 0) return;
    const slots = this.#window.freeTimes(this.#firstAt(now), this.#spacingMs(now));
    let slotAt = slots.next().value;
    for (const waiter of this.#queue) {
      const tooLateMs = this.#tooLateMs(slotAt, waiter);
      if (tooLateMs <= 0) slotAt = slots.next().value;
      else {
        this.#queue.delete(waiter);
        waiter.reject(this.rejection(tooLateMs));
      }
    }
  }

  #wake(now: MonotonicMs): void {
    if (this.#timer !== undefined || this.#queue.size === 0) return;
    this.#timer = setTimeout(() => this.#serve(), Math.max(0, this.#freeAt(now, 0) - now));
  }

  #serve(): void {
    this.#timer = undefined;
    const now = this.#now();
    for (const waiter of this.#queue) {
      if (this.#freeAt(now, 0) > now) break;
      this.#queue.delete(waiter);
      this.#window.sent(now, this.#spacingMs(now));
      waiter.resolve();
    }
    this.#wake(now);
  }
}

/** For {@link AdaptiveRateLimiter.rejectAll}, when Redis gives slots again. */
export const RETRY_ADMISSION = new UpstreamError('UPSTREAM_THROTTLED', {
  detail: 'Redis reserves the slots',
});
