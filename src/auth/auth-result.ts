import { hash } from 'node:crypto';

/** Result of an authentication. */
export interface AuthResult {
  /** The authenticated client; undefined if the caller was rejected, or if authentication is off. */
  readonly client: Client | undefined;
  /** Why the caller was rejected; undefined if it was admitted. */
  readonly failure: AuthFailure | undefined;
}

/** Reason for a rejected caller. */
export interface AuthFailure {
  /**
   * `missing`: no credential. `key`, `token`: an invalid one. `unchecked`: a token that cannot be verified, because the JWKS is
   * unavailable.
   */
  readonly kind: 'missing' | 'key' | 'token' | 'unchecked';
  /** For the log only. Contains no part of the credential. */
  readonly reason: string;
  /** Rate limit group of an invalid credential, see {@link guessGroup}; undefined if none was sent or verified. */
  readonly guess?: string | undefined;
}

export function admitted(client: Client | undefined): AuthResult {
  return { client, failure: undefined };
}

export function rejected(kind: AuthFailure['kind'], reason: string, guess?: string): AuthResult {
  return { client: undefined, failure: { kind, reason, guess } };
}

/** An authenticated client. */
export interface Client {
  /**
   * Display name in log lines, traces and metric labels: 1 to 110 characters of `[\w@.:|~-]`. The name of an API key has no
   * colon; the name of a token starts with `token:`. Two clients may share a display name only by a collision of 32 bits.
   */
  readonly name: string;
  /** Key of rate limits and subscription limits. Distinct for distinct clients; never displayed. */
  readonly id: string;
}

/** The client of an API key. Several keys may share one name, and then share its limits. */
export function clientOfKey(name: string): Client {
  return { name, id: `key:${name}` };
}

/**
 * Claims that identify the client of a token, in order of preference: the application in OpenID Connect and in RFC 9068,
 * then the subject.
 *
 * @see https://openid.net/specs/openid-connect-core-1_0.html#IDToken
 * @see https://www.rfc-editor.org/rfc/rfc9068#section-2.2
 */
const NAMING_CLAIMS = ['azp', 'client_id', 'sub'] as const;

/** Longest part of a claim's value that is displayed, in characters. */
const MAX_DISPLAYED = 64;

/** Hexadecimal digits of the hash in a shortened name. */
const SUFFIX_LENGTH = 8;

/** Tokens without any of {@link NAMING_CLAIMS} share one client. `~` cannot come from a claim. */
const UNNAMED: Client = { name: 'token:~unnamed', id: 'token:~unnamed' };

/**
 * The client of a token. The id is a SHA-256 of the claim's name and whole value. The display name is `token:<claim>:<value>`
 * without characters that do not belong in a log; a value that lost any ends with a part of the hash.
 *
 * @param claims of a verified token, or of an unverified one for the client that it claims to be
 */
export function clientOfToken(claims: Readonly<Record<string, unknown>>): Client {
  for (const claim of NAMING_CLAIMS) {
    const value = claims[claim];
    if (typeof value !== 'string' || value === '') continue;
    // JSON escapes lone surrogates, which UTF-8 would all replace by the same character.
    const digest = hash('sha256', JSON.stringify([claim, value]), 'hex');
    const displayed = value.slice(0, MAX_DISPLAYED).replace(/[^\w@.:|-]/g, '');
    const suffix = displayed === value ? '' : `~${digest.slice(0, SUFFIX_LENGTH)}`;
    return { name: `token:${claim}:${displayed}${suffix}`, id: `token:${digest}` };
  }
  return UNNAMED;
}

/** Hexadecimal digits of a group: 256 groups of each kind. */
const GUESS_DIGITS = 2;

/**
 * Rate limit key of an invalid credential, counted besides the address. Guesses of one credential, or of tokens of one client, share a
 * group whatever their address. The number of groups is fixed, so that guesses cannot fill the store of the rate limiter.
 *
 * @param kind of the credential
 * @param guessed client id that a token claims, otherwise the credential itself
 * @returns a key that does not reveal the credential
 */
export function guessGroup(kind: 'key' | 'token', guessed: string): string {
  return `guess:${kind}:${hash('sha256', guessed, 'hex').slice(0, GUESS_DIGITS)}`;
}
