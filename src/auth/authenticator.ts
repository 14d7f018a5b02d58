import { type ApiKey, digestOf, indexOfKey } from './api-key.ts';
import { type AuthResult, admitted, clientOfKey, guessGroup, rejected } from './auth-result.ts';
import type { JwtOptions } from './jwt.ts';
import type { CheckSource } from './signature-queue.ts';
import { TokenCache } from './token-cache.ts';

/** Whom the gateway lets in. Without keys and without tokens: everybody. */
export interface AuthOptions {
  readonly apiKeys: readonly ApiKey[];
  /** Tokens signed with a key of a JWKS; undefined where none are accepted. */
  readonly jwt: JwtOptions | undefined;
}

/** The credentials of a request: the whole values of two headers, undefined where they are missing. */
export interface Credentials {
  /** `x-api-key` */
  readonly apiKey: string | undefined;
  readonly authorization: string | undefined;
}

/** Authenticates callers. */
export interface Authenticator {
  readonly takesKeys: boolean;
  readonly takesTokens: boolean;
  /**
   * Returns at once for API keys and for cached tokens; the promise never rejects. One credential is enough:
   *
   * - An API key is taken as `x-api-key` or as `authorization: Bearer`. A bearer that is none of the keys is checked as a
   *   token where tokens are configured.
   * - Both headers may be sent. Then both have to be valid, and two keys have to be of one client; the client is that of the
   *   key. Where only keys are configured, an `authorization` that is none of them is ignored beside a valid `x-api-key`:
   *   a proxy on the way may use it for itself.
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
      return isOther ? rejected('key', 'keys of two clients', guessGroup('key', bearer)) : byBearerKey;
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
