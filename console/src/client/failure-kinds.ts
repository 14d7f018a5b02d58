import type { Failure, Takes, Traces } from './failure.ts';

/** What an error says about its cause. */
export type Clues =
  /** Errors of a GraphQL response with status 200. */
  | {
      readonly origin: 'answer';
      readonly errors: readonly unknown[];
      readonly requestId?: string | undefined;
    }
  /** An HTTP error response. */
  | {
      readonly origin: 'status';
      readonly status: number;
      readonly errors: readonly unknown[];
      readonly requestId?: string | undefined;
      /** `www-authenticate` */
      readonly challenge?: string | undefined;
      /** `retry-after` */
      readonly retryAfterS?: string | undefined;
    }
  /** A closed WebSocket. */
  | { readonly origin: 'socket'; readonly closedWith: number }
  /** No response. */
  | { readonly origin: 'network' }
  /** Any other exception: a defect of this page. */
  | { readonly origin: 'elsewhere' };

/** Retry delay in milliseconds when the response has no `retry-after`. */
const SOME_SECONDS = 5000;

/** Kind of failure for each error code. Any other code is `unknown`: only the request id helps. */
const KINDS: Readonly<Record<string, Exclude<Failure['kind'], 'throttled' | 'signedOut'>>> = {
  UPSTREAM_UNAVAILABLE: 'away',
  UPSTREAM_TIMEOUT: 'away',
  UPSTREAM_DENIED: 'denied',
  BAD_USER_INPUT: 'refused',
  BAD_REQUEST: 'refused',
  FORBIDDEN: 'refused',
  GRAPHQL_PARSE_FAILED: 'refused',
  GRAPHQL_VALIDATION_FAILED: 'refused',
  OPERATION_TOO_COMPLEX: 'refused',
};

/** Classifies an error by its details. Of several GraphQL errors, the first counts. */
export function kindOf(clues: Clues, nowMs: number): Failure {
  if (clues.origin === 'network') return { kind: 'unreachable' };
  if (clues.origin === 'elsewhere') return { kind: 'unknown' };
  if (clues.origin === 'socket') return ofSocket(clues.closedWith, nowMs);

  const { code, argument, retryAfterMs, upstreamRequestId } = facts(clues.errors[0]);
  const traces: Traces = { requestId: clues.requestId, upstreamRequestId, code, argument };
  const status = clues.origin === 'status' ? clues.status : 200;
  const waitMs =
    retryAfterMs ?? (clues.origin === 'status' ? milliseconds(clues.retryAfterS) : undefined) ?? SOME_SECONDS;

  if (code === 'UNAUTHENTICATED' || status === 401) {
    const challenge = clues.origin === 'status' ? clues.challenge : undefined;
    return { kind: 'signedOut', takes: takesOf(challenge), ...traces };
  }
  if (code === 'UPSTREAM_THROTTLED') {
    return { kind: 'throttled', by: 'upstream', retryAtMs: nowMs + waitMs, ...traces };
  }
  if (code === 'RATE_LIMITED' || status === 429) {
    return { kind: 'throttled', by: 'gateway', retryAtMs: nowMs + waitMs, ...traces };
  }
  // A subscription to an unknown job blames `jobId`. A page of another version than the gateway sends document ids that
  // the gateway does not know.
  if (code === 'BAD_USER_INPUT' && argument === 'jobId') return { kind: 'gone', ...traces };
  if (code === 'BAD_USER_INPUT' && argument === 'documentId') return { kind: 'outdated', ...traces };
  // With a retry time, the identity provider is unavailable; without one, this replica is shutting down and another
  // will respond.
  if (code === 'SERVICE_UNAVAILABLE') {
    const isIdentity = clues.origin === 'status' && clues.retryAfterS !== undefined;
    return isIdentity ? { kind: 'away', who: 'identity', ...traces } : { kind: 'unreachable', ...traces };
  }
  const kind = code === undefined ? undefined : KINDS[code];
  if (kind !== undefined) return { kind, ...traces };
  // Such a status without an error code comes from a proxy in front of the gateway.
  if (code === undefined && status >= 502 && status <= 504) return { kind: 'unreachable', ...traces };
  if (code === undefined && status === 403)
    return { kind: 'signedOut', takes: takesOf(undefined), ...traces };
  return { kind: 'unknown', ...traces };
}

/** Classifies a WebSocket close code. @see docs/errors.md, "WebSocket close codes" */
function ofSocket(closedWith: number, nowMs: number): Failure {
  if (closedWith === 4403 || closedWith === 4401) return { kind: 'signedOut', takes: takesOf(undefined) };
  if (closedWith === 1013) return { kind: 'throttled', by: 'gateway', retryAtMs: nowMs + SOME_SECONDS };
  if (closedWith >= 4400 && closedWith <= 4429) return { kind: 'refused' };
  return { kind: 'unreachable' };
}

/** Credential types that a `www-authenticate` header names. */
function takesOf(challenge: string | undefined): Takes {
  const keys = challenge?.includes('ApiKey ') ?? false;
  const tokens = challenge?.includes('Bearer ') ?? false;
  return keys || tokens ? { keys, tokens } : { keys: true, tokens: true };
}

interface Facts {
  readonly code?: string | undefined;
  readonly argument?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly upstreamRequestId?: string | undefined;
}

/** The `extensions` of an error, without values of unexpected types. */
function facts(error: unknown): Facts {
  const { extensions } = (error ?? {}) as { extensions?: Record<string, unknown> };
  const string = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  const { code, argument, retryAfterMs, upstreamRequestId } = extensions ?? {};
  return {
    code: string(code),
    argument: string(argument),
    retryAfterMs: typeof retryAfterMs === 'number' && retryAfterMs >= 0 ? retryAfterMs : undefined,
    upstreamRequestId: string(upstreamRequestId),
  };
}

/** `retry-after` in milliseconds. A date is ignored, because clocks differ. */
function milliseconds(retryAfterS: string | undefined): number | undefined {
  const seconds = Number(retryAfterS);
  return retryAfterS !== undefined && Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}
