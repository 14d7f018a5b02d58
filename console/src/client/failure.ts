import {
  CombinedGraphQLErrors,
  ServerError,
  ServerParseError,
  UnconventionalError,
} from '@apollo/client/errors';
import { classifyError, type ErrorDetails } from './classify-failure.ts';

/** Ids of a failure, for support. */
export interface SupportIds {
  /** Id of the response: its `x-request-id`. */
  readonly requestId?: string | undefined;
  /** Id of the failed upstream call, if there was one. */
  readonly upstreamRequestId?: string | undefined;
  /** `extensions.code` of the error; not shown to users. */
  readonly code?: string | undefined;
  /** Argument that the error is about, if any. */
  readonly argument?: string | undefined;
}

/** Credential types that the gateway accepts; both when it does not say. */
export interface AcceptedCredentials {
  readonly keys: boolean;
  readonly tokens: boolean;
}

/**
 * A classified error. It contains no text of a server: the console shows its own texts in the user's language.
 *
 * - `throttled`: the quota of the upstream account or the rate limit of the gateway is used up until `retryAtMs`
 * - `unavailable`: the upstream does not respond or fails, or the identity provider does not respond
 * - `signedOut`: the credential is missing or was rejected
 * - `rejected`: the gateway rejects this request, and retrying does not help
 * - `outdated`: this page was built for another version of the gateway
 * - `denied`: the upstream rejects the gateway's credentials or permissions, which its operator has to fix
 * - `notFound`: the object does not exist, or was deleted
 * - `unreachable`: the gateway did not respond
 * - `unknown`: anything else
 */
export type Failure = SupportIds &
  (
    | { readonly kind: 'throttled'; readonly by: 'upstream' | 'gateway'; readonly retryAtMs: number }
    | { readonly kind: 'signedOut'; readonly accepts: AcceptedCredentials }
    | { readonly kind: 'unavailable'; readonly who?: 'identity' }
    | {
        readonly kind: 'rejected' | 'outdated' | 'denied' | 'notFound' | 'unreachable' | 'unknown';
      }
  );

/** Failures by their errors: classifying an error again must not restart a countdown. */
const failures = new WeakMap<object, Failure>();

/**
 * Classifies what Apollo Client, `fetch` or a WebSocket throws. The same error always gives the same failure object.
 * The request id of a response with status 200 is known only if a link has put its `x-request-id` into the `extensions`
 * of the result as `requestId`.
 *
 * @param nowMs time of the error, from which the retry time is counted, in epoch milliseconds
 */
export function failureOf(error: unknown, nowMs: number = Date.now()): Failure {
  if (typeof error !== 'object' || error === null) return { kind: 'unknown' };
  const before = failures.get(error);
  if (before !== undefined) return before;
  const failure = classifyError(errorDetailsOf(error), nowMs);
  failures.set(error, failure);
  return failure;
}

/** Extracts the details of an error of any origin. */
function errorDetailsOf(error: object): ErrorDetails {
  if (CombinedGraphQLErrors.is(error)) {
    return { origin: 'answer', errors: error.errors, requestId: text(error.extensions?.requestId) };
  }
  if (ServerError.is(error) || ServerParseError.is(error)) {
    const { headers, status } = error.response;
    return {
      origin: 'status',
      status,
      errors: errorsIn(error.bodyText),
      requestId: text(headers.get('x-request-id')),
      challenge: text(headers.get('www-authenticate')),
      retryAfterS: text(headers.get('retry-after')),
    };
  }
  // Apollo Client wraps thrown values that are not an `Error`.
  if (UnconventionalError.is(error)) return errorDetailsOf(Object(error.cause));
  // A subscription fails with a list of errors, or with the close event of its socket.
  if (Array.isArray(error)) return { origin: 'answer', errors: error };
  if (isCloseEvent(error)) return { origin: 'socket', closedWith: error.code };
  // `fetch` reports a network failure as a TypeError only, and Apollo Client passes it on.
  if (error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError')) {
    return { origin: 'network' };
  }
  return { origin: 'elsewhere' };
}

/** Whether it is a `CloseEvent` or has its shape. An `AbortError` has a `code` too, but not that of a socket. */
function isCloseEvent(error: object): error is { readonly code: number } {
  return 'code' in error && typeof error.code === 'number' && 'reason' in error;
}

/** The errors in the body of an HTTP error response; empty when it is not a GraphQL response. */
function errorsIn(body: string): readonly unknown[] {
  try {
    const { errors } = JSON.parse(body) as { errors?: unknown };
    return Array.isArray(errors) ? errors : [];
  } catch {
    return [];
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
