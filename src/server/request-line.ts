import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TraceSpan } from '../telemetry/trace/tracer.ts';
import { addressOf } from './address.ts';
import { verdictOf } from './caller-verdict.ts';
import { callerOf, type Outcome, traceOf } from './request-notes.ts';

/** A request as it was when it came. */
export interface Begun {
  readonly path: string;
  readonly requestId: string;
  /** Of `performance.now()`. */
  readonly startedAt: number;
  /** Whether its line in the log is worth little. */
  readonly isProbe: boolean;
}

/** Codes of callers who did not get in. */
const REFUSED: ReadonlySet<string | undefined> = new Set(['UNAUTHENTICATED', 'RATE_LIMITED']);

/** Longest name of an operation in the log and in a trace, in characters. */
const MAX_NAME_LENGTH = 80;

/** Longest path in the log, in characters: a client may send 16 kB of it, and no path of ours has as many. */
const MAX_PATH_LENGTH = 200;

/** What the log says of a request that is over. */
export function requestLine(
  request: IncomingMessage,
  response: ServerResponse,
  { path, requestId }: Begun,
  durationMs: number,
  outcome: Outcome | undefined,
): object {
  const verdict = verdictOf(request);
  const caller = callerOf(request);
  const isStranger = verdict?.client === undefined && REFUSED.has(outcome?.code);
  return {
    requestId,
    traceId: traceOf(request)?.span?.traceId,
    method: request.method,
    path: path.slice(0, MAX_PATH_LENGTH),
    client: verdict?.client?.name,
    operation: nameIn(outcome),
    code: outcome?.code,
    status: response.statusCode,
    refused: verdict?.refusal?.reason ?? outcome?.reason,
    // There is no name that would tell who it was.
    address: isStranger ? addressOf(request) || undefined : undefined,
    upstreamCalls: caller?.calls?.count,
    upstreamRequestIds: caller?.upstreamRequestIds?.length ? caller.upstreamRequestIds : undefined,
    finished: response.writableFinished,
    durationMs: Math.round(durationMs * 10) / 10,
  };
}

/** Ends the span of a request, and says in it what is known by then. */
export function endRequestSpan(
  span: TraceSpan,
  request: IncomingMessage,
  { requestId }: Begun,
  status: number,
  outcome: Outcome | undefined,
): void {
  span.set('request.id', requestId);
  span.set('client.name', verdictOf(request)?.client?.name);
  span.set('http.response.status_code', status === 0 ? undefined : status);
  span.set('graphql.operation.name', nameIn(outcome));
  // Nothing was executed, and yet there is an answer.
  if (outcome?.operation !== undefined && callerOf(request) === undefined) span.set('graphql.kept', true);
  const { code = 'OK' } = outcome ?? {};
  span.end(code === 'OK' ? undefined : code);
}

/** Names may be as long as a document. */
function nameIn(outcome: Outcome | undefined): string | undefined {
  return outcome?.operation?.slice(0, MAX_NAME_LENGTH) || undefined;
}
