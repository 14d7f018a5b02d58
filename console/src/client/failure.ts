import {
  CombinedGraphQLErrors,
  ServerError,
  ServerParseError,
  UnconventionalError,
} from '@apollo/client/errors';
import { type Clues, kindOf } from './failure-kinds.ts';

/** What every failure may carry for whoever is asked for help. */
export interface Traces {
  /** The gateway's own id of the answer, its `x-request-id`. */
  readonly requestId?: string | undefined;
  /** The upstream's id of the call that failed, where there was one. */
  readonly upstreamRequestId?: string | undefined;
  /** `extensions.code` of the error, for the support desk alone. */
  readonly code?: string | undefined;
  /** The argument that is to blame, where one is. */
  readonly argument?: string | undefined;
}

/** Which credentials let in, as the gateway said; both where it did not say. */
export interface Takes {
  readonly keys: boolean;
  readonly tokens: boolean;
}

/**
 * What went wrong, as people are told of it. There is nothing in it of what a server wrote: the words are the console's
 * own, in the language of its reader.
 *
 * - `throttled`: too much was asked, of the upstream's account or of the gateway, until `retryAtMs`
 * - `away`: the upstream does not answer, or fails; or the identity provider does, without which no token can be checked
 * - `signedOut`: no credential, or one that is not taken
 * - `refused`: the gateway does not answer this request, and asking again changes nothing
 * - `outdated`: the gateway has other documents than this page was built with
 * - `denied`: the upstream refuses the gateway, which its operator has to mend
 * - `gone`: the job was deleted, or never was
 * - `unreachable`: no answer of the gateway came
 * - `unknown`: none of these
 */
export type Failure = Traces &
  (
    | { readonly kind: 'throttled'; readonly by: 'upstream' | 'gateway'; readonly retryAtMs: number }
    | { readonly kind: 'signedOut'; readonly takes: Takes }
    | { readonly kind: 'away'; readonly who?: 'identity' }
    | {
        readonly kind: 'refused' | 'outdated' | 'denied' | 'gone' | 'unreachable' | 'unknown';
      }
  );

/** What was made of an error before: a countdown must not begin anew each time somebody asks. */
const known = new WeakMap<object, Failure>();

/**
 * Makes what Apollo Client, `fetch` or a WebSocket throws a failure that can be told. The same error always gives the same
 * failure. The request id of an answer with status 200 is known only where a link has put the `x-request-id` of the
 * response into the `extensions` of the result as `requestId`.
 *
 * @param nowMs when the error came, by which a time to wait becomes a moment
 */
export function failureOf(error: unknown, nowMs: number = Date.now()): Failure {
  if (typeof error !== 'object' || error === null) return { kind: 'unknown' };
  const before = known.get(error);
  if (before !== undefined) return before;
  const failure = kindOf(cluesOf(error), nowMs);
  known.set(error, failure);
  return failure;
}

/** Collects what an error of any origin tells. */
function cluesOf(error: object): Clues {
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
  // What is no `Error` comes wrapped.
  if (UnconventionalError.is(error)) return cluesOf(Object(error.cause));
  // What a subscription ends with: a list of errors, or how its socket was closed.
  if (Array.isArray(error)) return { origin: 'answer', errors: error };
  if (isCloseEvent(error)) return { origin: 'socket', closedWith: error.code };
  // `fetch` says no more than this of a network that fails, and Apollo Client hands it on as it is.
  if (error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError')) {
    return { origin: 'network' };
  }
  return { origin: 'elsewhere' };
}

/** A `CloseEvent`, or what has its form. An `AbortError` has a code too, which is none of a socket. */
function isCloseEvent(error: object): error is { readonly code: number } {
  return 'code' in error && typeof error.code === 'number' && 'reason' in error;
}

/** The errors of a refusal, which has the form of a GraphQL answer; none where somebody else answered. */
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
