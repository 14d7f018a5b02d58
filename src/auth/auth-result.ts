import { hash } from 'node:crypto';

export interface AuthResult {
  /** Undefined when the caller has no name: it was rejected, or authentication is off. */
  readonly client: Client | undefined;
  /** Undefined when the caller gets in. */
  readonly refusal: AuthFailure | undefined;
}

/** Why a caller does not get in. */
export interface AuthFailure {
  /**
   * `missing`: no credential was sent. `key`, `token`: the one sent is not valid. `unchecked`: it may be valid, but the keys
   * that verify tokens cannot be read now.
   */
  readonly kind: 'missing' | 'key' | 'token' | 'unchecked';
  /** For the log alone: a word or an error code. Never a part of the credential. */
  readonly reason: string;
  /** Group by which a wrong credential is counted, see {@link guessGroup}; undefined where none was sent or checked. */
  readonly guess?: string | undefined;
}

export function admitted(client: Client | undefined): AuthResult {
  return { client, refusal: undefined };
}

export function rejected(kind: AuthFailure['kind'], reason: string, guess?: string): AuthResult {
  return { client: undefined, refusal: { kind, reason, guess } };
}

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
 * @param claims of a verified token for its client, of any other for what it claims to be
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

/** Hexadecimal digits of the hash: 256 groups of each kind. */
const GUESS_DIGITS = 2;

/**
 * The group of a wrong credential: a rate limit key besides the address. Guesses of one credential, or at the token of one
 * client, share a group from any address. The number of groups is fixed, so that guesses cannot fill the rate limiter's store.
 *
 * @param kind of the credential
 * @param guessed for a token the id of the client that it claims to be, otherwise the credential itself
 * @returns a key for the rate limiter, from which the credential cannot be recovered
 */
export function guessGroup(kind: 'key' | 'token', guessed: string): string {
  return `guess:${kind}:${hash('sha256', guessed, 'hex').slice(0, GUESS_DIGITS)}`;
}
