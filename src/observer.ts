import type { UpstreamErrorCode } from './errors.ts';

/** A finished upstream call, including all its attempts. */
export interface UpstreamCallEvent {
  readonly action: string;
  /** `INTERNAL_SERVER_ERROR`: a failure of this process, which says nothing about the upstream. */
  readonly outcome: 'OK' | 'NOT_FOUND' | 'CANCELLED' | 'INTERNAL_SERVER_ERROR' | UpstreamErrorCode;
  /** Number of attempts; the log field is public. */
  readonly tries: number;
  readonly durationMs: number;
  readonly detail?: string | undefined;
  /** Of the last attempt that got a response. */
  readonly upstreamRequestId?: string | undefined;
}

/** A finished HTTP request to the upstream. */
export interface UpstreamAttemptEvent {
  readonly action: string;
  readonly outcome: UpstreamCallEvent['outcome'];
  /** From 1; above 1 it is a retry. */
  readonly number: number;
  /** From sending the request to the last byte of the response, or until it was aborted. */
  readonly durationMs: number;
}

/** `shared`: waited for a read in flight. */
export type CacheResult = 'hit' | 'shared' | 'miss';

export interface RealignmentEvent {
  /** Name for the rows of the list. */
  readonly row: string;
  /** Name of the list. */
  readonly type: string;
  /** Pages read to find the row. */
  readonly reads: number;
  /** `found` by the row or its neighbours; `guessed` among rows of one second; `offset`: the search was given up and the old offset is used. */
  readonly outcome: 'found' | 'guessed' | 'offset';
}

/** Receives events of the inner modules, to count and log them. Methods are synchronous, on the hot path, and never throw. */
export interface Observer {
  upstreamCall(event: UpstreamCallEvent): void;
  upstreamAttempt(event: UpstreamAttemptEvent): void;
  /** A sent request waited in the queue of the rate limiter. */
  queueWait(durationMs: number): void;
  /** Not with CACHE_TTL_MS=0. @param kind 'page', 'total', or what a row is called */
  cacheRead(kind: string, result: CacheResult): void;
  /** The circuit breaker changed its state. `open` also after each failed probe; a trip is `open` after `closed`. */
  circuitStateChanged(state: 'closed' | 'open' | 'half-open'): void;
  /** Throttling decreased the adaptive rate. @param requestsPerSecond the new rate */
  rateDecreased(requestsPerSecond: number): void;
  /** An enum value that the schema does not know. */
  unknownEnumValue(field: string, value: string): void;
  /** An error code that the vendor does not document. */
  unknownErrorCode(code: string, status: number): void;
  /** A field of the wrong type, returned as null. @param value of the field */
  malformedField(field: string, value: unknown): void;
  /** An unreadable row, dropped from its page. @param value that made it unreadable, if any */
  droppedRow(reason: string, value?: unknown): void;
  realigned(event: RealignmentEvent): void;
  /** Stale rows were served because the upstream failed with this code. */
  servedStale(code: UpstreamErrorCode): void;
  /** A subscription started (1) or ended (-1). */
  subscriptionsChanged(change: 1 | -1): void;
  /** Subscribed jobs were polled. */
  polled(calls: number): void;
  /** Polls were postponed, because requests have priority. */
  pollsSkipped(calls: number): void;
  /** Polling is paused. @param error of the failed read; undefined if requests use all of the quota */
  pollingPaused(error: unknown): void;
  pollingResumed(): void;
}
