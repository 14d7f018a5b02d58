import { randomUUID } from 'node:crypto';
import { type FaultHandler, guarded, inBackground } from '../../guarded.ts';
import type { Argument, Reply } from '../../redis/redis-connection.ts';
import type { SharedSpace } from '../../redis/replica-namespace.ts';
import type { Script } from '../../redis/script.ts';
import type { CallScope } from '../call-scope.ts';
import { BEAT, GIVE_TURN, SLOW_DOWN } from './rate-limit-scripts.ts';
import { ASK_AGAIN, type Governor } from './rate-limiter.ts';
import { Turns, type Waiting } from './reserved-slots.ts';

/** How often a replica says that it is there, in milliseconds. */
export const BEAT_MS = 2000;

/** Names of what has to do with turns, in the order of their scripts. */
const TURNS = ['turns', 'state', 'throttled'];

/** Most replicas that are believed: with more, each would have next to nothing of the quota while Redis is away. */
const MAX_REPLICAS = 1000;

/** How often those who wait look whether their turns still stand, in milliseconds. */
const LOOK_MS = 200;

/**
 * One quota for all replicas: Redis gives each request its turn, in the order of their coming, none of which is more than
 * one second's quota in a second. A turn is given for a time to come, so a call knows at once whether it has one before
 * its deadline, and costs one command. What one replica learns from a throttling, all hold to.
 *
 * While Redis does not answer, each replica goes on by itself with its part of the quota, as many parts as there were
 * replicas when it last answered.
 */
export class SharedQuota {
  readonly #space: SharedSpace;
  readonly #max: number;
  readonly #governor: Governor;
  readonly #name = randomUUID();
  readonly #turns: Turns;
  readonly #timers: NodeJS.Timeout[];
  readonly #endTurns: () => void;
  #replicas = 1;
  #names = 0;
  #epoch = 0;
  #isGiving = false;

