import { randomUUID } from 'node:crypto';
import { later, type MonotonicMs, monotonicNow, type RedisMs } from '../clock.ts';
import { Lease } from './lease.ts';
import { GET, GET_OR_LEASE, MAX_VALUE_BYTES, type Script, STORE } from './lua-scripts.ts';
import type { RedisConnection } from './redis-connection.ts';

/** Expiry of a lease, in milliseconds: how long other replicas wait for an owner that died. */
export const LEASE_MS = 1000;

/** Interval at which the owner extends a lease, in milliseconds. */
const EXTEND_MS = 250;

/** Sizes of the header fields of a value, in bytes: read time, sign for a long-lived value, duration of the read. */
const [TIME, SIGN, TOOK] = [13, 1, 4];

const LONG_LIVED = '+'.charCodeAt(0);

/** A value that a replica read from the upstream. */
export interface SharedValue {
  readonly bytes: Buffer;
  /** When its request was sent, or slightly earlier. */
  readonly sentAt: MonotonicMs;
  /** When its response arrived, or slightly later. */
  readonly answeredAt: MonotonicMs;
}

/** How long Redis retains a value. */
export interface Retention {
  /** In milliseconds, counted from the time at which the request was sent. */
  readonly retainMs: number;
  /** Whether the value is long-lived: readers may accept {@link MaxAge.longLivedMaxAgeMs}. */
  readonly isLongLived: boolean;
}

/** Maximum age of a value, in milliseconds. */
export interface MaxAge {
  readonly maxAgeMs: number;
  /** For a long-lived value. */
  readonly longLivedMaxAgeMs: number;
}

/** Limits that a reader sets to values, leases and failures. */
export interface LookupLimits extends MaxAge {
  /** Ignores values whose request was sent earlier, and leases acquired earlier. */
  readonly since: MonotonicMs;
  /** Ignores earlier failures. */
  readonly failuresSince: MonotonicMs;
}

/** Result of a lookup: a value, a failure, a lease of another replica, or a lease acquired by this one. */
export type Lookup =
  | { readonly kind: 'value'; readonly value: SharedValue }
  | { readonly kind: 'failed'; readonly failure: string }
  | { readonly kind: 'leased' }
  | { readonly kind: 'acquired'; readonly lease: ReadLease };

interface CacheReply {
  readonly kind: string;
  readonly text: Buffer | undefined;
  readonly redisMs: RedisMs;
  readonly sentAt: MonotonicMs;
}

/**
 * Cache that replicas share, with a lease per key: one replica reads while the others wait for its value. Ages are measured by Redis's
 * clock and by durations, so the clocks of replicas may differ. An age is never underestimated, unless Redis's clock is set back.
 */
export class SharedCache {
  readonly #redis: RedisConnection;
  readonly #prefix: string;
  /** Upper bound of Redis's clock minus this process's monotonic clock; undefined while unknown. */
  #clockOffsetMs: number | undefined;

  constructor(redis: RedisConnection, prefix: string) {
    this.#redis = redis;
    this.#prefix = prefix;
    redis.onStateChange(() => {
      this.#clockOffsetMs = undefined;
    });
  }

  get deadlineMs(): number {
    return this.#redis.deadlineMs;
  }

  /** Gets a fresh value. Undefined on a miss, and if Redis does not reply. */
  async get(key: string, maxAge: MaxAge): Promise<SharedValue | undefined> {
    const reply = await this.#run(GET, this.#keysOf(key), [maxAge.maxAgeMs, maxAge.longLivedMaxAgeMs]);
    if (reply?.kind !== 'value') return undefined;
    const value = freshValue(reply, maxAge);
    if (value === 'unreadable') await this.drop(key);
    return typeof value === 'object' ? value : undefined;
  }

  /** Counts an unreadable value, and logs the first of its kind. */
  reportUnreadable(kind: string): void {
    this.#redis.reportUnreadable(kind);
  }

  /** Deletes an unreadable value. @param kind for the metric and the log */
  async drop(key: string, kind = 'value'): Promise<void> {
    this.#redis.reportUnreadable(kind);
    await this.#redis.command('del', this.#keysOf(key)[0]);
  }

