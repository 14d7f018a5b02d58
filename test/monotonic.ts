import type { MonotonicMs } from '../src/clock.ts';

/** A time of a clock that a test moves on, in milliseconds. */
export const monotonic = (ms: number): MonotonicMs => ms as MonotonicMs;
