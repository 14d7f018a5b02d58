import type { IncomingMessage } from 'node:http';
import { type AuthFailure, type AuthResult, admitted } from '../../auth/auth-result.ts';
import type { Authenticator, Credentials } from '../../auth/authenticator.ts';
import type { CommonHeaders, Handler, RequestContext } from '../http/request-context.ts';
import { CLOSE_CONNECTION, closeBeforeLongBody, sendError, sendRateLimited } from '../http/responses.ts';
import type { RateLimitStore } from './client-rate-limit.ts';
import { credentialsOf } from './request-credentials.ts';

/** What a cache has to tell requests apart by where a response depends on the credential. @see RFC 9110, section 12.5.5 */
const BY_CREDENTIAL: CommonHeaders = ['vary', 'authorization, x-api-key'];

const ANYBODY = admitted(undefined);

const NO_CREDENTIALS: Credentials = { apiKey: undefined, authorization: undefined };

/**
 * Authentication in front of handlers, then the rate limit. It decides by the head of a request alone, so that the body of a
 * rejected request is never read; synchronously, unless there is a limit or a token that is not cached.
 */
export class AccessControl {
  readonly #authenticator: Authenticator | undefined;
  readonly #rateLimit: RateLimitStore | undefined;

  /**
   * @param authenticator undefined: everybody is let in
   * @param rateLimit undefined: requests are not limited
   */
  constructor(authenticator: Authenticator | undefined, rateLimit: RateLimitStore | undefined) {
    this.#authenticator = authenticator;
    this.#rateLimit = rateLimit;
  }

  /** Whether callers have to authenticate. */
  get requiresCredentials(): boolean {
    return this.#authenticator !== undefined;
  }

  /** Whether tokens of an identity provider let in. */
  get acceptsTokens(): boolean {
    return this.#authenticator?.acceptsTokens === true;
  }

