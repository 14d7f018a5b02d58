import { LRUCache } from 'lru-cache';
import { epochNow } from '../clock.ts';
import { type ApiKey, digestOf, findKeyIndex } from './api-key.ts';
import { type AuthResult, admitted, clientOfKey, guessGroup, rejected } from './auth-result.ts';
import type { JwtOptions, Verified, Verifier } from './jwt.ts';
import type { CheckSource } from './signature-queue.ts';

/** Accepted credentials. Authentication is off without API keys and `jwt`. */
export interface AuthOptions {
  readonly apiKeys: readonly ApiKey[];
  /** Accepted tokens; undefined if none are. */
  readonly jwt: JwtOptions | undefined;
}

/** Values of the headers `x-api-key` and `authorization`; undefined if missing. */
export interface RequestCredentials {
  readonly apiKey: string | undefined;
  readonly authorization: string | undefined;
}

/** Authenticates callers by API key or bearer token. */
export interface Authenticator {
  readonly acceptsKeys: boolean;
  readonly acceptsTokens: boolean;
  /**
   * Authenticates a request. Synchronous for API keys and cached tokens; the promise never rejects.
   *
   * - An API key is accepted as `x-api-key` or as `authorization: Bearer`. A bearer that is no API key is verified as a token, if
   *   tokens are configured.
   * - If both headers are sent, both must be valid, and two API keys must belong to one client; the client is that of the API key.
   *   If only API keys are configured, any other `authorization` beside a valid `x-api-key` is ignored: a proxy may use it.
   *
   * @param source of the request, for fair queueing of signature checks
   */
  check(credentials: RequestCredentials, source?: CheckSource): AuthResult | Promise<AuthResult>;
  /** Closes the connection to the identity provider. Never rejects. */
  close(): Promise<void>;
}

/** Settings of the JWKS, and a callback for its failures. */
export interface AuthenticatorContext {
  /** Timeout for reading the JWKS, in milliseconds. */
  readonly jwksTimeoutMs: number;
  /** Called with the reason for each failed read of the JWKS. */
  readonly onJwksUnavailable: (reason: string) => void;
}

/** The scheme `Bearer`, case-insensitive, and the credential after it. @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1 */
const BEARER = /^Bearer +(\S.*)$/is;

const MISSING = rejected('missing', 'no credential');

/** Creates the authenticator; undefined if authentication is off. */
export function createAuthenticator(
  { apiKeys, jwt }: AuthOptions,
  { jwksTimeoutMs, onJwksUnavailable }: AuthenticatorContext,
): Authenticator | undefined {
  const tokens =
    jwt &&
    new TokenCache(async () =>
      (await import('./jwt.ts')).createVerifier(jwt, jwksTimeoutMs, onJwksUnavailable),
    );
  const acceptsKeys = apiKeys.length > 0;
  if (!acceptsKeys && tokens === undefined) return undefined;

  const results = apiKeys.map(({ client }) => admitted(clientOfKey(client)));

  const checkKey = (key: string): AuthResult => {
    // API keys contain no comma: it separates the entries of AUTH_API_KEYS, and the values of a repeated header.
    const reason = key.includes(',') ? 'more than one API key' : 'unknown key';
    return results[findKeyIndex(apiKeys, digestOf(key))] ?? rejected('key', reason, guessGroup('key', key));
  };

  const checkAuthorization = (
    authorization: string,
    byKey: AuthResult | undefined,
    source: CheckSource | undefined,
  ): AuthResult | Promise<AuthResult> => {
    const bearer = BEARER.exec(authorization)?.[1];
    if (bearer === undefined) {
      if (tokens === undefined) return byKey ?? MISSING;
      return rejected(
        'token',
        'authorization: expected the scheme Bearer and a token',
        guessGroup('token', authorization),
      );
    }
    const digest = digestOf(bearer);
    const byBearerKey = results[findKeyIndex(apiKeys, digest)];
    if (byBearerKey !== undefined) {
      const isOther = byKey !== undefined && byKey.client?.id !== byBearerKey.client?.id;
      return isOther ? rejected('key', 'API keys of two clients', guessGroup('key', bearer)) : byBearerKey;
    }
    if (tokens === undefined) return byKey ?? rejected('key', 'unknown key', guessGroup('key', bearer));
    const byToken = tokens.check(bearer, digest, source);
    if (byKey === undefined) return byToken;
    const both = (result: AuthResult) => (result.failure === undefined ? byKey : result);
    return byToken instanceof Promise ? byToken.then(both) : both(byToken);
  };

  return {
    acceptsKeys,
    acceptsTokens: tokens !== undefined,
    check({ apiKey, authorization }, source) {
      const byKey = acceptsKeys && apiKey !== undefined ? checkKey(apiKey) : undefined;
      if (byKey?.failure !== undefined) return byKey;
      if (authorization === undefined) return byKey ?? MISSING;
      return checkAuthorization(authorization, byKey, source);
    },
    async close() {
      await tokens?.close();
    },
  };
}

/** Maximum number of cached tokens; they take up to 2 MB. */
const MAX_TOKENS = 10_000;

/** A JWT in JWS compact serialization. @see https://www.rfc-editor.org/rfc/rfc7515#section-7.1 */
const COMPACT_FORM = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/**
 * Verifies bearer tokens and caches the valid ones by SHA-256, until the token expires or the JWKS is due to be read again: a key
 * that the provider withdraws stops working within 60 s. Rejections are not cached, because a new key may make the token valid.
 */
export class TokenCache {
  readonly #load: () => Promise<Verifier>;
  readonly #valid = new LRUCache<string, Verified>({ max: MAX_TOKENS });
  #verifier: Promise<Verifier> | undefined;

  /** @param load loads the verifier with the first token, so that jose is not loaded without tokens */
  constructor(load: () => Promise<Verifier>) {
    this.#load = load;
  }

  /**
   * Verifies a token. Synchronous if the token is cached, or is not a JWT in compact form.
   *
   * @param digest SHA-256 of the token
   * @param source for fair queueing of signature checks
   */
  check(token: string, digest: Buffer, source: CheckSource | undefined): AuthResult | Promise<AuthResult> {
    const id = digest.toString('base64');
    const known = this.#valid.get(id);
    if (known !== undefined && epochNow() < known.until) return known.result;
    return COMPACT_FORM.test(token)
      ? this.#verify(token, id, source)
      : rejected('token', 'authorization: expected a JWT in compact form', guessGroup('token', token));
  }

  async close(): Promise<void> {
    const verifier = await this.#verifier?.catch(() => undefined);
    verifier?.close();
  }

  async #verify(token: string, id: string, source: CheckSource | undefined): Promise<AuthResult> {
    this.#verifier ??= this.#load();
    let verifier: Verifier;
    try {
      verifier = await this.#verifier;
    } catch (error) {
      // The next token retries.
      this.#verifier = undefined;
      return rejected('unchecked', `cannot load the token verifier: ${(error as Error).message}`);
    }
    const verified = await verifier.verify(token, source);
    if (epochNow() < verified.until) this.#valid.set(id, verified);
    return verified.result;
  }
}
