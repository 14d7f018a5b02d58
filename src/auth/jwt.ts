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

/** Which tokens are accepted. */
export interface JwtOptions extends JwksOptions {
  readonly issuer: string;
  /** One of these has to be the token's `aud`, or in it. Empty: no token with an `aud` is accepted. */
  readonly audiences: readonly string[];
  /** Clients whose tokens need no `aud`, by `client_id` or `azp`, as access tokens of Amazon Cognito. Empty: every token needs one. */
  readonly clientIds: readonly string[];
}

/**
 * Signatures by private keys. Anybody makes `none`, and anybody who knows the public key could make HS* with it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8725#section-3.1
 */
export const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** How far the provider's clock and ours may be apart, in seconds: what machines that keep time by NTP need. @internal */
export const CLOCK_TOLERANCE_S = 5;

export interface Verified {
  readonly result: AuthResult;
  /** Until when the result may be cached; 0 when it may not. */
  readonly until: EpochMs;
}

const NOT_CACHED = 0 as EpochMs;

export interface Verifier {
  /** Verifies a token: signature, issuer, audience, and times of validity. Never rejects. */
  verify(token: string, source?: CheckSource): Promise<Verified>;
  close(): void;
}

/** Signature checks at the same time: half of the threads that Node has for them, so that forged tokens leave it the others. */
const CONCURRENT_CHECKS = 2;

/** Header of a token without a signature, under which jose checks claims alone. */
const UNSIGNED_HEADER = Buffer.from('{"alg":"none"}').toString('base64url');

/**
 * Checks what costs little before the signature: the algorithm, the claims, then whether the key is known.
 *
 * @param timeoutMs how long the identity provider may take to return its keys, in milliseconds
 * @param onAway called with the reason each time it did not
 */
export function createVerifier(
  options: JwtOptions,
  timeoutMs: number,
  onAway: (reason: string) => void,
): Verifier {
  const { issuer, audiences, clientIds } = options;
  const keys = new KeySet(options, timeoutMs, onAway);
  const queue = new SignatureQueue(CONCURRENT_CHECKS);
  const withoutAudience = {
    issuer,
    clockTolerance: CLOCK_TOLERANCE_S,
    // A token without an expiry would be valid for ever.
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
      const until = expiresAt < keys.goodUntil ? expiresAt : keys.goodUntil;
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

/** @throws JWTClaimValidationFailed unless a token names a client, and no other than a trusted one */
function checkClient(claims: JWTPayload, trusted: ReadonlySet<unknown>): void {
  const named = (['client_id', 'azp'] as const).filter((claim) => claims[claim] !== undefined);
  const wrong = named.find((claim) => !trusted.has(claims[claim]));
  if (named.length > 0 && wrong === undefined) return;
  throw new JWTClaimValidationFailed('untrusted client', claims, wrong ?? 'client_id', 'check_failed');
}

/** Why a token was rejected, for the log: the claim that failed and what was expected of it; never a part of the token. */
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
  // What a token brings along can also make the platform's cryptography throw.
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

/** Id of the client that a token claims to be; the token itself where its claims cannot be read. */
function claimedClient(token: string): string {
  try {
    return clientOfToken(decodeJwt(token)).id;
  } catch {
    return token;
  }
}
