import { UpstreamError } from '../../errors.ts';
import { MAX_PAUSE_MS } from '../parse-response.ts';
import { LearntRate } from './adaptive-rate.ts';
import { AnswerTime } from './latency-estimate.ts';
import { ComeBackTimes } from './retry-after.ts';
import { SendTimes } from './sliding-window.ts';

/** Waits for its turn. */
interface Waiter {
  readonly deadlineAt: number;
  readonly resolve: () => void;
  readonly reject: (error: UpstreamError) => void;
}

/** The part of a second's quota that what can wait leaves alone. */
const KEPT_SHARE = 0.2;

/**
 * Sends no more requests than the account's quota allows, in no second, and no faster than the upstream turned out to
 * take. Who cannot be sent at once waits in the order of coming; who could not be answered before its deadline that way is
 * refused at once and told when to come back. Times are milliseconds of `performance.now()`.
 */
export class Governor {
  readonly #rate: LearntRate;
  readonly #max: number;
  readonly #times: SendTimes;
  readonly #answerTime = new AnswerTime();
  readonly #comeBack = new ComeBackTimes();
  readonly #now: () => number;
  readonly #queue = new Set<Waiter>();
  readonly #slowed: (requestsPerSecond: number) => void;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  /** Processes that have to make do with one quota, without knowing of each other's requests. */
  #replicas = 1;
  /** Requests of other processes in the second up to a time. */
  #others = { count: 0, at: Number.NEGATIVE_INFINITY };
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param max configured quota, in requests per second
   * @param slowed told when throttling made the governor slower
   */
  constructor(
    max: number,
    slowed: (requestsPerSecond: number) => void = () => {},
    now: () => number = () => performance.now(),
  ) {
    this.#max = max;
    this.#rate = new LearntRate(max);
    this.#times = new SendTimes(max);
    this.#slowed = slowed;
    this.#now = now;
  }

  /** Requests per second that this process may send now. */
  get requestsPerSecond(): number {
    return this.#rateAt(this.#now());
  }

  /** Requests per second that the account takes, as far as is known. */
  get accountRate(): number {
    return this.#rate.at(this.#now());
  }

  /** How long an answer takes at most, as far as is known, in milliseconds. */
  get answerMs(): number {
    return this.#answerTime.atMostMs;
  }

  /** Calls that wait for their turn. */
  get queued(): number {
    return this.#queue.size;
  }

