import type { IncomingMessage } from 'node:http';
import { type AuthFailure, type AuthResult, admitted } from '../../auth/auth-result.ts';
import type { Authenticator, RequestCredentials } from '../../auth/authenticator.ts';
import type { CommonHeaders, Handler, RequestContext } from '../http/request-context.ts';
import { CLOSE_CONNECTION, closeBeforeLongBody, sendError, sendRateLimited } from '../http/responses.ts';
import type { RateLimitStore } from './client-rate-limit.ts';
import { credentialsOf } from './request-credentials.ts';

/** `vary` of a response that depends on the credential, for caches. @see RFC 9110, section 12.5.5 */
const BY_CREDENTIAL: CommonHeaders = ['vary', 'authorization, x-api-key'];

const ANONYMOUS = admitted(undefined);

const NO_CREDENTIALS: RequestCredentials = { apiKey: undefined, authorization: undefined };

/**
 * Middleware for authentication, then the per-client rate limit. It decides by the request headers alone, so that the
 * body of a rejected request is never read. It is synchronous unless a rate limit is configured or a token is not
 * cached.
 */
export class AccessControl {
  readonly #authenticator: Authenticator | undefined;
  readonly #rateLimit: RateLimitStore | undefined;

  /**
   * @param authenticator undefined: every caller is admitted
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

  /** Whether tokens of an identity provider are accepted. */
  get acceptsTokens(): boolean {
    return this.#authenticator?.acceptsTokens === true;
  }

