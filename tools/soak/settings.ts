/** Settings of the gateway under load. Short times, so that a run of ten minutes covers much. */
export const SETTINGS = {
  deadlineMs: 2000,
  ttlMs: 1000,
  staleIfErrorMs: 5000,
  requestsPerSecond: 100,
  /** Per client; only the role `over quota` exceeds it. */
  requestsPerMinute: 6000,
  bodyBytes: 100_000,
} as const;

/** Maximum age of a displayed row, including the time of its read, in milliseconds. */
export const CACHE_MS = SETTINGS.ttlMs + SETTINGS.staleIfErrorMs + SETTINGS.deadlineMs;

/** Time within which every response should arrive, in milliseconds. */
export const MAX_RESPONSE_MS = SETTINGS.deadlineMs + 300;
