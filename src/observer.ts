import type { UpstreamErrorCode } from './errors.ts';

/** One upstream call, all its tries together. */
export interface UpstreamCallEvent {
  readonly action: string;
  /** `INTERNAL_SERVER_ERROR`: something went wrong in this process, and says nothing about the upstream. */
  readonly outcome: 'OK' | 'NOT_FOUND' | 'CANCELLED' | 'INTERNAL_SERVER_ERROR' | UpstreamErrorCode;
  readonly tries: number;
  readonly durationMs: number;
  readonly detail?: string | undefined;
  /** Of the last try that was answered. */
  readonly upstreamRequestId?: string | undefined;
}

export interface UpstreamTryEvent {
  readonly action: string;
  readonly outcome: UpstreamCallEvent['outcome'];
  readonly number: number;
  /** From sending to the last byte of the answer, or until it was given up. */
  readonly durationMs: number;
}

/** `shared`: in a call that others had under way. */
export type CacheResult = 'hit' | 'shared' | 'miss';

export interface RealignmentEvent {
  /** What a row of the list is called. */
  readonly row: string;
  /** The list. */
  readonly type: string;
  readonly looks: number;
  /** `found` by the row or its neighbours; `guessed` among rows of one second; `offset`: the search was given up. */
  readonly outcome: 'found' | 'guessed' | 'offset';
}

/** Receives events of the inner modules, to count and log them. On the hot path: returns at once and never throws. */
export interface Observer {
  upstreamCall(event: UpstreamCallEvent): void;
  upstreamTry(event: UpstreamTryEvent): void;
  waitedForTurn(durationMs: number): void;
  /** Not with CACHE_TTL_MS=0. @param kind 'page', 'total', or what a row is called */
  cacheRead(kind: string, result: CacheResult): void;
  /** The circuit breaker changed its state. `open` also after each probe that failed: an opening is one from `closed`. */
  circuitTurned(state: 'closed' | 'open' | 'half-open'): void;
  /** The upstream throttled. @param requestsPerSecond from now on */
  slowedDown(requestsPerSecond: number): void;
  unknownEnumValue(field: string, value: string): void;
  /** An error code that no page of the vendor documents. */
  unknownErrorCode(code: string, status: number): void;
  /** A value of the wrong type; the field is answered as null. @param value that the field held */
  malformedField(field: string, value: unknown): void;
  /** A listed row that cannot be shown, left out of its page. @param value that made it unreadable, where one did */
  droppedRow(reason: string, value?: unknown): void;
  realigned(event: RealignmentEvent): void;
  servedStale(code: UpstreamErrorCode): void;
  followed(change: 1 | -1): void;
  polled(calls: number): void;
  /** Polls were put off, because callers go first. */
  pollsSkipped(calls: number): void;
  /** Watched jobs cannot be read. @param error why; undefined where callers need all of the quota */
  pollingPaused(error: unknown): void;
  pollingResumed(): void;
}
