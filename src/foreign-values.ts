/** Lists have fewer rows. The upstream counts in 31 bits; half of that leaves room for page arithmetic, and for the sum of two lists in GraphQL's Int. */
export const MAX_TOTAL = 2 ** 30;

/** Largest JSON text that is read from outside, in bytes; a page of 100 rows with every text at its longest is about 0.2 MB. */
export const MAX_JSON_BYTES = 4 * 1024 * 1024;

/** Longest pause that is believed when somebody asks for one, in milliseconds: no caller waits for more than a minute. */
export const MAX_PAUSE_MS = 60_000;

/** Whether a number from outside can be the length of a list, or a place in one. */
export function isTotal(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < MAX_TOTAL;
}

/** An object of JSON; undefined for anything else. */
export function objectOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** A code or an id. Any other text is somebody else's own words, which belong in no log and no response. */
export function nameIn(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w.-]{1,100}$/.test(value) ? value : undefined;
}
