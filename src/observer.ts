import type { UpstreamErrorCode } from './errors.ts';

/** One upstream call, all its tries together. */
export interface UpstreamCallEvent {
  readonly action: string;
  readonly outcome: 'OK' | 'NOT_FOUND' | 'CANCELLED' | UpstreamErrorCode;
  readonly tries: number;
  readonly durationMs: number;
  /** For the log: the upstream's `Code`, an HTTP status, a socket error. */
  readonly detail?: string | undefined;
  readonly upstreamRequestId?: string | undefined;
}

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
  /** A value outside the schema's enum; the field is answered as null. */
  unknownEnumValue(field: string, value: string): void;
  /** A value of the wrong type; the field is answered as null. */
  malformedField(field: string): void;
  /** A listed row that cannot be shown, left out of its page. */
  droppedRow(reason: string): void;
  realigned(event: RealignmentEvent): void;
  /** Something older than usual was served because the upstream failed with this code. */
  servedStale(code: UpstreamErrorCode): void;
}
