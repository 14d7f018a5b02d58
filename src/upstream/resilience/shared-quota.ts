import { randomUUID } from 'node:crypto';
import { later, type MonotonicMs, monotonicNow } from '../../clock.ts';
import { type FaultHandler, guarded, inBackground } from '../../guarded.ts';
import type { Script } from '../../redis/lua-scripts.ts';
import type { Argument, ReplicaNamespace, Reply } from '../../redis/redis-connection.ts';
import type { CallScope } from '../call-scope.ts';
import { HEARTBEAT, REPORT_THROTTLE, RESERVE_SLOT } from './rate-limit-scripts.ts';
import { type AdaptiveRateLimiter, RETRY_ADMISSION } from './rate-limiter.ts';

/** Interval of a replica's heartbeat, in milliseconds. @internal */
export const HEARTBEAT_MS = 2000;

const QUOTA_KEYS = ['turns', 'state', 'throttled'];

/** Maximum plausible number of replicas: with more, each would get nearly nothing of the quota while Redis is down. */
const MAX_REPLICAS = 1000;

/** Interval of reading the epoch while calls wait, in milliseconds. A new epoch cancels their slots. */
const CHECK_MS = 200;

interface Waiting {
  readonly deadlineAt: MonotonicMs;
  /** @param hasSlot true: send the request now; false: get a slot from the local rate limiter */
  readonly end: (hasSlot: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Slots reserved ahead, and a FIFO queue of calls that wait for them. The slot of a call that has left goes to the next one.
 */
class SlotQueue {
  readonly #waiting = new Set<Waiting>();
  readonly #onSent: () => void;
  /** Times of the slots, earliest first. */
  #slots: MonotonicMs[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param onSent called when a slot is used */
  constructor(onSent: () => void) {
    this.#onSent = onSent;
  }

  get waiting(): ReadonlySet<Waiting> {
    return this.#waiting;
  }

  /** Slot for one more call without another reservation; undefined when there is none. */
  get spareAt(): MonotonicMs | undefined {
    return this.#slots[this.#waiting.size];
  }

  add(at: MonotonicMs): void {
    const index = this.#slots.findLastIndex((other) => other <= at) + 1;
    this.#slots.splice(index, 0, at);
    this.#wake();
  }

  /** @returns removes the call from the queue */
  wait(waiting: Waiting): () => void {
    this.#waiting.add(waiting);
    this.#wake();
    return () => {
      this.#waiting.delete(waiting);
    };
  }

  /** Removes a call. Returns whether it was still waiting. */
  remove(waiting: Waiting): boolean {
    return this.#waiting.delete(waiting);
  }

  /** Drops all slots; calls stay in the queue. */
  dropSlots(): void {
    this.#slots = [];
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wake(): void {
    clearTimeout(this.#timer);
    const [next] = this.#slots;
    if (next !== undefined) this.#timer = setTimeout(() => this.#serve(), Math.max(0, next - monotonicNow()));
  }

  #serve(): void {
    const now = monotonicNow();
    while (this.#slots.length > 0 && (this.#slots[0] as MonotonicMs) <= now) {
      this.#slots.shift();
      const [first] = this.#waiting;
      if (first === undefined) continue;
      this.#waiting.delete(first);
      this.#onSent();
      first.end(true);
    }
    this.#wake();
  }
}

/**
 * One quota for all replicas: Redis reserves slots for requests, first come, first served. Slots may be reserved ahead, so
 * that a single command tells a call whether it has one before its deadline. Throttling slows all replicas down. While Redis
 * is down, each replica uses its share of the quota, divided by the last known number of replicas.
 */
export class SharedQuota {
  readonly #space: ReplicaNamespace;
  readonly #max: number;
  readonly #limiter: AdaptiveRateLimiter;
  readonly #replica = randomUUID();
  readonly #slots: SlotQueue;
  readonly #timers: NodeJS.Timeout[];
  readonly #endListening: () => void;
  /** Settles when Redis has replied to all reports of throttling. */
  #reported: Promise<unknown> = Promise.resolve();
  #replicas = 1;
  #requests = 0;
  #epoch = 0;
  #isActive = false;

  constructor(space: ReplicaNamespace, max: number, limiter: AdaptiveRateLimiter) {
    this.#space = space;
    this.#max = max;
    this.#limiter = limiter;
    this.#slots = new SlotQueue(() => limiter.recordSend());
    this.#endListening = space.redis.onStateChange((state) => {
      if (state === 'down') this.#setActive(false);
    });
    const { failed } = space.redis;
    const heartbeat = guarded(() => this.#heartbeat(), failed);
    const check = guarded(() => this.#checkEpoch(), failed);
    heartbeat();
    this.#timers = [setInterval(heartbeat, HEARTBEAT_MS).unref(), setInterval(check, CHECK_MS).unref()];
  }

  get failed(): FaultHandler {
    return this.#space.redis.failed;
  }

  get queued(): number {
    return this.#slots.waiting.size;
  }

  /**
   * Waits for a slot. Returns false when Redis reserves none now; the local rate limiter must admit the call then.
   *
   * @throws UpstreamError UPSTREAM_THROTTLED at once when no slot is in time, or later when slots become fewer
   */
  async admit(scope: CallScope): Promise<boolean> {
    if (this.#space.redis.state !== 'up') return false;
    const deadlineAt = later(monotonicNow(), scope.leftMs - this.#limiter.latencyMs);
    const spareAt = this.#slots.spareAt;
    if (spareAt === undefined || spareAt > deadlineAt) {
      const slotAt = await this.#reserve(deadlineAt);
      if (slotAt === undefined) return false;
      if (slotAt <= monotonicNow() && this.queued === 0) {
        this.#limiter.recordSend();
        return true;
      }
      this.#slots.add(slotAt);
    }
    return scope.step<boolean>((end, reject) => this.#slots.wait({ deadlineAt, end, reject }));
  }

  /**
   * Reports throttling to the other replicas, with the learned rate.
   *
   * @param sentAt when the request was sent
   * @param retryAfterMs pause that the upstream requested
   */
  async throttled(sentAt: MonotonicMs, retryAfterMs = 0): Promise<void> {
    const report = this.#report(sentAt, retryAfterMs);
    this.#reported = Promise.allSettled([this.#reported, report]);
    await report;
  }

  async #report(sentAt: MonotonicMs, retryAfterMs: number): Promise<void> {
    const agoMs = monotonicNow() - sentAt;
    const args = [this.#limiter.accountRate, retryAfterMs, agoMs, this.#nextName()];
    const reply = await this.#run(REPORT_THROTTLE, QUOTA_KEYS, args);
    if (reply === undefined) return;
    const numbers = numbersIn(reply, 3);
    if (numbers === undefined) return this.#unreadable();
    const [epoch = 0, rate = 0, accepted = 0] = numbers;
    this.#limiter.learn(rate, accepted);
    this.#setEpoch(epoch);
  }

  /** Rejects all waiting calls. */
  rejectAll(error: Error): void {
    for (const waiting of this.#slots.waiting) if (this.#slots.remove(waiting)) waiting.reject(error);
  }

  close(): void {
    this.#endListening();
    for (const timer of this.#timers) clearInterval(timer);
    this.#slots.dropSlots();
  }

  /**
   * Reserves a slot. Returns undefined when Redis does not respond.
   *
   * @throws UpstreamError UPSTREAM_THROTTLED when the next slot is too late
   */
  async #reserve(deadlineAt: MonotonicMs): Promise<MonotonicMs | undefined> {
    // A reservation carries the learned rate. If it overtook the report, the report would change nothing, and slots that other replicas
    // reserved at the old rate would not be cancelled.
    await this.#reported;
    const maxWaitMs = deadlineAt - monotonicNow();
    const args = [this.#limiter.accountRate, this.#max, maxWaitMs, this.#nextName()];
    const reply = await this.#run(RESERVE_SLOT, QUOTA_KEYS, args);
    const slot = slotIn(reply, maxWaitMs);
    this.#setActive(slot !== undefined);
    if (slot === undefined) {
      if (reply !== undefined) this.#unreadable();
      return undefined;
    }
    this.#limiter.learn(slot.rate, slot.accepted);
    this.#setEpoch(slot.epoch);
    if (!slot.isReserved) throw this.#limiter.rejection(slot.waitMs - maxWaitMs);
    return later(monotonicNow(), slot.waitMs);
  }

  /** Switches between slots from Redis (active) and this replica's share of the quota from the local rate limiter. */
  #setActive(isActive: boolean): void {
    if (isActive && this.#isActive) return;
    this.#isActive = isActive;
    this.#limiter.shareAmong(isActive ? 1 : this.#replicas);
    if (isActive) this.#limiter.rejectAll(RETRY_ADMISSION);
    else {
      this.#slots.dropSlots();
      for (const waiting of this.#slots.waiting) if (this.#slots.remove(waiting)) waiting.end(false);
    }
  }

  #nextName(): string {
    this.#requests++;
    return `${this.#replica}/${this.#requests}`;
  }

  #setEpoch(epoch: number): void {
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    this.#slots.dropSlots();
    for (const waiting of this.#slots.waiting)
      inBackground(this.#reserveFor(waiting), this.#space.redis.failed);
  }

  async #reserveFor(waiting: Waiting): Promise<void> {
    try {
      const slotAt = await this.#reserve(waiting.deadlineAt);
      if (slotAt !== undefined) this.#slots.add(slotAt);
    } catch (error) {
      if (this.#slots.remove(waiting)) waiting.reject(error);
    }
  }

  async #checkEpoch(): Promise<void> {
    if (this.queued === 0 || !this.#isActive) return;
    const [key] = (await this.#keys(['state'])) ?? [];
    if (key === undefined) return;
    const epoch = await this.#space.redis.command('hget', key, 'epoch');
    if (epoch === undefined || !this.#isActive) return;
    const known = Number(epoch);
    // An invalid epoch cancels no slots; the next throttling replaces it.
    if (Number.isSafeInteger(known)) this.#setEpoch(known);
    else this.#unreadable();
  }

  async #heartbeat(): Promise<void> {
    const replicas = await this.#run(HEARTBEAT, ['replicas'], [this.#replica]);
    if (typeof replicas !== 'number') return;
    if (replicas >= 1) this.#replicas = Math.min(Math.floor(replicas), MAX_REPLICAS);
    else this.#unreadable();
  }

  #unreadable(): void {
    this.#space.redis.reportUnreadable('quota');
  }

  async #run(
    script: Script,
    names: readonly string[],
    args: readonly Argument[],
  ): Promise<Reply | undefined> {
    const keys = await this.#keys(names);
    return keys && this.#space.redis.run(script, keys, args);
  }

  /** Keys with a common hash tag; undefined while the account is unknown. */
  async #keys(names: readonly string[]): Promise<string[] | undefined> {
    const { prefix, account } = this.#space;
    const known = await account().catch(() => undefined);
    return known === undefined ? undefined : names.map((name) => `${prefix}{quota:${known}}:${name}`);
  }
}

/** Parses a reply of {@link RESERVE_SLOT}; undefined for an invalid one, and for a slot later than requested. */
function slotIn(reply: Reply | undefined, maxWaitMs: number) {
  const [isReserved, waitMs = -1, epoch = 0, rate = 0, accepted = 0] = numbersIn(reply, 5) ?? [];
  // The script rounds up to whole milliseconds.
  const isPossible = waitMs >= 0 && (isReserved === 0 || (isReserved === 1 && waitMs <= maxWaitMs + 1));
  return isPossible ? { isReserved: isReserved === 1, waitMs, epoch, rate, accepted } : undefined;
}

/** Parses a reply of `count` finite numbers, which may be strings; undefined for any other reply. */
function numbersIn(reply: Reply | undefined, count: number): number[] | undefined {
  if (!Array.isArray(reply) || reply.length !== count) return undefined;
  const numbers = reply.map((one) => (typeof one === 'string' && one !== '' ? Number(one) : one));
  return numbers.every((one): one is number => Number.isFinite(one)) ? (numbers as number[]) : undefined;
}
