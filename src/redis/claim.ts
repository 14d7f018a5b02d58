import { guarded } from '../guarded.ts';
import { EXTEND, GIVE_UP, KEEP, MAX_VALUE_BYTES } from './lua-scripts.ts';
import type { RedisConnection } from './redis-connection.ts';

/** How long a claim holds without its holder, in milliseconds: so long a dead one is waited for. */
export const CLAIM_MS = 1000;

/** How often it is made to hold anew, in milliseconds. Between the two lies how long a busy process may stand still. */
const EXTEND_MS = 250;

/** How long others can learn of a failure, in milliseconds; they look far more often. */
const FAILURE_MS = 500;

/** Length of a time in digits, of the sign that says whether the value lasts, and of how long reading took. */
const [TIME, SIGN, TOOK] = [13, 1, 4];

const LASTING = '+'.charCodeAt(0);

/** What was read, by whichever replica. Times are those of this process's `performance.now()`, in milliseconds. */
export interface SharedValue {
  readonly bytes: Buffer;
  /** It was asked for then or a little later. */
  readonly sentAt: number;
  /** It had come by then. */
  readonly answeredAt: number;
}

/** How long a value is kept. */
export interface Keeping {
  /** In milliseconds since it was asked for. */
  readonly keepMs: number;
  /** Whether it may be older than others when it is used. */
  readonly isLasting: boolean;
}

/**
 * The right to read a value, while others wait for what comes of it. Holds until it is ended, in one of three ways, or
 * {@link CLAIM_MS} after this process has died. A claim may be lost, to a flush or to somebody who needs a younger read;
 * ending it then does no harm.
 */
export class Claim {
  readonly #redis: RedisConnection;
  readonly #keys: readonly [value: string, claim: string];
  readonly #text: string;
  /** When it was made, by Redis's clock; asked for and learnt of, by ours. */
  readonly #madeAtOfRedis: number;
  readonly #sentAt: number;
  readonly #answeredAt = performance.now();
  readonly #extending: NodeJS.Timeout;

  /**
   * To be made as soon as Redis has said so.
   *
   * @param token what its key holds after the time at which it was made
   * @param madeAt that time by Redis's clock, and when this process had asked for it
   */
  constructor(
    redis: RedisConnection,
    keys: readonly [value: string, claim: string],
    token: string,
    madeAt: { readonly redisMs: number; readonly sentAt: number },
  ) {
    this.#redis = redis;
    this.#keys = keys;
    this.#text = `${madeAt.redisMs}:${token}`;
    this.#madeAtOfRedis = madeAt.redisMs;
    this.#sentAt = madeAt.sentAt;
    const extend = guarded(() => redis.run(EXTEND, [keys[1]], [this.#text, CLAIM_MS]), redis.failed);
    this.#extending = setInterval(extend, EXTEND_MS);
  }

  /** Gives the value to all, unless a younger one is there. Nobody has to wait for it; it does not reject. */
  async keep({ bytes, sentAt, answeredAt, keepMs, isLasting }: SharedValue & Keeping): Promise<void> {
    clearInterval(this.#extending);
    const took = Buffer.alloc(TOOK);
    // How long it may have been from the time that is kept, which is the earliest it can be.
    took.writeUInt32BE(Math.ceil(answeredAt - sentAt + this.#answeredAt - this.#sentAt) + 1);
    const sentAtOfRedis = Math.floor(this.#madeAtOfRedis + sentAt - this.#answeredAt);
    const value = Buffer.concat([took, bytes]);
    if (TIME + SIGN + value.length > MAX_VALUE_BYTES) return this.release();
    await this.#redis.run(KEEP, this.#keys, [
      this.#text,
      sentAtOfRedis,
      isLasting ? '+' : '-',
      keepMs,
      value,
    ]);
  }

  /** Tells those who wait that there is nothing to wait for, and why. */
  async fail(failure: string): Promise<void> {
    clearInterval(this.#extending);
    await this.#redis.run(GIVE_UP, [this.#keys[1]], [this.#text, failure, FAILURE_MS]);
  }

  /** Leaves it to another to read. */
  release(): Promise<void> {
    return this.fail('');
  }
}

/**
 * A value as {@link Claim.keep} wrote it; undefined for anything else.
 *
 * @param redisMs when it was read from Redis, by Redis's clock
 * @param askedAt when this process had asked for it
 */
export function readValue(
  text: Buffer,
  redisMs: number,
  askedAt: number,
): (SharedValue & Pick<Keeping, 'isLasting'>) | undefined {
  const start = TIME + SIGN;
  if (text.length < start + TOOK) return undefined;
  const ageMs = redisMs - Number(text.toString('latin1', 0, TIME));
  if (!(ageMs >= 0)) return undefined;
  const tookMs = text.readUInt32BE(start);
  const now = performance.now();
  return {
    bytes: text.subarray(start + TOOK),
    isLasting: text[TIME] === LASTING,
    // Redis's clock is read in whole milliseconds.
    sentAt: askedAt - ageMs - 1,
    answeredAt: Math.min(now, now - ageMs + tookMs),
  };
}
