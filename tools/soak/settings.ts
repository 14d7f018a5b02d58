/** What the gateway under load is told; short times, so that a run of ten minutes sees much of everything. */
export const SETTINGS = {
  deadlineMs: 2000,
  ttlMs: 1000,
  staleIfErrorMs: 5000,
  requestsPerSecond: 100,
  /** For each client; only the greedy one asks for more. */
  requestsPerMinute: 6000,
  bodyBytes: 100_000,
} as const;

/** How old a row may be when it is shown, with what it took to read it, in milliseconds. */
export const CACHE_MS = SETTINGS.ttlMs + SETTINGS.staleIfErrorMs + SETTINGS.deadlineMs;

/** By when every answer ought to be there, in milliseconds. */
export const PROMISED_MS = SETTINGS.deadlineMs + 300;