  /**
   * How many requests may be sent now that nobody would miss: none while anybody waits, and never the last fifth of a
   * second's quota.
   */
  get spare(): number {
    if (this.#queue.size > 0) return 0;
    const now = this.#now();
    const rate = this.#rateAt(now);
    const unused = Math.floor(rate - this.#takenInSecondTo(now)) - Math.floor(KEPT_SHARE * rate);
    // The first that would have to wait.
    let [least, most] = [0, Math.max(0, unused)];
    while (least < most) {
      const middle = Math.floor((least + most) / 2);
      if (this.#freeAt(now, middle) > now) most = middle;
      else least = middle + 1;
    }
    return least;
  }

  /** Takes a turn if one is free and nobody waits; then the request is to be sent now. */
  take(): boolean {
    const now = this.#now();
    if (this.#queue.size > 0 || this.#freeAt(now, 0) > now) return false;
    this.#times.sent(now, this.#spacingMs(now));
    return true;
  }

  /**
   * Waits for a turn.
   *
   * @param leftMs until the deadline of the whole call
   * @param reject called at once with UPSTREAM_THROTTLED when there is no turn in time, or later when turns become fewer
   * @returns what gives the place up
   */
  wait(leftMs: number, resolve: () => void, reject: (error: UpstreamError) => void): () => void {
    const now = this.#now();
    const waiter = { deadlineAt: now + leftMs, resolve, reject };
    const tooLateMs = this.#tooLateMs(now, this.#queue.size, waiter);
    if (tooLateMs > 0) {
      reject(this.refusal(tooLateMs));
      return () => {};
    }
    this.#queue.add(waiter);
    this.#wake(now);
    return () => {
      this.#queue.delete(waiter);
    };
  }

  /** An answer came that is no throttling. @param durationMs from sending to having it whole */
  answered(durationMs: number): void {
    const { atMostMs } = this.#answerTime;
    this.#answerTime.took(durationMs);
    if (this.#answerTime.atMostMs > atMostMs) this.#refuseTooLate(this.#now());
  }

  /** No answer came in the little time that was left: it takes longer, by an amount that nobody knows. */
  unanswered(waitedMs: number): void {
    this.answered(2 * waitedMs);
  }

  /** @param retryAfterMs how long the upstream wants to be left alone; undefined where it did not say */
  throttled(sentAt: number, retryAfterMs: number | undefined): void {
    const now = this.#now();
    if (retryAfterMs !== undefined)
      this.#pausedUntil = Math.max(this.#pausedUntil, now + Math.min(retryAfterMs, MAX_PAUSE_MS));
    this.#times.notTaken(sentAt);
    if (this.#rate.throttled(now, sentAt, this.#takenInSecondTo(sentAt))) {
      this.#slowed(this.#rate.at(now));
    }
    this.#refuseTooLate(now);
  }

  /** A request is sent now whose turn somebody else has given. */
  sentElsewise(): void {
    const now = this.#now();
    this.#times.sent(now, this.#spacingMs(now));
  }

  /** What is known of the account from other processes. @param taken requests of the last second, of this one included */
  heard(accountRate: number, taken: number): void {
    const now = this.#now();
    this.#rate.slowDownTo(accountRate, now);
    this.#others = { count: Math.max(0, taken - this.#times.takenInSecondTo(now)), at: now };
  }

  /** From now on gives its part of the quota alone. @param replicas processes among which it is parted */
  isOneOf(replicas: number): void {
    this.#replicas = replicas;
    this.#times.allow(Math.max(1, Math.floor(this.#max / replicas)));
  }

  /** There is no turn in time. @param tooLateMs by how much the next one is too late */
  refusal(tooLateMs: number): UpstreamError {
    const now = this.#now();
    return new UpstreamError('UPSTREAM_THROTTLED', {
      detail: 'refused: no turn within the deadline',
      retryAfterMs: this.#comeBack.next(now, tooLateMs, 1000 / this.#rateAt(now)),
    });
  }

  /** Ends all waiting, because it has no point any more. */
  refuseAll(error: UpstreamError): void {
    const waiters = [...this.#queue];
    this.#queue.clear();
    for (const { reject } of waiters) reject(error);
  }

  /** Sends nobody any more. Calls that still wait end at their deadlines, or by whoever made them. */
  close(): void {
    clearTimeout(this.#timer);
    this.#queue.clear();
  }

  #rateAt(now: number): number {
    return this.#rate.at(now) / this.#replicas;
  }

  /** By all processes, as far as is known: others who are not heard of send as much as this one. */
  #takenInSecondTo(time: number): number {
    const own = this.#times.takenInSecondTo(time);
    const { count, at } = this.#others;
    if (this.#replicas > 1) return own * this.#replicas;
    return own + (this.#now() - at < 1000 ? count : 0);
  }

  /** 0 while the whole quota is used, so that requests may come in a burst; else they are spread evenly. */
  #spacingMs(now: number): number {
    const isWhole = this.#rate.at(now) === this.#max && this.#replicas <= this.#max;
    return isWhole ? 0 : 1000 / this.#rateAt(now);
  }

  /** When the one who comes after `ahead` others may be sent. */
  #freeAt(now: number, ahead: number): number {
    return this.#times.freeAt(Math.max(this.#pausedUntil, now), ahead, this.#spacingMs(now));
  }

  /** By how much one would be answered too late; not above 0 when in time. */
  #tooLateMs(now: number, ahead: number, { deadlineAt }: Waiter): number {
    return this.#freeAt(now, ahead) + this.#answerTime.atMostMs - deadlineAt;
  }

  #refuseTooLate(now: number): void {
    if (this.#queue.size === 0) return;
    const times = this.#times.freeTimes(Math.max(this.#pausedUntil, now), this.#spacingMs(now));
    let freeAt = times.next().value;
    for (const waiter of this.#queue) {
      const tooLateMs = freeAt + this.#answerTime.atMostMs - waiter.deadlineAt;
      if (tooLateMs <= 0) freeAt = times.next().value;
      else {
        this.#queue.delete(waiter);
        waiter.reject(this.refusal(tooLateMs));
      }
    }
  }

  #wake(now: number): void {
    if (this.#timer !== undefined || this.#queue.size === 0) return;
    this.#timer = setTimeout(() => this.#serve(), Math.max(0, this.#freeAt(now, 0) - now));
  }

  #serve(): void {
    this.#timer = undefined;
    const now = this.#now();
    for (const waiter of this.#queue) {
      if (this.#freeAt(now, 0) > now) break;
      this.#queue.delete(waiter);
      this.#times.sent(now, this.#spacingMs(now));
      waiter.resolve();
    }
    this.#wake(now);
  }
}

/** For {@link Governor.refuseAll}, when turns are to be had elsewhere. */
export const ASK_AGAIN = new UpstreamError('UPSTREAM_THROTTLED', { detail: 'turns are given elsewhere' });
