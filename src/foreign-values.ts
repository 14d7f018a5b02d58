/**
 * Upper bound of the rows of a list. The upstream counts in 31 bits; half of that leaves room for page arithmetic, and for
 * the sum of two lists in GraphQL's Int.
 */
export const MAX_TOTAL = 2 ** 30;

/** Maximum size of a JSON text from outside, in bytes. A page of 100 rows with maximal texts is about 0.2 MB. */
export const MAX_JSON_BYTES = 4 * 1024 * 1024;

/**
 * Maximum pause that the gateway honours when another party requests one, in milliseconds: no caller waits longer than a
 * minute.
 */
export const MAX_PAUSE_MS = 60_000;

/** Whether a value from outside is a valid length of a list, or an offset in one. */
export function isTotal(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < MAX_TOTAL;
}

/** The value as a JSON object; undefined for anything else. */
export function objectOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/**
 * The value if it looks like a code or an id, else undefined. Other texts of a third party belong in no log and no response.
 */
export function nameIn(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w.-]{1,100}$/.test(value) ? value : undefined;
}
