import { indexOfKey } from './api-key.ts';
import { clientOfKey } from './client.ts';
import { guessOf } from './guess.ts';
import type { AuthOptions } from './options.ts';
import type { CheckSource } from './signature-queue.ts';
import { Tokens } from './tokens.ts';
import { admitted, refused, type Verdict } from './verdict.ts';

/** What a request brings along to say who sends it: the whole values of two headers, undefined where they are missing. */
export interface Credentials {
  readonly apiKey: string | undefined;
  readonly authorization: string | undefined;
}

/** Finds out who asks. */
export interface Authenticator {
  /** Whether callers get in by an API key. */
  readonly takesKeys: boolean;
  /** Whether callers get in by a bearer token. */
  readonly takesTokens: boolean;
  /**
   * Returns at once for API keys and for cached tokens; the promise never rejects. One credential is enough. Every
   * credential of a configured kind has to be valid, and then the client is that of the key. A credential of a kind that is
   * not configured is ignored.
   *
   * @param source whose request it is, for fairness while signatures wait to be verified
   */
  check(credentials: Credentials, source?: CheckSource): Verdict | Promise<Verdict>;
}

/** What an authenticator needs beside the operator's options. */
export interface AuthenticatorContext {
  /** How long the identity provider may take to hand out its keys, in milliseconds. */
  readonly jwksTimeoutMs: number;
  /** Told why, each time it did not. */
  readonly onJwksAway: (reason: string) => void;
}

const MISSING = refused('missing', 'no credential');

/** Undefined where nobody is asked who they are. */
export function createAuthenticator(
  { apiKeys, jwt }: AuthOptions,
  { jwksTimeoutMs, onJwksAway }: AuthenticatorContext,
): Authenticator | undefined {
  const tokens =
    jwt && new Tokens(async () => (await import('./verify.ts')).createVerify(jwt, jwksTimeoutMs, onJwksAway));
  const takesKeys = apiKeys.length > 0;
  if (!takesKeys && tokens === undefined) return undefined;

  const verdicts = apiKeys.map(({ client }) => admitted(clientOfKey(client)));
  return {
    takesKeys,
    takesTokens: tokens !== undefined,
    check({ apiKey, authorization }, source) {
      let byKey: Verdict | undefined;
      if (takesKeys && apiKey !== undefined) {
        byKey =
          verdicts[indexOfKey(apiKeys, apiKey)] ?? refused('key', 'unknown key', guessOf('key', apiKey));
        if (byKey.refusal !== undefined) return byKey;
      }
      if (tokens === undefined || authorization === undefined) return byKey ?? MISSING;
      const byToken = tokens.check(authorization, source);
      if (byKey === undefined) return byToken;
      return byToken instanceof Promise
        ? byToken.then((verdict) => both(byKey, verdict))
        : both(byKey, byToken);
    },
  };
}

function both(byKey: Verdict, byToken: Verdict): Verdict {
  return byToken.refusal === undefined ? byKey : byToken;
}