  /**
   * Wraps a handler whose requests count against the rate limit. Returns the handler itself when there is nothing to
   * check.
   */
  authenticatedAndRateLimited(handler: Handler): Handler {
    if (this.#authenticator === undefined && this.#rateLimit === undefined) return handler;
    return this.#before(handler, true);
  }

  /** Wraps a handler whose requests do not count against the rate limit, except those without a valid credential. */
  authenticatedOnly(handler: Handler): Handler {
    return this.#authenticator === undefined ? handler : this.#before(handler, false);
  }

  /**
   * The credentials in the headers of a request. Reads only the configured kinds, because a proxy may use the other
   * headers for itself.
   */
  credentialsOf(request: IncomingMessage): RequestCredentials {
    return this.#authenticator === undefined ? NO_CREDENTIALS : credentialsOf(request, this.#authenticator);
  }

  /**
   * Whether a caller may see the details of a path that is open to everybody: always when authentication is off,
   * otherwise only with a valid credential. A wrong credential counts against the rate limit as on any other path; a
   * missing one does not.
   */
  async maySeeDetails(context: RequestContext): Promise<boolean> {
    if (this.#authenticator === undefined) return true;
    const credentials = this.credentialsOf(context.request);
    if (credentials.apiKey === undefined && credentials.authorization === undefined) return false;
    const result = await this.#check(context, credentials);
    if (result.failure === undefined) context.auth = result;
    else await this.#countRequest(context, result, false);
    return result.failure === undefined;
  }

  /**
   * Authenticates credentials that are not in the request headers, such as those of `connection_init`, and counts a
   * request.
   *
   * @returns `waitMs` above 0 when the rate limit rejects the caller
   */
  async authenticate(
    context: RequestContext,
    credentials: RequestCredentials,
  ): Promise<{ readonly failure: AuthFailure | undefined; readonly waitMs: number }> {
    context.auth = await this.#check(context, credentials);
    return { failure: context.auth.failure, waitMs: await this.count(context) };
  }

  /**
   * Counts one more request of the caller. @returns how long the caller must wait, in milliseconds; 0 within the limit
   */
  async count(context: RequestContext): Promise<number> {
    return this.#countRequest(context, context.auth ?? ANONYMOUS, true);
  }

  /**
   * Whether credentials are still valid. Credentials that cannot be checked now count as valid, so that open streams
   * continue.
   */
  admits(credentials: RequestCredentials): boolean | Promise<boolean> {
    const result = this.#authenticator?.check(credentials) ?? ANONYMOUS;
    return result instanceof Promise ? result.then(isStillAdmitted) : isStillAdmitted(result);
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
      // Closing the connection makes each further guess of an invalid credential cost a new connection.
      const isGuess = context.auth?.failure !== undefined;
      sendRateLimited(context, message, waitMs, isGuess ? CLOSE_CONNECTION : closeBeforeLongBody(context));
    };

    const checked = (context: RequestContext, result: AuthResult) => {
      if (context.response.destroyed) return;
      context.auth = result;
      if (rateLimit === undefined) return proceed(context);
      return proceedWithinLimit(context, this.#countRequest(context, result, isCounted));
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
   * Counts a request against `LIMIT_REQUESTS_PER_MINUTE`:
   * - An authenticated client is counted by its own id, which no other caller can use up.
   * - An anonymous caller is counted by address.
   * - A request without a valid credential is counted by address. A wrong credential is also counted by the group of
   *   what was guessed (`guessGroup`), so that guesses from many addresses share a count.
   *
   * Credentials are checked first, so a valid one is admitted however many wrong ones came from the same address.
   *
   * @param isCounted whether the request of an authenticated client counts; a request without a valid credential always
   *   does
   * @returns how long the caller must wait, in milliseconds; 0 within the limit
   */
  async #countRequest(
    context: RequestContext,
    { client, failure }: AuthResult,
    isCounted: boolean,
  ): Promise<number> {
    const store = this.#rateLimit;
    if (store === undefined) return 0;
    if (client !== undefined) return isCounted ? store.take(client.id) : 0;
    // The identity provider is unavailable, which is not the caller's fault.
    if (failure?.kind === 'unchecked') return 0;
    const waitMs = await store.take(context.address);
    if (waitMs > 0 || failure?.guess === undefined) return waitMs;
    return store.take(failure.guess);
  }

  #check(context: RequestContext, credentials: RequestCredentials): AuthResult | Promise<AuthResult> {
    if (this.#authenticator === undefined) return ANONYMOUS;
    const source =
      credentials.authorization === undefined
        ? undefined
        : { address: context.address, connection: context.request.socket };
    return this.#authenticator.check(credentials, source);
  }
}

function isStillAdmitted({ failure }: AuthResult): boolean {
  return failure === undefined || failure.kind === 'unchecked';
}

/** Protection space of the gateway's credentials. @see https://www.rfc-editor.org/rfc/rfc9110#section-11.5 */
const REALM = 'realm="voice-jobs"';

/** Retry-After when tokens cannot be verified, in seconds. */
const UNCHECKED_RETRY_S = 5;

/**
 * Sends 401, or 503 when the identity provider is unavailable. Lists the accepted kinds of credentials; never says why
 * a credential failed.
 *
 * @param authenticator names the accepted kinds
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-3
 */
function sendUnauthorized(
  context: RequestContext,
  failure: AuthFailure,
  authenticator: Authenticator | undefined,
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
    ...(authenticator?.acceptsKeys ? ['an API key as `x-api-key` or as `authorization: Bearer`'] : []),
    ...(authenticator?.acceptsTokens ? ['a token as `authorization: Bearer`'] : []),
  ].join(' or ');
  const challenges = [
    // Clients take a Bearer challenge as a sign that tokens are accepted, so API keys sent as Bearer do not add one.
    ...(authenticator?.acceptsTokens
      ? [`Bearer ${REALM}${failure.kind === 'token' ? ', error="invalid_token"' : ''}`]
      : []),
    // API keys in a header of their own have no registered scheme, but a 401 must name one.
    ...(authenticator?.acceptsKeys ? [`ApiKey ${REALM}`] : []),
  ];
  const headers = [...closing, 'www-authenticate', challenges.join(', ')];
  const what = failure.kind === 'missing' ? 'Missing credential.' : 'Invalid credential.';
  sendError(context, 401, 'UNAUTHENTICATED', `${what} Send ${ways}.`, { headers });
}
