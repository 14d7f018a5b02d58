import { later, type MonotonicMs, monotonicNow, NEVER } from '../../clock.ts';
import { UpstreamError } from '../../errors.ts';
import { MAX_PAUSE_MS } from '../../foreign-values.ts';
import { AdaptiveRate } from './adaptive-rate.ts';
import { SlidingWindow } from './sliding-window.ts';

/** Decay of the peak per response, as a share of its distance to the latest latency. */
const DECAY = 1 / 64;

/** Typical maximum delay of timers, in milliseconds. */
const LATE_MS = 20;

/** Decaying peak of the upstream's latency. */
export class PeakLatency {
  #peakMs = 0;

  add(durationMs: number): void {
    this.#peakMs = Math.max(durationMs, this.#peakMs - DECAY * (this.#peakMs - durationMs));
  }

  /** Time within which nearly every response arrives, in milliseconds; {@link LATE_MS} before the first response. */
  get atMostMs(): number {
    return this.#peakMs + LATE_MS;
  }
}

/** Safety margin of Retry-After, in milliseconds, because slots come late, as timers do. */
const SLACK_MS = 20;

/** Maximum delay added to spread Retry-After values, in milliseconds. */
const MAX_SPREAD_MS = 10_000;

/** Staggers Retry-After of rejected calls by one slot each, to avoid a thundering herd. */
export class RetryAfterSpreader {
  #lastAt = NEVER;

  /**
   * The next Retry-After, in milliseconds from now.
   *
   * @param tooLateMs by how much the next slot would miss the deadline
   * @param slotMs interval between slots
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

/** Share of a second's quota that background calls leave unused. */
const RESERVED_SHARE = 0.2;

/**
 * Client-side adaptive rate limiter with a deadline-aware FIFO queue. Never exceeds the account's quota in any second, nor
 * the rate that the upstream has turned out to accept. Rejects a call at once, with a Retry-After, if its response would miss
 * its deadline.
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
  /** Number of replicas that share the quota without coordination. */
  #replicas = 1;
  /** Number of requests of other processes in the second up to `at`. */
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

  /** Rate of this process. */
  get requestsPerSecond(): number {
    return this.#rateAt(this.#now());
  }

  /** Rate of the whole account, in requests per second. */
  get accountRate(): number {
    return this.#rate.at(this.#now());
  }

  /** Time within which nearly every response arrives, in milliseconds. */
  get latencyMs(): number {
    return this.#latency.atMostMs;
  }

  get queued(): number {
    return this.#queue.size;
  }

