import { randomUUID } from 'node:crypto';
import { CLAIM_MS, Claim, readValue, type SharedValue } from './claim.ts';
import { GET, LOOK } from './lua-scripts.ts';
import type { RedisConnection, UnreadableKind } from './redis-connection.ts';
import type { Script } from './script.ts';

/** How old a value may be, in milliseconds. */
export interface MaxAge {
  readonly maxAgeMs: number;
  /** Where it was kept as lasting. */
  readonly lastingMaxAgeMs: number;
}

/** What will do. */
export interface Wanted extends MaxAge {
  /** Values asked for before this will not do, nor will claims made before it; of `performance.now()`. */
  readonly since: number;
  /** Since when failures are of interest, of `performance.now()`. */
  readonly failuresSince: number;
}

/** What is known of a key: a value; a failure; that another replica reads; or that this one may. */
export type Found =
  | { readonly kind: 'value'; readonly value: SharedValue }
  | { readonly kind: 'failed'; readonly failure: string }
  | { readonly kind: 'theirs' }
  | { readonly kind: 'ours'; readonly claim: Claim };

/** What a script answered, when by Redis's clock, and what it was asked at, of `performance.now()`. */
interface Answer {
  readonly kind: string;
  /** Of a value and of a failure. */
  readonly text: Buffer | undefined;
  readonly redisMs: number;
  readonly sentAt: number;
}

/**
 * Values that replicas share by key, each with its age, and who of them reads next. Ages are measured by Redis's clock
 * alone and by how long things took, so clocks of replicas may differ. No age is taken for less than it is, unless
 * Redis's clock is set back.
 */
export class SharedValues {
  readonly #redis: RedisConnection;
  readonly #prefix: string;
  /** By how much Redis's clock is ahead of `performance.now()` at most; undefined while that is not known. */
  #aheadMs: number | undefined;

  /** @param prefix of all keys */
  constructor(redis: RedisConnection, prefix: string) {
    this.#redis = redis;
    this.#prefix = prefix;
    redis.onTurn(() => {
      this.#aheadMs = undefined;
    });
  }

  /** A value that is there. Undefined also when Redis does not say. */
  async get(key: string, maxAge: MaxAge): Promise<SharedValue | undefined> {
    const answer = await this.#run(GET, this.#keysOf(key), [maxAge.maxAgeMs, maxAge.lastingMaxAgeMs]);
    if (answer?.kind !== 'value') return undefined;
    const value = youngEnough(answer, maxAge);
    if (value === 'unreadable') await this.drop(key);
    return typeof value === 'object' ? value : undefined;
  }

  /** Counts something that cannot be read, and logs the first of its kind. */
  foundUnreadable(kind: UnreadableKind): void {
    this.#redis.foundUnreadable(kind);
  }

  /** How long Redis may take for a command, in milliseconds. */
  get deadlineMs(): number {
    return this.#redis.deadlineMs;
  }

  /** Deletes a value that cannot be read, so that it is read anew from the upstream. @param kind for the count and the log */
  async drop(key: string, kind: UnreadableKind = 'value'): Promise<void> {
    this.#redis.foundUnreadable(kind);
    await this.#redis.command('del', this.#keysOf(key)[0]);
  }

  /**
   * A value that is there, or how its read goes, or the right to read it. Undefined when Redis does not say; then nobody
   * waits for this replica either.
   *
   * @param deadlineMs how long Redis may take, where it is to be shorter than usual
   */
  async look(
    key: string,
    wanted: Wanted,
    deadlineMs = this.#redis.deadlineMs,
    isAgain = false,
  ): Promise<Found | undefined> {
    const token = randomUUID();
    const keys = this.#keysOf(key);
    const now = performance.now();
    // An age is known to a millisecond.
    const sinceMs = Math.min(now - wanted.since - 1, Number.MAX_SAFE_INTEGER);
    const ages = [Math.min(wanted.maxAgeMs, sinceMs), Math.min(wanted.lastingMaxAgeMs, sinceMs), sinceMs];
    const limit = this.#aheadMs === undefined ? 0 : now + this.#aheadMs + deadlineMs;
    const args = [...ages, now - wanted.failuresSince, limit, token, CLAIM_MS];
    const answer = await this.#run(LOOK, keys, args, deadlineMs);
    switch (answer?.kind) {
      case 'value': {
        const value = youngEnough(answer, wanted);
        if (typeof value === 'object') return { kind: 'value', value };
        if (value === 'unreadable') await this.drop(key);
        // By now Redis knows of none either.
        return isAgain ? undefined : this.look(key, wanted, deadlineMs, true);
      }
      case 'failed':
        return { kind: 'failed', failure: answer.text?.toString() ?? '' };
      case 'theirs':
        return { kind: 'theirs' };
      case 'ours':
        return { kind: 'ours', claim: new Claim(this.#redis, keys, token, answer) };
      default:
        return undefined;
    }
  }

  #keysOf(key: string): [value: string, claim: string] {
    const valueKey = `${this.#prefix}{${key}}`;
    return [valueKey, `${valueKey}:claim`];
  }

  async #run(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number)[],
    deadlineMs?: number,
  ): Promise<Answer | undefined> {
    const sentAt = performance.now();
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

/** A time of Redis's clock in 13 digits, in milliseconds since 1970. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < 1e13;
}

/** Undefined for a value that has become too old on its way. */
function youngEnough(
  { text, redisMs, sentAt }: Answer,
  { maxAgeMs, lastingMaxAgeMs }: MaxAge,
): SharedValue | 'unreadable' | undefined {
  const value = text && readValue(text, redisMs, sentAt);
  if (value === undefined) return 'unreadable';
  const oldestMs = value.isLasting ? lastingMaxAgeMs : maxAgeMs;
  return performance.now() - value.sentAt < oldestMs ? value : undefined;
}
