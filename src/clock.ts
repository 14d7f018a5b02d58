/**
 * Distinguishes the times of three clocks by type. The difference of two times of one clock is a plain number of
 * milliseconds.
 */
declare const clock: unique symbol;

/** Milliseconds of `performance.now()`: monotonic, meaningful in this process only. */
export type MonotonicMs = number & { readonly [clock]: 'monotonic' };

/** Milliseconds since 1970 UTC by this machine's clock, which may be set back and forth. */
export type EpochMs = number & { readonly [clock]: 'epoch' };

/** Milliseconds since 1970 UTC by Redis's clock, the one clock that replicas share. */
export type RedisMs = number & { readonly [clock]: 'redis' };

export const monotonicNow = (): MonotonicMs => performance.now() as MonotonicMs;

/** Earlier than every other time. */
export const NEVER = Number.NEGATIVE_INFINITY as MonotonicMs;

export const epochNow = (): EpochMs => Date.now() as EpochMs;

/** The time `ms` milliseconds after `time`, by the same clock. `ms` may be negative. */
export const later = <Time extends MonotonicMs | EpochMs | RedisMs>(time: Time, ms: number): Time =>
  (time + ms) as Time;
