import { decodeProtectedHeader } from 'jose/decode/protected_header';
import { JOSEAlgNotAllowed, JOSEError } from 'jose/errors';
import { decodeJwt } from 'jose/jwt/decode';
import { UnsecuredJWT } from 'jose/jwt/unsecured';
import { jwtVerify } from 'jose/jwt/verify';
import { clientOfToken } from './client.ts';
import { guessOf } from './guess.ts';
import { KeySet, KeysUnavailableError } from './key-set.ts';
import type { JwtOptions } from './options.ts';
import { type CheckSource, SignatureQueue } from './signature-queue.ts';
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

/** Verifies a token: signature, issuer, audience, and times of validity. Never rejects. */
export type Verify = (token: string, source?: CheckSource) => Promise<Verified>;

/** Signature checks at the same time: half of the threads that Node has for them, so that forged tokens leave it the others. */
const CONCURRENT_CHECKS = 2;

/** Header of a token without a signature, under which jose checks claims alone. */
const UNSIGNED_HEADER = Buffer.from('{"alg":"none"}').toString('base64url');

/**
 * Checks what costs little before the signature: the algorithm, the claims, then whether the key is known. What remains is
 * verified by a few tokens at a time, in an order that is fair to the connections they came on.
 *
 * @param timeoutMs how long the identity provider may take to return its keys, in milliseconds
 * @param onAway called with the reason each time it did not
 */
export function createVerify(
  { jwksUrl, issuer, audience }: JwtOptions,
  timeoutMs: number,
  onAway: (reason: string) => void,
): Verify {
  const keys = new KeySet(jwksUrl, timeoutMs, onAway);
  const queue = new SignatureQueue(CONCURRENT_CHECKS);
  const claimsOptions = {
    issuer,
    audience,
    clockTolerance: CLOCK_TOLERANCE_S,
    // A token without an expiry would be valid for ever.
    requiredClaims: ['exp'],
  };
  const options = { ...claimsOptions, algorithms: ALGORITHMS };

  return async (token, source) => {
    try {
      const header = decodeProtectedHeader(token);
      if (!ALGORITHMS.includes(header.alg ?? ''))
        throw new JOSEAlgNotAllowed('"alg" (Algorithm) Header Parameter value not allowed');
      UnsecuredJWT.decode(`${UNSIGNED_HEADER}.${token.split('.')[1]}.`, claimsOptions);
      const key = await keys.find({ ...header, alg: header.alg ?? '' });
      const { payload } = await queue.run(() => jwtVerify(token, key, options), source);
      const expiresAt = 1000 * (payload.exp ?? 0);
      return { verdict: admitted(clientOfToken(payload)), until: Math.min(expiresAt, keys.goodUntil) };
    } catch (error) {
      if (error instanceof KeysUnavailableError)
        return { verdict: refused('unchecked', 'no keys'), until: 0 };
      // What a token brings along can also make the platform's cryptography throw.
      const reason = error instanceof JOSEError ? error.code : String((error as Error).name);
      return { verdict: refused('token', reason, guessOf('token', claimedClient(token))), until: 0 };
    }
  };
}

/** The id of the client that a token claims to be; the token itself where its claims cannot be read. */
function claimedClient(token: string): string {
  try {
    return clientOfToken(decodeJwt(token)).id;
  } catch {
    return token;
  }
}
