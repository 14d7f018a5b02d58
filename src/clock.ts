/** Keeps times of three clocks apart. A difference of two times of one clock is a plain number of milliseconds. */
declare const clock: unique symbol;

/** Milliseconds of `performance.now()`: goes on evenly, means nothing outside of this process. */
export type MonotonicMs = number & { readonly [clock]: 'monotonic' };

/** Milliseconds since 1970 UTC by this machine, which can be set back and forth. */
export type EpochMs = number & { readonly [clock]: 'epoch' };

/** Milliseconds since 1970 UTC by Redis, the one clock that replicas share. */
export type RedisMs = number & { readonly [clock]: 'redis' };

export const monotonicNow = (): MonotonicMs => performance.now() as MonotonicMs;

/** Before every time. */
export const NEVER = Number.NEGATIVE_INFINITY as MonotonicMs;

export const epochNow = (): EpochMs => Date.now() as EpochMs;

/** The time `ms` milliseconds after `time`, of the same clock; before it where `ms` is negative. */
export const later = <Time extends MonotonicMs | EpochMs | RedisMs>(time: Time, ms: number): Time =>
  (time + ms) as Time;