  /** A handler whose requests count against the rate limit; the handler itself where there is nothing to check. */
  authenticatedAndRateLimited(handler: Handler): Handler {
    if (this.#authenticator === undefined && this.#rateLimit === undefined) return handler;
    return this.#before(handler, true);
  }

  /** A handler whose requests do not count; those without a valid credential do. */
  authenticatedOnly(handler: Handler): Handler {
    return this.#authenticator === undefined ? handler : this.#before(handler, false);
  }

  /** The credentials in the head of a request, of the configured kinds alone: other headers may be a proxy's own. */
  credentialsOf(request: IncomingMessage): Credentials {
    return this.#authenticator === undefined ? NO_CREDENTIALS : credentialsOf(request, this.#authenticator);
  }

  /**
   * Whether a caller may see what an open path keeps from strangers: everybody where nobody has to authenticate, otherwise
   * callers with a valid credential. A wrong credential counts as at any other path; no credential does not count.
   */
  async mayKnow(context: RequestContext): Promise<boolean> {
    if (this.#authenticator === undefined) return true;
    const credentials = this.credentialsOf(context.request);
    if (credentials.apiKey === undefined && credentials.authorization === undefined) return false;
    const result = await this.#check(context, credentials);
    if (result.failure === undefined) context.auth = result;
    else await this.#waitOf(context, result, false);
    return result.failure === undefined;
  }

  /**
   * Checks credentials that are not in the head of the request, as those of `connection_init`, and counts that as a request.
   *
   * @returns `waitMs` above 0 when the rate limit rejects the caller
   */
  async authenticate(
    context: RequestContext,
    credentials: Credentials,
  ): Promise<{ readonly failure: AuthFailure | undefined; readonly waitMs: number }> {
    context.auth = await this.#check(context, credentials);
    return { failure: context.auth.failure, waitMs: await this.count(context) };
  }

  /** Counts one more request of the caller. @returns how long it has to wait, in milliseconds; 0 when it is within the limit */
  async count(context: RequestContext): Promise<number> {
    return this.#waitOf(context, context.auth ?? ANYBODY, true);
  }

  /** Whether credentials are still valid. Those that cannot be checked now count as valid: an open stream goes on. */
  admits(credentials: Credentials): boolean | Promise<boolean> {
    const result = this.#authenticator?.check(credentials) ?? ANYBODY;
    return result instanceof Promise ? result.then(mayStay) : mayStay(result);
  }

  #before(handler: Handler, isCounted: boolean): Handler {
    const rateLimit = this.#rateLimit;
    const authenticator = this.#authenticator;

    const proceed: Handler = (context) => {
      const failure = context.auth?.failure;
      if (failure === undefined) return handler(context);
      sendUnauthorized(context, failure, authenticator);
    };

    const proceedWithinLimit = async (context: RequestContext, waiting: Promise<number>) => {
      const waitMs = await waiting;
      if (context.response.destroyed) return;
      if (waitMs <= 0) return proceed(context);
      const message = `Too many requests in a minute. Try again in ${Math.ceil(waitMs / 1000)} s.`;
      // Each further guess of a caller without a valid credential costs another connection.
      const isGuess = context.auth?.failure !== undefined;
      sendRateLimited(context, message, waitMs, isGuess ? CLOSE_CONNECTION : closeBeforeLongBody(context));
    };

    const checked = (context: RequestContext, result: AuthResult) => {
      if (context.response.destroyed) return;
      context.auth = result;
      if (rateLimit === undefined) return proceed(context);
      return proceedWithinLimit(context, this.#waitOf(context, result, isCounted));
    };

    return (context) => {
      const { request } = context;
      const result = this.#check(context, this.credentialsOf(request));
      if (authenticator !== undefined && (request.method === 'GET' || request.method === 'HEAD'))
        context.headers = [...context.headers, ...BY_CREDENTIAL];
      if (!(result instanceof Promise)) return checked(context, result);
      return result.then((late) => checked(context, late));
    };
  }

  /**
   * Counts a request for `LIMIT_REQUESTS_PER_MINUTE`:
   * - An authenticated client is counted by its own id, and by nothing that anybody else can use up.
   * - An anonymous caller is counted by address.
   * - A request without a valid credential is counted by address; a wrong credential also by the group of what was guessed
   *   (`guessGroup`), so that guesses from many addresses share a count.
   *
   * Credentials are checked before this, so a valid one is admitted however many wrong ones came from its address.
   *
   * @param isCounted whether the request of an authenticated client counts; one without a valid credential always does
   * @returns how long the caller has to wait, in milliseconds; 0 when the request is within the limit
   */
  async #waitOf(
    context: RequestContext,
    { client, failure }: AuthResult,
    isCounted: boolean,
  ): Promise<number> {
    const store = this.#rateLimit;
    if (store === undefined) return 0;
    if (client !== undefined) return isCounted ? store.take(client.id) : 0;
    // The identity provider is away, which is not the caller's doing.
    if (failure?.kind === 'unchecked') return 0;
    const waitMs = await store.take(context.address);
    if (waitMs > 0 || failure?.guess === undefined) return waitMs;
    return store.take(failure.guess);
  }

  #check(context: RequestContext, credentials: Credentials): AuthResult | Promise<AuthResult> {
    if (this.#authenticator === undefined) return ANYBODY;
    const source =
      credentials.authorization === undefined
        ? undefined
        : { address: context.address, connection: context.request.socket };
    return this.#authenticator.check(credentials, source);
  }
}

function mayStay({ failure }: AuthResult): boolean {
  return failure === undefined || failure.kind === 'unchecked';
}

/** The protection space of the gateway's credentials. @see https://www.rfc-editor.org/rfc/rfc9110#section-11.5 */
const REALM = 'realm="voice-jobs"';

/** Retry-After of a caller whose token cannot be checked, in seconds. */
const UNCHECKED_RETRY_S = 5;

/**
 * 401, or 503 when it could not be found out who asks. Names the credentials that let in, and of an invalid one not what is
 * wrong with it.
 *
 * @param takes which credentials let in
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-3
 */
function sendUnauthorized(
  context: RequestContext,
  failure: AuthFailure,
  takes: Authenticator | undefined,
): void {
  const closing = closeBeforeLongBody(context);
  if (failure.kind === 'unchecked') {
    const headers = [...closing, 'retry-after', String(UNCHECKED_RETRY_S)];
    const message =
      'Tokens cannot be verified, because the identity provider is unavailable. Try again later.';
    sendError(context, 503, 'SERVICE_UNAVAILABLE', message, { headers });
    return;
  }
  const ways = [
    ...(takes?.acceptsKeys ? ['an API key as `x-api-key` or as `authorization: Bearer`'] : []),
    ...(takes?.acceptsTokens ? ['a token as `authorization: Bearer`'] : []),
  ].join(' or ');
  const challenges = [
    // Clients read from it whether tokens let in, so it is not named for the keys that are taken by it, too.
    ...(takes?.acceptsTokens
      ? [`Bearer ${REALM}${failure.kind === 'token' ? ', error="invalid_token"' : ''}`]
      : []),
    // There is no registered scheme for keys in a header of their own, and a 401 has to name one.
    ...(takes?.acceptsKeys ? [`ApiKey ${REALM}`] : []),
  ];
  const headers = [...closing, 'www-authenticate', challenges.join(', ')];
  const what = failure.kind === 'missing' ? 'Missing credential.' : 'Invalid credential.';
  sendError(context, 401, 'UNAUTHENTICATED', `${what} Send ${ways}.`, { headers });
}
