import { JOSEError } from 'jose/errors';
import { jwtVerify } from 'jose/jwt/verify';
import { clientOfToken } from './client.ts';
import { KeySet, KeysUnavailableError } from './key-set.ts';
import type { JwtOptions } from './options.ts';
import { admitted, refused, type Verdict } from './verdict.ts';

/**
 * Signatures that are made with a private key. With `none` anybody signs, and with HS* anybody who holds the secret, for
 * which a public key could be taken.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8725#section-3.1
 */
export const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** How far the provider's clock and ours may be apart, in seconds: what machines that keep time by NTP need, and no more. */
export const CLOCK_TOLERANCE_S = 5;

/** What a token is worth. */
export interface Verified {
  readonly verdict: Verdict;
  /** Till when that holds, in milliseconds of `Date.now()`; 0 when it is not to be remembered. */
  readonly until: number;
}

/** Checks tokens: signature, issuer, audience, and the times between which they are valid. Never rejects. */
export type Verify = (token: string) => Promise<Verified>;

/**
 * @param timeoutMs how long the identity provider may take to hand out its keys
 * @param onAway told why, each time it did not
 */
export function createVerify(
  { jwksUrl, issuer, audience }: JwtOptions,
  timeoutMs: number,
  onAway: (reason: string) => void,
): Verify {
  const keys = new KeySet(jwksUrl, timeoutMs, onAway);
  const findKey: KeySet['find'] = (header, token) => keys.find(header, token);
  const options = {
    algorithms: ALGORITHMS,
    issuer,
    audience,
    clockTolerance: CLOCK_TOLERANCE_S,
    // Without it a token would be valid for ever.
    requiredClaims: ['exp'],
  };
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, findKey, options);
      const expiresAt = 1000 * (payload.exp ?? 0);
      return { verdict: admitted(clientOfToken(payload)), until: Math.min(expiresAt, keys.goodUntil) };
    } catch (error) {
      if (error instanceof KeysUnavailableError)
        return { verdict: refused('unchecked', 'no keys'), until: 0 };
      // What a token brings along can also make the platform's cryptography throw.
      const reason = error instanceof JOSEError ? error.code : String((error as Error).name);
      return { verdict: refused('token', reason), until: 0 };
    }
  };
}
