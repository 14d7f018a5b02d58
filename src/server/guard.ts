import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AuthFailure, type AuthResult, admitted } from '../auth/auth-result.ts';
import type { Authenticator, Credentials } from '../auth/authenticator.ts';
import { addressOf } from './address.ts';
import { Allowance } from './allowance.ts';
import { noteVerdict, verdictOf } from './caller-verdict.ts';
import { credentialsOf } from './credentials.ts';
import type { Limit } from './rate-limit.ts';
import { createRefuse, type Refuse } from './refuse.ts';
import type { CommonHeaders, HeadWriter } from './routes.ts';

/** What a guard looks at. */
export interface GuardOptions {
  /** Undefined: everybody gets in. */
  readonly authenticator: Authenticator | undefined;
  /** For each client; undefined where there is none. */
  readonly limit: Limit | undefined;
}

/** What a cache has to tell requests apart by where a response depends on the credential. @see RFC 9110, section 12.5.5 */
const BY_CREDENTIAL: CommonHeaders = ['vary', 'authorization, x-api-key'];

/**
 * Access control in front of handlers: authentication, then the rate limit. It decides by the head of a request alone, so
 * that the body of a rejected request is never read; synchronously, unless there is a limit or a token that is not cached.
 */
export class Guard {
  readonly #authenticator: Authenticator | undefined;
  readonly #allowance: Allowance | undefined;
  readonly #refuse: Refuse;

  constructor({ authenticator, limit }: GuardOptions) {
    this.#authenticator = authenticator;
    this.#allowance = limit && new Allowance(limit);
    this.#refuse = createRefuse(authenticator);
  }

  /** Guards a handler whose requests count against the rate limit. Returns the handler itself where there is nothing to check. */
  counted(handler: HeadWriter): HeadWriter {
    if (this.#authenticator === undefined && this.#allowance === undefined) return handler;
    return this.#before(handler, true);
  }

  /** Guards a handler whose requests do not count; those without a valid credential do. */
  uncounted(handler: HeadWriter): HeadWriter {
    return this.#authenticator === undefined ? handler : this.#before(handler, false);
  }

  /** Whether callers get in by a token of an identity provider. */
  get takesTokens(): boolean {
    return this.#authenticator?.takesTokens === true;
  }

  /** Whether callers have to authenticate. */
  get asksForCredentials(): boolean {
    return this.#authenticator !== undefined;
  }

  /** The credentials in the head of a request, of the configured kinds alone: other headers may be a proxy's own. */
  credentialsOf(request: IncomingMessage): Credentials {
    if (this.#authenticator === undefined) return NO_CREDENTIALS;
    return credentialsOf(request, this.#authenticator.takesKeys, this.#authenticator.takesTokens);
  }

  /**
   * Whether a caller may see what an open path keeps from strangers: everybody where nobody has to authenticate, otherwise
   * callers with a valid credential. A wrong credential counts as at any other path; no credential does not count.
   */
  async mayKnow(request: IncomingMessage): Promise<boolean> {
    if (this.#authenticator === undefined) return true;
    const credentials = this.credentialsOf(request);
    if (credentials.apiKey === undefined && credentials.authorization === undefined) return false;
    const verdict = await this.#check(request, credentials);
    if (verdict.refusal === undefined) noteVerdict(request, verdict);
    else await this.#allowance?.waitOf(request, verdict, false);
    return verdict.refusal === undefined;
  }

  /**
   * Checks credentials that are not in the head of the request, as those of `connection_init`, and counts that as a request.
   * The verdict is noted on the request.
   *
   * @returns `waitMs` above 0 when the rate limit rejects the caller
   */
  async judge(
    request: IncomingMessage,
    credentials: Credentials,
  ): Promise<{ readonly refusal: AuthFailure | undefined; readonly waitMs: number }> {
    const verdict = await this.#check(request, credentials);
    noteVerdict(request, verdict);
    return { refusal: verdict.refusal, waitMs: await this.count(request) };
  }

  /** Counts one more request of whoever sent this one. @returns how long it has to wait, in milliseconds; 0 if it need not */
  async count(request: IncomingMessage): Promise<number> {
    return this.#allowance?.waitOf(request, verdictOf(request) ?? ANYBODY, true) ?? 0;
  }

  /** Whether these credentials are still valid. Those that cannot be checked now count as valid: an open stream goes on. */
  admits(credentials: Credentials): boolean | Promise<boolean> {
    const verdict = this.#authenticator?.check(credentials) ?? ANYBODY;
    return verdict instanceof Promise ? verdict.then(mayStay) : mayStay(verdict);
  }

  #before(handler: HeadWriter, isCounted: boolean): HeadWriter {
    const allowance = this.#allowance;

    const go: Judge = (request, response, common, { refusal }) => {
      if (refusal === undefined) return handler(request, response, common);
      this.#refuse.stranger(request, response, common, refusal);
    };

    const count = async (wait: Promise<number>, ...args: Parameters<Judge>) => {
      const waitMs = await wait;
      const [request, response, common] = args;
      if (response.destroyed) return;
      if (waitMs > 0) this.#refuse.hasty(request, response, common, waitMs, args[3].refusal !== undefined);
      else await go(...args);
    };

    const judge: Judge = (request, response, common, verdict) => {
      if (response.destroyed) return;
      noteVerdict(request, verdict);
      if (allowance === undefined) return go(request, response, common, verdict);
      return count(allowance.waitOf(request, verdict, isCounted), request, response, common, verdict);
    };

    const dependsOnCredential = this.#authenticator !== undefined;

    return (request, response, given) => {
      const verdict = this.#check(request, this.credentialsOf(request));
      const isCacheable = dependsOnCredential && (request.method === 'GET' || request.method === 'HEAD');
      const common = isCacheable ? [...given, ...BY_CREDENTIAL] : given;
      if (!(verdict instanceof Promise)) return judge(request, response, common, verdict);
      return verdict.then((late) => judge(request, response, common, late));
    };
  }

  #check(request: IncomingMessage, credentials: Credentials): AuthResult | Promise<AuthResult> {
    if (this.#authenticator === undefined) return ANYBODY;
    const source =
      credentials.authorization === undefined
        ? undefined
        : { address: addressOf(request), connection: request.socket };
    return this.#authenticator.check(credentials, source);
  }
}

/** Goes on with a request, knowing who sends it. */
type Judge = (
  request: IncomingMessage,
  response: ServerResponse,
  common: CommonHeaders,
  verdict: AuthResult,
) => void | Promise<void>;

const ANYBODY = admitted(undefined);

const NO_CREDENTIALS: Credentials = { apiKey: undefined, authorization: undefined };

function mayStay({ refusal }: AuthResult): boolean {
  return refusal === undefined || refusal.kind === 'unchecked';
}
