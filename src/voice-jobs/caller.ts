import type { MonotonicMs } from '../clock.ts';
import type { TraceSpan } from '../telemetry/trace/tracer.ts';

/** Who waits for what a request reads. */
export interface Caller {
  /** Fires when nobody waits any more; then what is still being read is broken off. */
  readonly signal: AbortSignal;
  /** When all its reads together have to be over, in milliseconds of `performance.now()`; undefined: each has its own end. */
  readonly deadlineAt?: MonotonicMs | undefined;
  /** Upstream calls that were made for this caller so far, those not counted that others had under way already. */
  upstreamCalls: number;
  /** Ids that the upstream gave to the first of those calls. Whoever has no list does not want to know. */
  readonly upstreamRequestIds?: string[] | undefined;
  /** The part of a trace that its reads belong to; undefined where nothing is traced. */
  readonly span?: TraceSpan | undefined;
}