  /** @param max quota of the account, in requests per second */
  constructor(space: SharedSpace, max: number, governor: Governor) {
    this.#space = space;
    this.#max = max;
    this.#governor = governor;
    this.#turns = new Turns(() => governor.sentElsewise());
    this.#endTurns = space.redis.onTurn((state) => {
      if (state === 'away') this.#gives(false);
    });
    const { failed } = space.redis;
    const beat = guarded(() => this.#beat(), failed);
    const look = guarded(() => this.#look(), failed);
    beat();
    this.#timers = [setInterval(beat, BEAT_MS).unref(), setInterval(look, LOOK_MS).unref()];
  }

  /** Takes what goes wrong in a task that nobody waits for. */
  get failed(): FaultHandler {
    return this.#space.redis.failed;
  }

  /** Calls that wait for their turn. */
  get queued(): number {
    return this.#turns.waiting.size;
  }

  /**
   * Waits for a turn. False when Redis gives none now, so that the turn is to be had from the governor.
   *
   * @throws UpstreamError UPSTREAM_THROTTLED at once when there is no turn in time, or later when turns become fewer
   */
  async admit(scope: CallScope): Promise<boolean> {
    if (this.#space.redis.state !== 'up') return false;
    const deadlineAt = performance.now() + scope.leftMs - this.#governor.answerMs;
    const spareAt = this.#turns.spareAt;
    if (spareAt === undefined || spareAt > deadlineAt) {
      const given = await this.#ask(deadlineAt);
      if (given === undefined) return false;
      if (given <= performance.now() && this.queued === 0) {
        this.#governor.sentElsewise();
        return true;
      }
      this.#turns.add(given);
    }
    return scope.step<boolean>((end, reject) => this.#turns.wait({ deadlineAt, end, reject }));
  }

  /**
   * Tells the others what the governor has learnt from a throttling.
   *
   * @param sentAt when the request was sent
   * @param retryAfterMs how long the upstream wants to be left alone
   */
  async throttled(sentAt: number, retryAfterMs = 0): Promise<void> {
    const agoMs = performance.now() - sentAt;
    const args = [this.#governor.accountRate, retryAfterMs, agoMs, this.#nextName()];
    const reply = await this.#run(SLOW_DOWN, TURNS, args);
    if (reply === undefined) return;
    const [epoch, rate, taken] = numbersIn(reply, 3) ?? [];
    if (epoch === undefined || rate === undefined || taken === undefined) return this.#unreadable();
    this.#governor.heard(rate, taken);
    this.#epochIs(epoch);
  }

  /** Ends all waiting, because it has no point any more. */
  refuseAll(error: Error): void {
    for (const waiting of this.#turns.waiting) if (this.#turns.remove(waiting)) waiting.reject(error);
  }

  close(): void {
    this.#endTurns();
    for (const timer of this.#timers) clearInterval(timer);
    this.#turns.forget();
  }

  /**
   * When the turn is; undefined when Redis does not say.
   *
   * @throws UpstreamError UPSTREAM_THROTTLED when that would be too late
   */
  async #ask(deadlineAt: number): Promise<number | undefined> {
    const mostMs = deadlineAt - performance.now();
    const args = [this.#governor.accountRate, this.#max, mostMs, this.#nextName()];
    const reply = await this.#run(GIVE_TURN, TURNS, args);
    const slot = slotIn(reply, mostMs);
    this.#gives(slot !== undefined);
    if (slot === undefined) {
      if (reply !== undefined) this.#unreadable();
      return undefined;
    }
    this.#governor.heard(slot.rate, slot.taken);
    this.#epochIs(slot.epoch);
    if (!slot.isGiven) throw this.#governor.refusal(slot.waitMs - mostMs);
    return performance.now() + slot.waitMs;
  }

  /** Where Redis gives turns, the governor gives none; where it does not, the governor gives this replica's part. */
  #gives(isGiving: boolean): void {
    if (isGiving && this.#isGiving) return;
    this.#isGiving = isGiving;
    this.#governor.isOneOf(isGiving ? 1 : this.#replicas);
    if (isGiving) this.#governor.refuseAll(ASK_AGAIN);
    else {
      this.#turns.forget();
      for (const waiting of this.#turns.waiting) if (this.#turns.remove(waiting)) waiting.end(false);
    }
  }

  #nextName(): string {
    this.#names++;
    return `${this.#name}/${this.#names}`;
  }

  #epochIs(epoch: number): void {
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    this.#turns.forget();
    for (const waiting of this.#turns.waiting) inBackground(this.#askFor(waiting), this.#space.redis.failed);
  }

  async #askFor(waiting: Waiting): Promise<void> {
    try {
      const given = await this.#ask(waiting.deadlineAt);
      if (given !== undefined) this.#turns.add(given);
    } catch (error) {
      if (this.#turns.remove(waiting)) waiting.reject(error);
    }
  }

  async #look(): Promise<void> {
    if (this.queued === 0 || !this.#isGiving) return;
    const [key] = (await this.#keys(['state'])) ?? [];
    if (key === undefined) return;
    const epoch = await this.#space.redis.command('hget', key, 'epoch');
    if (epoch === undefined || !this.#isGiving) return;
    const known = Number(epoch);
    // What is none is replaced by the next throttling; nobody's slot is taken back for it.
    if (Number.isSafeInteger(known)) this.#epochIs(known);
    else this.#unreadable();
  }

  async #beat(): Promise<void> {
    const replicas = await this.#run(BEAT, ['replicas'], [this.#name]);
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

  /** Of one account, with one hash tag; undefined while the account is not known. */
  async #keys(names: readonly string[]): Promise<string[] | undefined> {
    const { prefix, account } = this.#space;
    const known = await account().catch(() => undefined);
    return known === undefined ? undefined : names.map((name) => `${prefix}{quota:${known}}:${name}`);
  }
}

/** What {@link GIVE_TURN} says of a slot. */
interface Slot {
  readonly isGiven: boolean;
  /** Until the slot that is given, or would have been, in milliseconds. */
  readonly waitMs: number;
  readonly epoch: number;
  readonly rate: number;
  readonly taken: number;
}

/** Undefined for what the script does not answer, and for a slot that lies beyond the time that was asked for. */
function slotIn(reply: Reply | undefined, mostMs: number): Slot | undefined {
  const [isGiven, waitMs, epoch, rate, taken] = numbersIn(reply, 5) ?? [];
  if (waitMs === undefined || epoch === undefined || rate === undefined || taken === undefined)
    return undefined;
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
