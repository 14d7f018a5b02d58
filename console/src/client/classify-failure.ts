import type { AcceptedCredentials, Failure, SupportIds } from './failure.ts';

/** What an error says about its cause. */
export type ErrorDetails =
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
const DEFAULT_RETRY_MS = 5000;

/** Kind of failure for each error code. Any other code is `unknown`: only the request id helps. */
const KINDS: Readonly<Record<string, Exclude<Failure['kind'], 'throttled' | 'signedOut'>>> = {
  UPSTREAM_UNAVAILABLE: 'unavailable',
  UPSTREAM_TIMEOUT: 'unavailable',
  UPSTREAM_DENIED: 'denied',
  BAD_USER_INPUT: 'rejected',
  BAD_REQUEST: 'rejected',
  FORBIDDEN: 'rejected',
  GRAPHQL_PARSE_FAILED: 'rejected',
  GRAPHQL_VALIDATION_FAILED: 'rejected',
  OPERATION_TOO_COMPLEX: 'rejected',
};

/** Classifies an error by its details. Of several GraphQL errors, the first counts. */
export function classifyError(details: ErrorDetails, nowMs: number): Failure {
  if (details.origin === 'network') return { kind: 'unreachable' };
  if (details.origin === 'elsewhere') return { kind: 'unknown' };
  if (details.origin === 'socket') return failureOfSocket(details.closedWith, nowMs);

  const { code, argument, retryAfterMs, upstreamRequestId } = facts(details.errors[0]);
  const supportIds: SupportIds = { requestId: details.requestId, upstreamRequestId, code, argument };
  const status = details.origin === 'status' ? details.status : 200;
  const waitMs =
    retryAfterMs ??
    (details.origin === 'status' ? milliseconds(details.retryAfterS) : undefined) ??
    DEFAULT_RETRY_MS;

  if (code === 'UNAUTHENTICATED' || status === 401) {
    const challenge = details.origin === 'status' ? details.challenge : undefined;
    return { kind: 'signedOut', accepts: acceptedCredentialsOf(challenge), ...supportIds };
  }
  if (code === 'UPSTREAM_THROTTLED') {
    return { kind: 'throttled', by: 'upstream', retryAtMs: nowMs + waitMs, ...supportIds };
  }
  if (code === 'RATE_LIMITED' || status === 429) {
    return { kind: 'throttled', by: 'gateway', retryAtMs: nowMs + waitMs, ...supportIds };
  }
  // A subscription to an unknown job blames `jobId`. A page of another version than the gateway sends document ids that
  // the gateway does not know.
  if (code === 'BAD_USER_INPUT' && argument === 'jobId') return { kind: 'notFound', ...supportIds };
  if (code === 'BAD_USER_INPUT' && argument === 'documentId') return { kind: 'outdated', ...supportIds };
  // With a retry time, the identity provider is unavailable; without one, this replica is shutting down and another
  // will respond.
  if (code === 'SERVICE_UNAVAILABLE') {
    const isIdentity = details.origin === 'status' && details.retryAfterS !== undefined;
    return isIdentity
      ? { kind: 'unavailable', who: 'identity', ...supportIds }
      : { kind: 'unreachable', ...supportIds };
  }
  const kind = code === undefined ? undefined : KINDS[code];
  if (kind !== undefined) return { kind, ...supportIds };
  // Such a status without an error code comes from a proxy in front of the gateway.
  if (code === undefined && status >= 502 && status <= 504) return { kind: 'unreachable', ...supportIds };
  if (code === undefined && status === 403)
    return { kind: 'signedOut', accepts: acceptedCredentialsOf(undefined), ...supportIds };
  return { kind: 'unknown', ...supportIds };
}

/** Classifies a WebSocket close code. @see docs/errors.md, "WebSocket close codes" */
function failureOfSocket(closedWith: number, nowMs: number): Failure {
  if (closedWith === 4403 || closedWith === 4401)
    return { kind: 'signedOut', accepts: acceptedCredentialsOf(undefined) };
  if (closedWith === 1013) return { kind: 'throttled', by: 'gateway', retryAtMs: nowMs + DEFAULT_RETRY_MS };
  if (closedWith >= 4400 && closedWith <= 4429) return { kind: 'rejected' };
  return { kind: 'unreachable' };
}

/** Credential types that a `www-authenticate` header names. */
function acceptedCredentialsOf(challenge: string | undefined): AcceptedCredentials {
  const keys = challenge?.includes('ApiKey ') ?? false;
  const tokens = challenge?.includes('Bearer ') ?? false;
  return keys || tokens ? { keys, tokens } : { keys: true, tokens: true };
}

interface Fields {
  readonly code?: string | undefined;
  readonly argument?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly upstreamRequestId?: string | undefined;
}

/** The `extensions` of an error, without values of unexpected types. */
function facts(error: unknown): Fields {
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
