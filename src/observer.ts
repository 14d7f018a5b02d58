import type { UpstreamErrorCode } from './errors.ts';

/** One upstream call, all its tries together. */
export interface UpstreamCallEvent {
  readonly action: string;
  /** `INTERNAL_SERVER_ERROR`: something went wrong in this process, and says nothing about the upstream. */
  readonly outcome: 'OK' | 'NOT_FOUND' | 'CANCELLED' | 'INTERNAL_SERVER_ERROR' | UpstreamErrorCode;
  readonly tries: number;
  readonly durationMs: number;
  /** For the log: the upstream's `Code`, an HTTP status, a socket error. */
  readonly detail?: string | undefined;
  /** Of the last try that was answered. */
  readonly upstreamRequestId?: string | undefined;
}

/** One request sent upstream. */
export interface UpstreamTryEvent {
  readonly action: string;
  readonly outcome: UpstreamCallEvent['outcome'];
  /** Which one of its call, from 1. */
  readonly number: number;
  /** From sending to the last byte of the answer, or until it was given up. */
  readonly durationMs: number;
}

/** Where it was found: at hand, in a call that others had under way, or nowhere, so that it was read. */
export type CacheResult = 'hit' | 'shared' | 'miss';

/** A cursor whose place had moved. */
export interface RealignmentEvent {
  readonly type: string;
  /** Further reads it took to find the place. */
  readonly looks: number;
  /**
   * `found` by the row or what stands beside it; `guessed` among rows of one second, when all that could tell them apart
   * is gone; `offset` when the search was given up and the old offset taken.
   */
  readonly outcome: 'found' | 'guessed' | 'offset';
}

/**
 * What the inner rooms tell about themselves, without knowing who counts or logs it. Called on the hot path: an
 * implementation returns at once and never throws.
 */
export interface Observer {
  upstreamCall(event: UpstreamCallEvent): void;
  upstreamTry(event: UpstreamTryEvent): void;
  /** Before it was sent, a request waited so long for its turn, in milliseconds; 0 where it went at once. */
  waitedForTurn(durationMs: number): void;
  /** Only where something is kept between requests. @param kind 'page', 'total', or what a row is called */
  cacheRead(kind: string, result: CacheResult): void;
  /** The circuit breaker changed its state. `open` also after each probe that failed: an opening is one from `closed`. */
  circuitTurned(state: 'closed' | 'open' | 'half-open'): void;
  /** The upstream throttled, and is asked less often from now on. */
  slowedDown(requestsPerSecond: number): void;
  /** A value outside the schema's enum; the field is answered as null. */
  unknownEnumValue(field: string, value: string): void;
  /** An error code that no page of the vendor documents. */
  unknownErrorCode(code: string, status: number): void;
  /** A value of the wrong type; the field is answered as null. @param value that the field held */
  malformedField(field: string, value: unknown): void;
  /** A listed row that cannot be shown, left out of its page. @param value that made it unreadable, where one did */
  droppedRow(reason: string, value?: unknown): void;
  realigned(event: RealignmentEvent): void;
  /** Something older than usual was served because the upstream failed with this code. */
  servedStale(code: UpstreamErrorCode): void;
  /** Somebody begins to look on a job, or looks on it no more. */
  followed(change: 1 | -1): void;
  /** Watched jobs are looked at by so many upstream calls. */
  polled(calls: number): void;
  /** So many were left to the next look, because callers go first. */
  pollsSkipped(calls: number): void;
  /**
   * Nothing can be read of the watched jobs, until {@link pollingResumed}.
   *
   * @param error why; undefined where callers need all of the quota
   */
  pollingPaused(error: unknown): void;
  pollingResumed(): void;
}
