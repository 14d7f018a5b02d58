import { displayedName, type Outcome, type RequestContext } from '../http/request-context.ts';

/** Codes of callers who were not let in. */
const NOT_LET_IN: ReadonlySet<string | undefined> = new Set(['UNAUTHENTICATED', 'RATE_LIMITED']);

/** Longest path in the log, in characters: a client may send 16 kB of it, and no path of ours has as many. */
const MAX_PATH_LENGTH = 200;

/** The line of the access log for a request that is over. */
export function accessLogEntry(
  context: RequestContext,
  durationMs: number,
  outcome: Outcome | undefined,
): object {
  const { requestId, request, response, path, auth, caller, trace } = context;
  const isStranger = auth?.client === undefined && NOT_LET_IN.has(outcome?.code);
  return {
    requestId,
    traceId: trace?.span?.traceId,
    method: request.method,
    path: path.slice(0, MAX_PATH_LENGTH),
    client: context.clientName,
    operation: displayedName(outcome?.operation),
    code: outcome?.code,
    status: response.statusCode,
    refused: auth?.refusal?.reason ?? outcome?.reason,
    // There is no name that would tell who it was.
    address: isStranger ? context.address || undefined : undefined,
    upstreamCalls: caller?.upstreamCalls,
    upstreamRequestIds: caller?.upstreamRequestIds?.length ? caller.upstreamRequestIds : undefined,
    finished: response.writableFinished,
    durationMs: Math.round(durationMs * 10) / 10,
  };
}
