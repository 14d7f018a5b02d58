import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { refused, type Verdict } from './verdict.ts';
import type { Verified, Verify } from './verify.ts';

/** Valid tokens that are remembered: 2 MB at most. */
const MAX_REMEMBERED = 10_000;

/** The scheme in any case, and a token in JWS's compact form. @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1 */
const BEARER = /^Bearer +([\w-]+\.[\w-]+\.[\w-]*)$/i;

const MALFORMED = refused('token', 'malformed');

/**
 * Bearer tokens. A valid one is remembered until it expires, or until the provider's keys have to be looked at again, which
 * is within 60 s: so a client that is busy costs no signature check for each request, and a key that the provider withdraws
 * lets nobody in after 60 s. Remembered are hashes, from which no token could be had back.
 */
export class Tokens {
  readonly #load: () => Promise<Verify>;
  readonly #valid = new LRUCache<string, Verified>({ max: MAX_REMEMBERED });
  #verify: Promise<Verify> | undefined;

  /** @param load makes what checks tokens when the first one comes, so that a run without tokens does not pay for it */
  constructor(load: () => Promise<Verify>) {
    this.#load = load;
  }

  /** @returns at once when the token was valid a moment ago, or is none */
  check(authorization: string): Verdict | Promise<Verdict> {
    const token = BEARER.exec(authorization)?.[1];
    if (token === undefined) return MALFORMED;
    const id = hash('sha256', token, 'base64');
    const known = this.#valid.get(id);
    return known !== undefined && Date.now() < known.until ? known.verdict : this.#checkAnew(token, id);
  }

  async #checkAnew(token: string, id: string): Promise<Verdict> {
    this.#verify ??= this.#load();
    const verify = await this.#verify;
    const verified = await verify(token);
    if (Date.now() < verified.until) this.#valid.set(id, verified);
    return verified.verdict;
  }
}
