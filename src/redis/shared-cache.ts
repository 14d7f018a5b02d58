import { randomUUID } from 'node:crypto';
import { later, type MonotonicMs, monotonicNow, type RedisMs } from '../clock.ts';
import { Lease } from './lease.ts';
import { GET, GET_OR_LEASE, KEEP, MAX_VALUE_BYTES, type Script } from './lua-scripts.ts';
import type { RedisConnection } from './redis-connection.ts';

/** How long a lease holds without its owner, in milliseconds: so long others wait for a dead one. */
export const LEASE_MS = 1000;

/** How often it is extended, in milliseconds. */
const EXTEND_MS = 250;

/** Length of a time in digits, of the sign that says whether the value lasts, and of how long reading took, in bytes. */
const [TIME, SIGN, TOOK] = [13, 1, 4];

const LASTING = '+'.charCodeAt(0);

/** A value that some replica has read. */
export interface SharedValue {
  readonly bytes: Buffer;
  /** When it was asked for, or a little earlier. */
  readonly sentAt: MonotonicMs;
  /** When it had come, or a little later. */
  readonly answeredAt: MonotonicMs;
}

export interface Keeping {
  /** In milliseconds since it was asked for. */
  readonly keepMs: number;
  /** Whether readers may accept a greater age, see {@link MaxAge.lastingMaxAgeMs}. */
  readonly isLasting: boolean;
}

/** How old a value may be, in milliseconds. */
export interface MaxAge {
  readonly maxAgeMs: number;
  /** Where it was kept as lasting. */
  readonly lastingMaxAgeMs: number;
}

/** What a caller accepts. */
export interface Wanted extends MaxAge {
  /** Values that were asked for earlier, and leases that were given earlier, do not count. */
  readonly since: MonotonicMs;
  /** Earlier failures do not count. */
  readonly failuresSince: MonotonicMs;
}

/** What is known of a key: a value; a failure; that another replica reads; or that this one may. */
export type Found =
  | { readonly kind: 'value'; readonly value: SharedValue }
  | { readonly kind: 'failed'; readonly failure: string }
  | { readonly kind: 'theirs' }
  | { readonly kind: 'ours'; readonly lease: ReadLease };

interface CacheReply {
  readonly kind: string;
  readonly text: Buffer | undefined;
  readonly redisMs: RedisMs;
  readonly sentAt: MonotonicMs;
}

/**
 * Cache that replicas share, with a lease per key: one replica reads while the others wait for its value. Ages come from Redis's
 * clock and from durations, so clocks of replicas may differ; none is taken for less than it is, unless Redis's clock is set back.
 */
export class SharedCache {
  readonly #redis: RedisConnection;
  readonly #prefix: string;
  /** By how much Redis's clock is ahead of this process's monotonic clock at most; undefined while that is not known. */
  #aheadMs: number | undefined;

  constructor(redis: RedisConnection, prefix: string) {
    this.#redis = redis;
    this.#prefix = prefix;
    redis.onTurn(() => {
      this.#aheadMs = undefined;
    });
  }

  get deadlineMs(): number {
    return this.#redis.deadlineMs;
  }

  /** A cached value. Undefined also when Redis does not answer. */
  async get(key: string, maxAge: MaxAge): Promise<SharedValue | undefined> {
    const reply = await this.#run(GET, this.#keysOf(key), [maxAge.maxAgeMs, maxAge.lastingMaxAgeMs]);
    if (reply?.kind !== 'value') return undefined;
    const value = youngEnough(reply, maxAge);
    if (value === 'unreadable') await this.drop(key);
    return typeof value === 'object' ? value : undefined;
  }

  /** Counts something that cannot be read, and logs the first of its kind. */
  foundUnreadable(kind: string): void {
    this.#redis.foundUnreadable(kind);
  }

  /** Deletes a value that cannot be read. @param kind for the count and the log */
  async drop(key: string, kind = 'value'): Promise<void> {
    this.#redis.foundUnreadable(kind);
    await this.#redis.command('del', this.#keysOf(key)[0]);
  }

