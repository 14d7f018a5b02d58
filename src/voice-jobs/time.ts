import { memoize } from '../cache/memoize.ts';

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/**
 * Whole seconds since 1970, rounded down; null for what is no moment as RFC 3339 writes it. Reading one costs more than a
 * microsecond, and each row is asked for it three times.
 */
export const secondsOf: (text: string) => number | null = memoize((text) => {
  const ms = RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? null : Math.floor(ms / 1000);
});
