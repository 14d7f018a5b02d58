import type { JWTPayload } from 'jose';
import { decodeProtectedHeader } from 'jose/decode/protected_header';
import {
  JOSEAlgNotAllowed,
  JOSEError,
  JWKSMultipleMatchingKeys,
  JWKSNoMatchingKey,
  JWSSignatureVerificationFailed,
  JWTClaimValidationFailed,
  JWTExpired,
} from 'jose/errors';
import { decodeJwt } from 'jose/jwt/decode';
import { UnsecuredJWT } from 'jose/jwt/unsecured';
import { jwtVerify } from 'jose/jwt/verify';
import type { EpochMs } from '../clock.ts';
import { type AuthResult, admitted, clientOfToken, guessGroup, rejected } from './auth-result.ts';
import { type JwksOptions, KeySet, KeysUnavailableError } from './jwks.ts';
import { type CheckSource, SignatureQueue } from './signature-queue.ts';

/** Requirements for a token. */
export interface JwtOptions extends JwksOptions {
  readonly issuer: string;
  /** Accepted values of `aud`. If empty, no token with an `aud` is accepted. */
  readonly audiences: readonly string[];
  /** Clients (`client_id` or `azp`) whose tokens need no `aud`, such as access tokens of Amazon Cognito. If empty, every token needs one. */
  readonly clientIds: readonly string[];
}

/**
 * Asymmetric signature algorithms. `none` needs no key, and HS* could be forged with the public key.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8725#section-3.1
 */
export const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** Tolerated clock skew, in seconds: enough for machines with NTP. @internal */
export const CLOCK_TOLERANCE_S = 5;

/** Result of a verification. */
export interface Verified {
  readonly result: AuthResult;
  /** Time until which the result may be cached; 0 if it must not be cached. */
  readonly until: EpochMs;
}

const NOT_CACHED = 0 as EpochMs;

/** Verifies tokens. */
export interface Verifier {
  /** Verifies signature, issuer, audience, `exp` and `nbf` of a token. Never rejects. */
  verify(token: string, source?: CheckSource): Promise<Verified>;
  close(): void;
}

/** Concurrent signature checks: half of libuv's threads, so that forged tokens leave the other half free. */
const CONCURRENT_CHECKS = 2;

/** Header of an unsigned token, with which jose validates the claims only. */
const UNSIGNED_HEADER = Buffer.from('{"alg":"none"}').toString('base64url');

/**
 * Creates a verifier. It checks algorithm, claims and key id before the signature, which is the expensive part.
 *
 * @param timeoutMs timeout for reading the JWKS, in milliseconds
 * @param onUnavailable called with the reason for each failed read of the JWKS
 */
export function createVerifier(
  options: JwtOptions,
  timeoutMs: number,
  onUnavailable: (reason: string) => void,
): Verifier {
  const { issuer, audiences, clientIds } = options;
  const keys = new KeySet(options, timeoutMs, onUnavailable);
  const queue = new SignatureQueue(CONCURRENT_CHECKS);
  const withoutAudience = {
    issuer,
    clockTolerance: CLOCK_TOLERANCE_S,
    // A token without an expiry would be valid forever.
    requiredClaims: ['exp'],
  };
  const withAudience = { ...withoutAudience, audience: [...audiences] };
  const trustedClients: ReadonlySet<unknown> = new Set(clientIds);

  const verify: Verifier['verify'] = async (token, source) => {
    let alg: string | undefined;
    try {
      const header = decodeProtectedHeader(token);
      alg = header.alg;
      if (!ALGORITHMS.includes(alg ?? '')) throw new JOSEAlgNotAllowed();
      const claims = decodeJwt(token);
      const isByClient = claims.aud === undefined && trustedClients.size > 0;
      const claimsOptions = isByClient ? withoutAudience : withAudience;
      UnsecuredJWT.decode(`${UNSIGNED_HEADER}.${token.split('.')[1]}.`, claimsOptions);
      if (isByClient) checkClient(claims, trustedClients);
      const key = await keys.find({ ...header, alg: alg ?? '' });
      const signature = { ...claimsOptions, algorithms: ALGORITHMS };
      const { payload } = await queue.run(() => jwtVerify(token, key, signature), source);
      const expiresAt = (1000 * (payload.exp ?? 0)) as EpochMs;
      const until = expiresAt < keys.cacheableUntil ? expiresAt : keys.cacheableUntil;
      return { result: admitted(clientOfToken(payload)), until };
    } catch (error) {
      if (error instanceof KeysUnavailableError)
        return { result: rejected('unchecked', 'no keys'), until: NOT_CACHED };
      const group = guessGroup('token', claimedClient(token));
      return { result: rejected('token', reasonOf(error, options), group), until: NOT_CACHED };
    }
  };
  return { verify, close: () => keys.close() };
}

/** Requires `client_id` or `azp`, and that both are trusted. @throws JWTClaimValidationFailed */
function checkClient(claims: JWTPayload, trusted: ReadonlySet<unknown>): void {
  const named = (['client_id', 'azp'] as const).filter((claim) => claims[claim] !== undefined);
  const wrong = named.find((claim) => !trusted.has(claims[claim]));
  if (named.length > 0 && wrong === undefined) return;
  throw new JWTClaimValidationFailed('untrusted client', claims, wrong ?? 'client_id', 'check_failed');
}

/** Rejection reason for the log: the failed claim and the expected value; no part of the token. */
function reasonOf(error: unknown, options: JwtOptions): string {
  if (error instanceof JWTExpired) return 'exp: expected a time in the future';
  if (error instanceof JWTClaimValidationFailed) {
    const missing = error.reason === 'missing' ? 'missing, ' : '';
    return `${error.claim}: ${missing}expected ${expectedOf(error, options)}`;
  }
  if (error instanceof JOSEAlgNotAllowed) return `alg: expected one of ${ALGORITHMS.join(', ')}`;
  if (error instanceof JWKSNoMatchingKey) return 'kid: expected the id of a JWKS key for this alg';
  if (error instanceof JWKSMultipleMatchingKeys)
    return 'kid: missing, but required because several JWKS keys match';
  if (error instanceof JWSSignatureVerificationFailed)
    return 'signature: expected one by the JWKS key of this kid';
  // Node's crypto can also throw for the content of a token.
  return error instanceof JOSEError ? error.code : String((error as Error).name);
}

function expectedOf(
  { claim, reason }: JWTClaimValidationFailed,
  { issuer, audiences, clientIds }: JwtOptions,
): string {
  switch (claim) {
    case 'iss':
      return JSON.stringify(issuer);
    case 'aud':
      return audiences.length > 0 ? oneOf(audiences) : 'none, because AUTH_JWT_AUDIENCE is not set';
    case 'client_id':
    case 'azp':
      return `${oneOf(clientIds)}, because there is no aud`;
    case 'nbf':
      return reason === 'check_failed' ? 'a time in the past' : 'a time in seconds';
    default:
      return 'a time in seconds';
  }
}

function oneOf(allowed: readonly string[]): string {
  const texts = allowed.map((value) => JSON.stringify(value));
  return texts.length === 1 ? String(texts[0]) : `one of ${texts.join(', ')}`;
}

/** Client id that an unverified token claims; the token itself if its claims are unreadable. */
function claimedClient(token: string): string {
  try {
    return clientOfToken(decodeJwt(token)).id;
  } catch {
    return token;
  }
}