  /**
   * A cached value, or the state of another replica's read, or the lease for reading it. Undefined when Redis does not
   * answer; then no replica waits for this one either.
   *
   * @param deadlineMs how long Redis may take, where it is to be shorter than usual
   */
  async getOrLease(
    key: string,
    wanted: Wanted,
    deadlineMs = this.#redis.deadlineMs,
    isAgain = false,
  ): Promise<Found | undefined> {
    const token = randomUUID();
    const keys = this.#keysOf(key);
    const now = monotonicNow();
    // An age is known to a millisecond.
    const sinceMs = Math.min(now - wanted.since - 1, Number.MAX_SAFE_INTEGER);
    const ages = [Math.min(wanted.maxAgeMs, sinceMs), Math.min(wanted.lastingMaxAgeMs, sinceMs), sinceMs];
    const limit = this.#aheadMs === undefined ? 0 : now + this.#aheadMs + deadlineMs;
    const args = [...ages, now - wanted.failuresSince, limit, token, LEASE_MS];
    const reply = await this.#run(GET_OR_LEASE, keys, args, deadlineMs);
    switch (reply?.kind) {
      case 'value': {
        const value = youngEnough(reply, wanted);
        if (typeof value === 'object') return { kind: 'value', value };
        if (value === 'unreadable') await this.drop(key);
        // By now Redis has none either.
        return isAgain ? undefined : this.getOrLease(key, wanted, deadlineMs, true);
      }
      case 'failed':
        return { kind: 'failed', failure: reply.text?.toString() ?? '' };
      case 'theirs':
        return { kind: 'theirs' };
      case 'ours':
        return { kind: 'ours', lease: new ReadLease(this.#redis, keys, token, reply) };
      default:
        return undefined;
    }
  }

  #keysOf(key: string): [value: string, lease: string] {
    const valueKey = `${this.#prefix}{${key}}`;
    return [valueKey, `${valueKey}:claim`];
  }

  async #run(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number)[],
    deadlineMs?: number,
  ): Promise<CacheReply | undefined> {
    const sentAt = monotonicNow();
    const reply = await this.#redis.runForBytes(script, keys, args, deadlineMs);
    if (reply === undefined) return undefined;
    const [kind, redisMs, text] = Array.isArray(reply) ? reply : [];
    if (!Buffer.isBuffer(kind) || !isTime(redisMs) || !(text === undefined || Buffer.isBuffer(text))) {
      this.#redis.foundUnreadable('reply');
      return undefined;
    }
    this.#aheadMs = Math.max(this.#aheadMs ?? Number.NEGATIVE_INFINITY, redisMs + 1 - sentAt);
    return { kind: kind.toString(), redisMs, text, sentAt };
  }
}

/**
 * The right to read a value while others wait for it, until one of three methods ends it, or {@link LEASE_MS} after this process
 * died. It may be lost, to a flush or to a replica that needs a younger read; ending it then does no harm.
 */
export class ReadLease {
  readonly #redis: RedisConnection;
  readonly #keys: readonly [value: string, lease: string];
  readonly #owner: string;
  readonly #lease: Lease;
  readonly #given: CacheReply;
  readonly #learntAt = monotonicNow();

  /** @param given the reply that has just come */
  constructor(
    redis: RedisConnection,
    keys: readonly [value: string, lease: string],
    token: string,
    given: CacheReply,
  ) {
    this.#redis = redis;
    this.#keys = keys;
    this.#given = given;
    this.#owner = `${given.redisMs}:${token}`;
    this.#lease = new Lease(redis, keys[1], LEASE_MS, this.#owner);
    this.#lease.keepExtending(EXTEND_MS);
  }

  /** Gives the value to all, unless a younger one is there. Nobody has to wait for it; it does not reject. */
  async keep({ bytes, sentAt, answeredAt, keepMs, isLasting }: SharedValue & Keeping): Promise<void> {
    this.#lease.stopExtending();
    const took = Buffer.alloc(TOOK);
    // At most how long it took from the time that is kept, which is the earliest possible.
    took.writeUInt32BE(Math.ceil(answeredAt - sentAt + this.#learntAt - this.#given.sentAt) + 1);
    const sentAtOfRedis = Math.floor(this.#given.redisMs + (sentAt - this.#learntAt));
    const value = Buffer.concat([took, bytes]);
    if (TIME + SIGN + value.length > MAX_VALUE_BYTES) return this.release();
    const args = [this.#owner, sentAtOfRedis, isLasting ? '+' : '-', keepMs, value];
    await this.#redis.run(KEEP, this.#keys, args);
  }

  /** Tells those who wait that there is nothing to wait for, and why. */
  async fail(failure: string): Promise<void> {
    await this.#lease.release(failure);
  }

  /** Leaves it to another to read. */
  release(): Promise<void> {
    return this.fail('');
  }
}

function isTime(value: unknown): value is RedisMs {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < 1e13;
}

/** Undefined for a value that has become too old. */
function youngEnough(
  reply: CacheReply,
  { maxAgeMs, lastingMaxAgeMs }: MaxAge,
): SharedValue | 'unreadable' | undefined {
  const value = readValue(reply);
  if (value === undefined) return 'unreadable';
  const oldestMs = value.isLasting ? lastingMaxAgeMs : maxAgeMs;
  return monotonicNow() - value.sentAt < oldestMs ? value : undefined;
}

/** A value as {@link ReadLease.keep} wrote it; undefined for anything else. */
function readValue({ text, redisMs, sentAt }: CacheReply) {
  const start = TIME + SIGN;
  if (text === undefined || text.length < start + TOOK) return undefined;
  const ageMs = redisMs - Number(text.toString('latin1', 0, TIME));
  if (!(ageMs >= 0)) return undefined;
  const now = monotonicNow();
  const answeredAt = later(now, text.readUInt32BE(start) - ageMs);
  return {
    bytes: text.subarray(start + TOOK),
    isLasting: text[TIME] === LASTING,
    // Redis's clock is read in whole milliseconds.
    sentAt: later(sentAt, -ageMs - 1),
    answeredAt: answeredAt < now ? answeredAt : now,
  };
}
