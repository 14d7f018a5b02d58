import { randomUUID } from 'node:crypto';
import { later, type MonotonicMs, monotonicNow } from '../../clock.ts';
import { type FaultHandler, guarded, inBackground } from '../../guarded.ts';
import type { Script } from '../../redis/lua-scripts.ts';
import type { Argument, Reply } from '../../redis/redis-connection.ts';
import type { ReplicaNamespace } from '../../redis/replica-namespace.ts';
import type { CallScope } from '../call-scope.ts';
import { HEARTBEAT, REPORT_THROTTLE, RESERVE_SLOT } from './rate-limit-scripts.ts';
import { type AdaptiveRateLimiter, RETRY_ADMISSION } from './rate-limiter.ts';
import { SlotQueue, type Waiting } from './reserved-slots.ts';

/** How often a replica sends its heartbeat, in milliseconds. @internal */
export const HEARTBEAT_MS = 2000;

/** Keys of the quota, in the order of the scripts. */
const QUOTA_KEYS = ['turns', 'state', 'throttled'];

/** Most replicas that are believed: with more, each would have next to nothing of the quota while Redis is away. */
const MAX_REPLICAS = 1000;

/** How often the epoch is read while calls wait, in milliseconds: a new one takes their slots back. */
const CHECK_MS = 200;

/**
 * One quota for all replicas: Redis reserves a slot for each request, in the order of their coming, within the quota of any
 * second. A slot may lie ahead, so a call knows at once whether it has one before its deadline, and costs one command. What
 * one replica learns from a throttling holds for all. While Redis does not answer, each replica uses its part of the quota by
 * itself: one of as many parts as there were replicas when Redis last answered.
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
    this.#endListening = space.redis.onTurn((state) => {
      if (state === 'away') this.#setGiving(false);
    });
    const { failed } = space.redis;
    const heartbeat = guarded(() => this.#heartbeat(), failed);
    const check = guarded(() => this.#checkEpoch(), failed);
    heartbeat();
    this.#timers = [setInterval(heartbeat, HEARTBEAT_MS).unref(), setInterval(check, CHECK_MS).unref()];
  }

  /** Logs what goes wrong in a task without a caller. */
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

  /** Empties the queue, because waiting has no point any more. */
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

  /** Either Redis gives the slots, or the local rate limiter gives this replica's part of the quota. */
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
    this.#space.redis.foundUnreadable('quota');
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
