import { hash } from 'node:crypto';

/** Hexadecimal digits of the hash: 256 groups of each kind. */
const DIGITS = 2;

/**
 * The group of a wrong credential, by which guesses are counted besides the address that they come from. Guesses of one
 * credential, or at the token of one client, share a group from whatever address they come. The number of groups is fixed,
 * so that guesses cannot fill the store of the rate limiter. A right credential is never counted by its group.
 *
 * @param kind of the credential
 * @param guessed for a token the id of the client that it claims to be, otherwise the credential itself
 * @returns a key for the rate limiter, from which the credential cannot be recovered
 */
export function guessOf(kind: 'key' | 'token', guessed: string): string {
  return `guess:${kind}:${hash('sha256', guessed, 'hex').slice(0, DIGITS)}`;
}
