import type { MonotonicMs } from '../src/clock.ts';

/** A time of a manual clock, in milliseconds. */
export const monotonic = (ms: number): MonotonicMs => ms as MonotonicMs;