  /**
   * Gets a fresh value, the state of another replica's read, or a lease for reading the value. Undefined if Redis does not reply; then
   * no other replica waits for this one.
   *
   * @param deadlineMs deadline of the command
   */
  async getOrLease(
    key: string,
    wanted: LookupLimits,
    deadlineMs = this.#redis.deadlineMs,
    isAgain = false,
  ): Promise<Lookup | undefined> {
    const token = randomUUID();
    const keys = this.#keysOf(key);
    const now = monotonicNow();
    // Ages have a resolution of one millisecond.
    const sinceMs = Math.min(now - wanted.since - 1, Number.MAX_SAFE_INTEGER);
    const ages = [Math.min(wanted.maxAgeMs, sinceMs), Math.min(wanted.longLivedMaxAgeMs, sinceMs), sinceMs];
    const limit = this.#clockOffsetMs === undefined ? 0 : now + this.#clockOffsetMs + deadlineMs;
    const args = [...ages, now - wanted.failuresSince, limit, token, LEASE_MS];
    const reply = await this.#run(GET_OR_LEASE, keys, args, deadlineMs);
    switch (reply?.kind) {
      case 'value': {
        const value = freshValue(reply, wanted);
        if (typeof value === 'object') return { kind: 'value', value };
        if (value === 'unreadable') await this.drop(key);
        // The value was dropped or has expired, so the second attempt returns another kind.
        return isAgain ? undefined : this.getOrLease(key, wanted, deadlineMs, true);
      }
      case 'failed':
        return { kind: 'failed', failure: reply.text?.toString() ?? '' };
      case 'leased':
        return { kind: 'leased' };
      case 'acquired':
        return { kind: 'acquired', lease: new ReadLease(this.#redis, keys, token, reply) };
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
      this.#redis.reportUnreadable('reply');
      return undefined;
    }
    this.#clockOffsetMs = Math.max(this.#clockOffsetMs ?? Number.NEGATIVE_INFINITY, redisMs + 1 - sentAt);
    return { kind: kind.toString(), redisMs, text, sentAt };
  }
}

/**
 * Lease for reading a value while other replicas wait for it. One of three methods releases it; it expires {@link LEASE_MS} after this
 * process dies. It may be lost to a flush, or to a replica that needs a newer read; releasing it then has no effect.
 */
export class ReadLease {
  readonly #redis: RedisConnection;
  readonly #keys: readonly [value: string, lease: string];
  readonly #owner: string;
  readonly #lease: Lease;
  readonly #reply: CacheReply;
  readonly #receivedAt = monotonicNow();

  /** @param grant the reply that granted the lease, just received */
  constructor(
    redis: RedisConnection,
    keys: readonly [value: string, lease: string],
    token: string,
    grant: CacheReply,
  ) {
    this.#redis = redis;
    this.#keys = keys;
    this.#reply = grant;
    this.#owner = `${grant.redisMs}:${token}`;
    this.#lease = new Lease(redis, keys[1], LEASE_MS, this.#owner);
    this.#lease.keepExtending(EXTEND_MS);
  }

  /** Stores the value, unless a newer one is stored, and releases the lease. Does not reject. */
  async store({ bytes, sentAt, answeredAt, retainMs, isLongLived }: SharedValue & Retention): Promise<void> {
    this.#lease.stopExtending();
    const took = Buffer.alloc(TOOK);
    // Upper bound of the duration since the stored time, which is the earliest possible.
    took.writeUInt32BE(Math.ceil(answeredAt - sentAt + this.#receivedAt - this.#reply.sentAt) + 1);
    const sentAtOfRedis = Math.floor(this.#reply.redisMs + (sentAt - this.#receivedAt));
    const value = Buffer.concat([took, bytes]);
    if (TIME + SIGN + value.length > MAX_VALUE_BYTES) return this.release();
    const args = [this.#owner, sentAtOfRedis, isLongLived ? '+' : '-', retainMs, value];
    await this.#redis.run(STORE, this.#keys, args);
  }

  /** Releases the lease and stores a failure for the waiting replicas. */
  async fail(failure: string): Promise<void> {
    await this.#lease.release(failure);
  }

  /** Releases the lease, so that another replica reads. */
  release(): Promise<void> {
    return this.fail('');
  }
}

function isTime(value: unknown): value is RedisMs {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < 1e13;
}

/** The value of a reply; undefined if it is too old by now. */
function freshValue(
  reply: CacheReply,
  { maxAgeMs, longLivedMaxAgeMs }: MaxAge,
): SharedValue | 'unreadable' | undefined {
  const value = readValue(reply);
  if (value === undefined) return 'unreadable';
  const oldestMs = value.isLongLived ? longLivedMaxAgeMs : maxAgeMs;
  return monotonicNow() - value.sentAt < oldestMs ? value : undefined;
}

/** Decodes a value that {@link ReadLease.store} encoded; undefined for anything else. */
function readValue({ text, redisMs, sentAt }: CacheReply) {
  const start = TIME + SIGN;
  if (text === undefined || text.length < start + TOOK) return undefined;
  const ageMs = redisMs - Number(text.toString('latin1', 0, TIME));
  if (!(ageMs >= 0)) return undefined;
  const now = monotonicNow();
  const answeredAt = later(now, text.readUInt32BE(start) - ageMs);
  return {
    bytes: text.subarray(start + TOOK),
    isLongLived: text[TIME] === LONG_LIVED,
    // Times of Redis are rounded down to milliseconds.
    sentAt: later(sentAt, -ageMs - 1),
    answeredAt: answeredAt < now ? answeredAt : now,
  };
}
