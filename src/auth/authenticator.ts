import { digestOf, indexOfKey } from './api-key.ts';
import { admitted, refused, type Verdict } from './auth-result.ts';
import { clientOfKey } from './client.ts';
import { guessOf } from './guess.ts';
import type { AuthOptions } from './options.ts';
import type { CheckSource } from './signature-queue.ts';
import { Tokens } from './token-cache.ts';

/** The credentials of a request: the whole values of two headers, undefined where they are missing. */
export interface Credentials {
  /** `x-api-key` */
  readonly apiKey: string | undefined;
  readonly authorization: string | undefined;
}

/** Finds out who asks. */
export interface Authenticator {
  /** Whether callers get in by an API key. */
  readonly takesKeys: boolean;
  /** Whether callers get in by a token of an identity provider. */
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
  check(credentials: Credentials, source?: CheckSource): Verdict | Promise<Verdict>;
  /** Closes the connection to the identity provider. Never rejects. */
  close(): Promise<void>;
}

/** What an authenticator needs beside the operator's options. */
export interface AuthenticatorContext {
  /** How long the identity provider may take to hand out its keys, in milliseconds. */
  readonly jwksTimeoutMs: number;
  /** Told why, each time it did not. */
  readonly onJwksAway: (reason: string) => void;
}

/** The scheme in any case, and all that follows it. @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1 */
const BEARER = /^Bearer +(\S.*)$/is;

const MISSING = refused('missing', 'no credential');

/** Undefined where nobody is asked who they are. */
export function createAuthenticator(
  { apiKeys, jwt }: AuthOptions,
  { jwksTimeoutMs, onJwksAway }: AuthenticatorContext,
): Authenticator | undefined {
  const tokens =
    jwt && new Tokens(async () => (await import('./jwt.ts')).createVerifier(jwt, jwksTimeoutMs, onJwksAway));
  const takesKeys = apiKeys.length > 0;
  if (!takesKeys && tokens === undefined) return undefined;

  const verdicts = apiKeys.map(({ client }) => admitted(clientOfKey(client)));

  const checkKey = (key: string): Verdict => {
    // No key has a comma: it separates the keys in the configuration, and the values of a header that was sent twice.
    const reason = key.includes(',') ? 'more than one API key' : 'unknown key';
    return verdicts[indexOfKey(apiKeys, digestOf(key))] ?? refused('key', reason, guessOf('key', key));
  };

  /** @param byKey verdict on a valid `x-api-key`, where one was sent */
  const checkAuthorization = (
    authorization: string,
    byKey: Verdict | undefined,
    source: CheckSource | undefined,
  ): Verdict | Promise<Verdict> => {
    const bearer = BEARER.exec(authorization)?.[1];
    if (bearer === undefined) {
      if (tokens === undefined) return byKey ?? MISSING;
      return refused(
        'token',
        'authorization: expected the scheme Bearer and a token',
        guessOf('token', authorization),
      );
    }
    const digest = digestOf(bearer);
    const byBearerKey = verdicts[indexOfKey(apiKeys, digest)];
    if (byBearerKey !== undefined) {
      const isOther = byKey !== undefined && byKey.client?.id !== byBearerKey.client?.id;
      return isOther ? refused('key', 'keys of two clients', guessOf('key', bearer)) : byBearerKey;
    }
    if (tokens === undefined) return byKey ?? refused('key', 'unknown key', guessOf('key', bearer));
    const byToken = tokens.check(bearer, digest, source);
    if (byKey === undefined) return byToken;
    return byToken instanceof Promise
      ? byToken.then((verdict) => both(byKey, verdict))
      : both(byKey, byToken);
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

function both(byKey: Verdict, byToken: Verdict): Verdict {
  return byToken.refusal === undefined ? byKey : byToken;
}
