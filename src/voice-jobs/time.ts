const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** Texts that are remembered: a page has two times a row, mostly equal, and many pages are read again. */
const MAX_REMEMBERED = 10_000;
const remembered = new Map<string, number | undefined>();

/**
 * Whole seconds since 1970, rounded down; undefined for what is no moment as RFC 3339 writes it. Reading one costs more
 * than a microsecond, and each row is asked for it three times.
 */
export function secondsOf(text: string): number | undefined {
  if (remembered.has(text)) return remembered.get(text);
  const ms = RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
  const seconds = Number.isNaN(ms) ? undefined : Math.floor(ms / 1000);
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(text, seconds);
  return seconds;
}
