import type { IncomingMessage } from 'node:http';
import { type AuthFailure, type AuthResult, admitted } from '../../auth/auth-result.ts';
import type { Authenticator, Credentials } from '../../auth/authenticator.ts';
import type { CommonHeaders, RequestContext } from '../http/request-context.ts';
import type { Handler } from '../http/routes.ts';
import type { ClientRateLimit } from './client-rate-limit.ts';
import { sendTooManyRequests, sendUnauthorized } from './rejections.ts';
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
  readonly #rateLimit: ClientRateLimit | undefined;

  /**
   * @param authenticator undefined: everybody is let in
   * @param rateLimit undefined: requests are not limited
   */
  constructor(authenticator: Authenticator | undefined, rateLimit: ClientRateLimit | undefined) {
    this.#authenticator = authenticator;
    this.#rateLimit = rateLimit;
  }

  /** Whether callers have to authenticate. */
  get requiresCredentials(): boolean {
    return this.#authenticator !== undefined;
  }

  /** Whether tokens of an identity provider let in. */
  get takesTokens(): boolean {
    return this.#authenticator?.takesTokens === true;
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
    if (result.refusal === undefined) context.auth = result;
    else await this.#rateLimit?.waitOf(context, result, false);
    return result.refusal === undefined;
  }

  /**
   * Checks credentials that are not in the head of the request, as those of `connection_init`, and counts that as a request.
   *
   * @returns `waitMs` above 0 when the rate limit rejects the caller
   */
  async authenticate(
    context: RequestContext,
    credentials: Credentials,
  ): Promise<{ readonly refusal: AuthFailure | undefined; readonly waitMs: number }> {
    context.auth = await this.#check(context, credentials);
    return { refusal: context.auth.refusal, waitMs: await this.count(context) };
  }

  /** Counts one more request of the caller. @returns how long it has to wait, in milliseconds; 0 when it is within the limit */
  async count(context: RequestContext): Promise<number> {
    return this.#rateLimit?.waitOf(context, context.auth ?? ANYBODY, true) ?? 0;
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
      const refusal = context.auth?.refusal;
      if (refusal === undefined) return handler(context);
      sendUnauthorized(context, refusal, authenticator);
    };

    const proceedWithinLimit = async (context: RequestContext, waiting: Promise<number>) => {
      const waitMs = await waiting;
      if (context.response.destroyed) return;
      if (waitMs > 0) sendTooManyRequests(context, waitMs);
      else await proceed(context);
    };

    const checked = (context: RequestContext, result: AuthResult) => {
      if (context.response.destroyed) return;
      context.auth = result;
      if (rateLimit === undefined) return proceed(context);
      return proceedWithinLimit(context, rateLimit.waitOf(context, result, isCounted));
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

  #check(context: RequestContext, credentials: Credentials): AuthResult | Promise<AuthResult> {
    if (this.#authenticator === undefined) return ANYBODY;
    const source =
      credentials.authorization === undefined
        ? undefined
        : { address: context.address, connection: context.request.socket };
    return this.#authenticator.check(credentials, source);
  }
}

function mayStay({ refusal }: AuthResult): boolean {
  return refusal === undefined || refusal.kind === 'unchecked';
}
