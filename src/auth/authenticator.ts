import { indexOfKey } from './api-key.ts';
import { clientOfKey } from './client.ts';
import type { AuthOptions } from './options.ts';
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
   * Answers at once for API keys and for tokens that were checked a moment ago; never rejects. Of two kinds of credentials
   * one is enough, but one that is sent has to be right; the name is then the key's. A kind that is not taken is not looked
   * at.
   */
  check(credentials: Credentials): Verdict | Promise<Verdict>;
}

/** What an authenticator needs beside the operator's options. */
export interface AuthenticatorContext {
  /** How long the identity provider may take to hand out its keys, in milliseconds. */
  readonly jwksTimeoutMs: number;
  /** Told why, each time it did not. */
  readonly onJwksAway: (reason: string) => void;
}

const MISSING = refused('missing', 'no credential');
const WRONG_KEY = refused('key', 'unknown key');

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
    check({ apiKey, authorization }) {
      let byKey: Verdict | undefined;
      if (takesKeys && apiKey !== undefined) {
        byKey = verdicts[indexOfKey(apiKeys, apiKey)] ?? WRONG_KEY;
        if (byKey.refusal !== undefined) return byKey;
      }
      if (tokens === undefined || authorization === undefined) return byKey ?? MISSING;
      const byToken = tokens.check(authorization);
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
