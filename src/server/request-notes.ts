import type { IncomingMessage } from 'node:http';
import type { Caller } from '../paging/caller.ts';
import type { RequestTrace, TraceSpan } from '../telemetry/trace/tracer.ts';

/** How a request to GraphQL ended. */
export interface Outcome {
  /** Name of the operation in a valid document; empty where it has none; undefined where no operation was found. */
  readonly operation: string | undefined;
  /** `OK`, or `extensions.code` of the first error. */
  readonly code: string;
  /** Whether the answer goes on for as long as the client likes, so that how long it took says nothing. */
  readonly isStream?: boolean;
  /** Why the request was rejected, where the code does not tell it; a label of `http_requests_refused_total`. */
  readonly reason?: string | undefined;
}

const OUTCOME = Symbol('outcome');
const CALLER = Symbol('caller');
const TRACE = Symbol('trace');

/** Properties of the request and no WeakMap, as for its verdict. */
type Noted = IncomingMessage & { [OUTCOME]?: Outcome; [CALLER]?: Caller; [TRACE]?: RequestTrace };

/** Notes how a request ended, for its line in the log, its metrics and its trace; the last one counts. */
export function noteOutcome(request: IncomingMessage, outcome: Outcome): void {
  (request as Noted)[OUTCOME] = outcome;
}

/** Undefined where nobody found out. */
export function outcomeOf(request: IncomingMessage): Outcome | undefined {
  return (request as Noted)[OUTCOME];
}

/** Notes for whom an operation is executed: it counts the upstream calls. */
export function noteCaller<Noticed extends Caller>(request: IncomingMessage, caller: Noticed): Noticed {
  (request as Noted)[CALLER] = caller;
  return caller;
}

/** Undefined where nothing was executed. */
export function callerOf(request: IncomingMessage): Caller | undefined {
  return (request as Noted)[CALLER];
}

/** Notes the trace of a request. */
export function noteTrace(request: IncomingMessage, trace: RequestTrace): void {
  (request as Noted)[TRACE] = trace;
}

/** Undefined where requests are not traced. */
export function traceOf(request: IncomingMessage): RequestTrace | undefined {
  return (request as Noted)[TRACE];
}

/** Begins the span of a request whose caller was let in, unless it has begun; undefined where it is not recorded. */
export function beginSpanOf(request: IncomingMessage): TraceSpan | undefined {
  return (request as Noted)[TRACE]?.begin(true);
}
