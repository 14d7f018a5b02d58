import { LRUCache } from 'lru-cache';
import { epochNow } from '../clock.ts';
import { type ApiKey, digestOf, indexOfKey } from './api-key.ts';
import { type AuthResult, admitted, clientOfKey, guessGroup, rejected } from './auth-result.ts';
import type { JwtOptions, Verified, Verifier } from './jwt.ts';
import type { CheckSource } from './signature-queue.ts';

/** Whom the gateway lets in. Without keys and without tokens: everybody. */
export interface AuthOptions {
  readonly apiKeys: readonly ApiKey[];
  /** Tokens signed with a key of a JWKS; undefined where none are accepted. */
  readonly jwt: JwtOptions | undefined;
}

/** Whole values of two headers of a request; undefined where they are missing. */
export interface Credentials {
  readonly apiKey: string | undefined;
  readonly authorization: string | undefined;
}

export interface Authenticator {
  readonly takesKeys: boolean;
  readonly takesTokens: boolean;
  /**
   * Returns at once for API keys and for cached tokens; the promise never rejects. One credential is enough:
   *
   * - An API key is taken as `x-api-key` or as `authorization: Bearer`. A bearer that is none of the keys is checked as a
   *   token where tokens are configured.
   * - Where both headers are sent, both have to be valid, and two keys of one client; the client is that of the key. Where
   *   only keys are configured, any other `authorization` is ignored beside a valid `x-api-key`: a proxy may use it.
   *
   * @param source whose request it is, for fairness while signatures wait to be verified
   */
  check(credentials: Credentials, source?: CheckSource): AuthResult | Promise<AuthResult>;
  /** Closes the connection to the identity provider. Never rejects. */
  close(): Promise<void>;
}

export interface AuthenticatorContext {
  /** How long the identity provider may take to hand out its keys, in milliseconds. */
  readonly jwksTimeoutMs: number;
  /** Called with the reason each time it did not. */
  readonly onJwksAway: (reason: string) => void;
}

/** The scheme in any case, and all that follows it. @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1 */
const BEARER = /^Bearer +(\S.*)$/is;

const MISSING = rejected('missing', 'no credential');

/** Undefined where authentication is off. */
export function createAuthenticator(
  { apiKeys, jwt }: AuthOptions,
  { jwksTimeoutMs, onJwksAway }: AuthenticatorContext,
): Authenticator | undefined {
  const tokens =
    jwt &&
    new TokenCache(async () => (await import('./jwt.ts')).createVerifier(jwt, jwksTimeoutMs, onJwksAway));
  const takesKeys = apiKeys.length > 0;
  if (!takesKeys && tokens === undefined) return undefined;

  const results = apiKeys.map(({ client }) => admitted(clientOfKey(client)));

  const checkKey = (key: string): AuthResult => {
    // No key has a comma: it separates the keys in the configuration, and the values of a header that was sent twice.
    const reason = key.includes(',') ? 'more than one API key' : 'unknown key';
    return results[indexOfKey(apiKeys, digestOf(key))] ?? rejected('key', reason, guessGroup('key', key));
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
    const byBearerKey = results[indexOfKey(apiKeys, digest)];
    if (byBearerKey !== undefined) {
      const isOther = byKey !== undefined && byKey.client?.id !== byBearerKey.client?.id;
      return isOther ? rejected('key', 'API keys of two clients', guessGroup('key', bearer)) : byBearerKey;
    }
    if (tokens === undefined) return byKey ?? rejected('key', 'unknown key', guessGroup('key', bearer));
    const byToken = tokens.check(bearer, digest, source);
    if (byKey === undefined) return byToken;
    const both = (result: AuthResult) => (result.refusal === undefined ? byKey : result);
    return byToken instanceof Promise ? byToken.then(both) : both(byToken);
  };

  return {
    takesKeys,
    takesTokens: tokens !== undefined,
    check({ apiKey, authorization }, source) {
      const byKey = takesKeys && apiKey !== undefined ? checkKey(apiKey) : undefined;
      if (byKey?.refusal !== undefined) return byKey;
      if (authorization === undefined) return byKey ?? MISSING;
      return checkAuthorization(authorization, byKey, source);
    },
    async close() {
      await tokens?.close();
    },
  };
}

/** Valid tokens that are cached: 2 MB at most. */
const MAX_TOKENS = 10_000;

/** A token in JWS's compact form. @see https://www.rfc-editor.org/rfc/rfc7515#section-7.1 */
const COMPACT_FORM = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/**
 * Checks bearer tokens and caches the valid ones by their SHA-256, until the token expires or the provider's keys are due to be
 * read again: a key that the provider withdraws stops working within 60 s. Rejections are not cached: a new key may turn them.
 */
export class TokenCache {
  readonly #load: () => Promise<Verifier>;
  readonly #valid = new LRUCache<string, Verified>({ max: MAX_TOKENS });
  #verifier: Promise<Verifier> | undefined;

  /** @param load called when the first token comes, so that a run without tokens does not load jose */
  constructor(load: () => Promise<Verifier>) {
    this.#load = load;
  }

  /**
   * @param digest SHA-256 of the token
   * @param source for fairness while signatures wait to be verified
   * @returns at once when the token is cached as valid, or has not the form of a token
   */
  check(token: string, digest: Buffer, source: CheckSource | undefined): AuthResult | Promise<AuthResult> {
    const id = digest.toString('base64');
    const known = this.#valid.get(id);
    if (known !== undefined && epochNow() < known.until) return known.result;
    return COMPACT_FORM.test(token)
      ? this.#checkAnew(token, id, source)
      : rejected('token', 'authorization: expected a JWT in compact form', guessGroup('token', token));
  }

  async close(): Promise<void> {
    const verifier = await this.#verifier?.catch(() => undefined);
    verifier?.close();
  }

  async #checkAnew(token: string, id: string, source: CheckSource | undefined): Promise<AuthResult> {
    this.#verifier ??= this.#load();
    let verifier: Verifier;
    try {
      verifier = await this.#verifier;
    } catch (error) {
      // The next token loads it again.
      this.#verifier = undefined;
      return rejected('unchecked', `cannot load the token verifier: ${(error as Error).message}`);
    }
    const verified = await verifier.verify(token, source);
    if (epochNow() < verified.until) this.#valid.set(id, verified);
    return verified.result;
  }
}
