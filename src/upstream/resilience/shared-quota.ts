import { randomUUID } from 'node:crypto';
import { later, type MonotonicMs, monotonicNow } from '../../clock.ts';
import { type FaultHandler, guarded, inBackground } from '../../guarded.ts';
import type { Script } from '../../redis/lua-scripts.ts';
import type { Argument, ReplicaNamespace, Reply } from '../../redis/redis-connection.ts';
import type { CallScope } from '../call-scope.ts';
import { HEARTBEAT, REPORT_THROTTLE, RESERVE_SLOT } from './rate-limit-scripts.ts';
import { type AdaptiveRateLimiter, RETRY_ADMISSION } from './rate-limiter.ts';

/** How often a replica sends its heartbeat, in milliseconds. @internal */
export const HEARTBEAT_MS = 2000;

const QUOTA_KEYS = ['turns', 'state', 'throttled'];

/** Most replicas that are believed: with more, each would have next to nothing of the quota while Redis is away. */
const MAX_REPLICAS = 1000;

/** How often the epoch is read while calls wait, in milliseconds: a new one takes their slots back. */
const CHECK_MS = 200;

interface Waiting {
  readonly deadlineAt: MonotonicMs;
  /** @param hasSlot whether the request is to be sent now; false: the slot comes from the local rate limiter */
  readonly end: (hasSlot: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** Slots reserved ahead, and a FIFO queue of calls that wait for them. A slot whose call has left serves another. */
class SlotQueue {
  readonly #waiting = new Set<Waiting>();
  readonly #onSent: () => void;
  /** Times of the slots, the earliest first. */
  #slots: MonotonicMs[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param onSent called when a slot was used */
  constructor(onSent: () => void) {
    this.#onSent = onSent;
  }

  get waiting(): ReadonlySet<Waiting> {
    return this.#waiting;
  }

  /** The slot that one more call would get without a further reservation; undefined when there is none. */
  get spareAt(): MonotonicMs | undefined {
    return this.#slots[this.#waiting.size];
  }

  add(at: MonotonicMs): void {
    const index = this.#slots.findLastIndex((other) => other <= at) + 1;
    this.#slots.splice(index, 0, at);
    this.#wake();
  }

  /** @returns what takes the call out */
  wait(waiting: Waiting): () => void {
    this.#waiting.add(waiting);
    this.#wake();
    return () => {
      this.#waiting.delete(waiting);
    };
  }

  /** Takes a call out. Whether it still waited. */
  remove(waiting: Waiting): boolean {
    return this.#waiting.delete(waiting);
  }

  /** Drops all slots; the calls stay in the queue. */
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
 * One quota for all replicas: Redis reserves a slot for each request, first come, first served. A slot may lie ahead, so a call
 * knows at once whether it has one before its deadline, at the cost of one command. A throttling slows all replicas down. While
 * Redis does not answer, each replica uses its share of the quota: one of as many as there were replicas.
 */
export class SharedQuota {
  readonly #space: ReplicaNamespace;
  readonly #max: number;
  readonly #limiter: AdaptiveRateLimiter;
  readonly #replica = randomUUID();
  readonly #slots: SlotQueue;
  readonly #timers: NodeJS.Timeout[];
  readonly #endListening: () => void;
  #replicas = 1;
  #requests = 0;
  #epoch = 0;
  #isGiving = false;

  constructor(space: ReplicaNamespace, max: number, limiter: AdaptiveRateLimiter) {
    this.#space = space;
    this.#max = max;
    this.#limiter = limiter;
    this.#slots = new SlotQueue(() => limiter.sentElsewhere());
    this.#endListening = space.redis.onStateChange((state) => {
      if (state === 'down') this.#setGiving(false);
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
   * Waits for a slot. False when Redis gives none now, so that the local rate limiter has to.
   *
   * @throws UpstreamError UPSTREAM_THROTTLED at once when there is no slot in time, or later when slots become fewer
   */
  async admit(scope: CallScope): Promise<boolean> {
    if (this.#space.redis.state !== 'up') return false;
    const deadlineAt = later(monotonicNow(), scope.leftMs - this.#limiter.latencyMs);
    const spareAt = this.#slots.spareAt;
    if (spareAt === undefined || spareAt > deadlineAt) {
      const given = await this.#reserve(deadlineAt);
      if (given === undefined) return false;
      if (given <= monotonicNow() && this.queued === 0) {
        this.#limiter.sentElsewhere();
        return true;
      }
      this.#slots.add(given);
    }
    return scope.step<boolean>((end, reject) => this.#slots.wait({ deadlineAt, end, reject }));
  }

  /**
   * Reports a throttling to the other replicas, with the rate that was learnt from it.
   *
   * @param sentAt when the request was sent
   * @param retryAfterMs the pause that the upstream asked for
   */
  async throttled(sentAt: MonotonicMs, retryAfterMs = 0): Promise<void> {
    const agoMs = monotonicNow() - sentAt;
    const args = [this.#limiter.accountRate, retryAfterMs, agoMs, this.#nextName()];
    const reply = await this.#run(REPORT_THROTTLE, QUOTA_KEYS, args);
    if (reply === undefined) return;
    const numbers = numbersIn(reply, 3);
    if (numbers === undefined) return this.#unreadable();
    const [epoch = 0, rate = 0, taken = 0] = numbers;
    this.#limiter.learn(rate, taken);
    this.#setEpoch(epoch);
  }

  rejectAll(error: Error): void {
    for (const waiting of this.#slots.waiting) if (this.#slots.remove(waiting)) waiting.reject(error);
  }

  close(): void {
    this.#endListening();
    for (const timer of this.#timers) clearInterval(timer);
    this.#slots.dropSlots();
  }

  /**
   * Reserves a slot. Undefined when Redis does not answer.
   *
   * @throws UpstreamError UPSTREAM_THROTTLED when that would be too late
   */
  async #reserve(deadlineAt: MonotonicMs): Promise<MonotonicMs | undefined> {
    const mostMs = deadlineAt - monotonicNow();
    const args = [this.#limiter.accountRate, this.#max, mostMs, this.#nextName()];
    const reply = await this.#run(RESERVE_SLOT, QUOTA_KEYS, args);
    const slot = slotIn(reply, mostMs);
    this.#setGiving(slot !== undefined);
    if (slot === undefined) {
      if (reply !== undefined) this.#unreadable();
      return undefined;
    }
    this.#limiter.learn(slot.rate, slot.taken);
    this.#setEpoch(slot.epoch);
    if (!slot.isGiven) throw this.#limiter.rejection(slot.waitMs - mostMs);
    return later(monotonicNow(), slot.waitMs);
  }

  /** Otherwise the local rate limiter gives this replica's share. */
  #setGiving(isGiving: boolean): void {
    if (isGiving && this.#isGiving) return;
    this.#isGiving = isGiving;
    this.#limiter.shareAmong(isGiving ? 1 : this.#replicas);
    if (isGiving) this.#limiter.rejectAll(RETRY_ADMISSION);
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
      const given = await this.#reserve(waiting.deadlineAt);
      if (given !== undefined) this.#slots.add(given);
    } catch (error) {
      if (this.#slots.remove(waiting)) waiting.reject(error);
    }
  }

  async #checkEpoch(): Promise<void> {
    if (this.queued === 0 || !this.#isGiving) return;
    const [key] = (await this.#keys(['state'])) ?? [];
    if (key === undefined) return;
    const epoch = await this.#space.redis.command('hget', key, 'epoch');
    if (epoch === undefined || !this.#isGiving) return;
    const known = Number(epoch);
    // What is no epoch is replaced by the next throttling; no slot is taken back for it.
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

  /** With one hash tag; undefined while the account is not known. */
  async #keys(names: readonly string[]): Promise<string[] | undefined> {
    const { prefix, account } = this.#space;
    const known = await account().catch(() => undefined);
    return known === undefined ? undefined : names.map((name) => `${prefix}{quota:${known}}:${name}`);
  }
}

/** Reply of {@link RESERVE_SLOT}; undefined for anything else, and for a slot beyond the time that was asked for. */
function slotIn(reply: Reply | undefined, mostMs: number) {
  const [isGiven, waitMs = -1, epoch = 0, rate = 0, taken = 0] = numbersIn(reply, 5) ?? [];
  // The script rounds up to whole milliseconds.
  const isPossible = waitMs >= 0 && (isGiven === 0 || (isGiven === 1 && waitMs <= mostMs + 1));
  return isPossible ? { isGiven: isGiven === 1, waitMs, epoch, rate, taken } : undefined;
}

/** The numbers of a reply, which may be written as texts; undefined unless there are so many and all are finite. */
function numbersIn(reply: Reply | undefined, count: number): number[] | undefined {
  if (!Array.isArray(reply) || reply.length !== count) return undefined;
  const numbers = reply.map((one) => (typeof one === 'string' && one !== '' ? Number(one) : one));
  return numbers.every((one): one is number => Number.isFinite(one)) ? (numbers as number[]) : undefined;
}