  /**
   * Number of requests that may be sent now without delaying a caller: none while any call waits, and never the last fifth of
   * the quota.
   */
  get spare(): number {
    if (this.#queue.size > 0) return 0;
    const now = this.#now();
    const rate = this.#rateAt(now);
    const unused = Math.floor(rate - this.#acceptedInSecondTo(now)) - Math.floor(RESERVED_SHARE * rate);
    // Binary search for the first request that would have to wait.
    let [least, most] = [0, Math.max(0, unused)];
    while (least < most) {
      const middle = Math.floor((least + most) / 2);
      if (this.#freeAt(now, middle) > now) most = middle;
      else least = middle + 1;
    }
    return least;
  }

  /** Takes a slot if one is free and no call waits. The caller must then send its request now. */
  take(): boolean {
    const now = this.#now();
    if (this.#queue.size > 0 || this.#freeAt(now, 0) > now) return false;
    this.#window.sent(now, this.#spacingMs(now));
    return true;
  }

  /**
   * Waits for a slot.
   *
   * @param leftMs time until the deadline of the whole call
   * @param reject called at once with UPSTREAM_THROTTLED if no slot is in time, or later if slots become fewer
   * @returns removes the call from the queue
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

  /** Reports a response other than throttling. @param durationMs from sending the request to the end of the response */
  answered(durationMs: number): void {
    const { atMostMs } = this.#latency;
    this.#latency.add(durationMs);
    if (this.#latency.atMostMs > atMostMs) this.#rejectTooLate(this.#now());
  }

  /** Reports that no response came within the little time left: the latency is higher by an unknown amount. */
  unanswered(waitedMs: number): void {
    this.answered(2 * waitedMs);
  }

  /** Reports a throttled request. @param retryAfterMs pause that the upstream requested, if any */
  throttled(sentAt: MonotonicMs, retryAfterMs: number | undefined): void {
    const now = this.#now();
    if (retryAfterMs !== undefined) {
      const until = later(now, Math.min(retryAfterMs, MAX_PAUSE_MS));
      if (until > this.#pausedUntil) this.#pausedUntil = until;
    }
    this.#window.rejected(sentAt);
    if (this.#rate.throttled(now, sentAt, this.#acceptedInSecondTo(sentAt)))
      this.#onSlowdown(this.#rate.at(now));
    this.#rejectTooLate(now);
  }

  /** Counts a request that is sent now in a slot reserved in Redis. */
  recordSend(): void {
    const now = this.#now();
    this.#window.sent(now, this.#spacingMs(now));
  }

  /**
   * Adopts what other processes know.
   *
   * @param accountRate learned rate of the account
   * @param accepted requests of the last second that the upstream accepted, including those of this process
   */
  learn(accountRate: number, accepted: number): void {
    const now = this.#now();
    this.#rate.slowDownTo(accountRate, now);
    this.#others = { count: Math.max(0, accepted - this.#window.acceptedInSecondTo(now)), at: now };
  }

  /** Limits this process to its share of the quota. @param replicas number of replicas that share it */
  shareAmong(replicas: number): void {
    this.#replicas = replicas;
    this.#window.allow(Math.max(1, Math.floor(this.#max / replicas)));
  }

  /** The error for a rejected call. @param tooLateMs by how much the next slot misses the deadline */
  rejection(tooLateMs: number): UpstreamError {
    const now = this.#now();
    return new UpstreamError('UPSTREAM_THROTTLED', {
      detail: 'rejected: no slot within the deadline',
      retryAfterMs: this.#retryAfter.next(now, tooLateMs, 1000 / this.#rateAt(now)),
    });
  }

  /** Rejects all waiting calls. */
  rejectAll(error: UpstreamError): void {
    const waiters = [...this.#queue];
    this.#queue.clear();
    for (const { reject } of waiters) reject(error);
  }

  /** Stops sending. Waiting calls end at their deadlines or when their callers leave. */
  close(): void {
    clearTimeout(this.#timer);
    this.#queue.clear();
  }

  #rateAt(now: MonotonicMs): number {
    return this.#rate.at(now) / this.#replicas;
  }

  /** Requests of all processes: uncoordinated replicas are assumed to send as much as this one. */
  #acceptedInSecondTo(time: MonotonicMs): number {
    const own = this.#window.acceptedInSecondTo(time);
    const { count, at } = this.#others;
    if (this.#replicas > 1) return own * this.#replicas;
    return own + (this.#now() - at < 1000 ? count : 0);
  }

  /** Interval between requests; 0 at the full quota, where bursts are allowed. */
  #spacingMs(now: MonotonicMs): number {
    const isWhole = this.#rate.at(now) === this.#max && this.#replicas <= this.#max;
    return isWhole ? 0 : 1000 / this.#rateAt(now);
  }

  /** When a call with `ahead` others before it may be sent. */
  #freeAt(now: MonotonicMs, ahead: number): MonotonicMs {
    return this.#window.freeAt(this.#firstAt(now), ahead, this.#spacingMs(now));
  }

  #firstAt(now: MonotonicMs): MonotonicMs {
    return this.#pausedUntil > now ? this.#pausedUntil : now;
  }

  /** By how much a response would miss the deadline; at most 0 if it is in time. */
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

/** Error for {@link AdaptiveRateLimiter.rejectAll} when Redis reserves slots again; the calls then request admission anew. */
export const RETRY_ADMISSION = new UpstreamError('UPSTREAM_THROTTLED', {
  detail: 'Redis reserves the slots',
});
