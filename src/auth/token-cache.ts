import { LRUCache } from 'lru-cache';
import { epochNow } from '../clock.ts';
import { type AuthResult, guessGroup, rejected } from './auth-result.ts';
import type { Verified, Verifier } from './jwt.ts';
import type { CheckSource } from './signature-queue.ts';

/** Valid tokens that are cached: 2 MB at most. */
const MAX_TOKENS = 10_000;

/** A token in JWS's compact form. @see https://www.rfc-editor.org/rfc/rfc7515#section-7.1 */
const COMPACT_FORM = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/**
 * Checks bearer tokens and caches the valid ones by their SHA-256. An entry lasts until the token expires or the provider's
 * keys are due to be read again, at most 60 s: a busy client does not cost a signature check for each request, and a key
 * that the provider withdraws stops working within 60 s. Rejections are not cached, because a new key may turn them.
 */
export class TokenCache {
  readonly #load: () => Promise<Verifier>;
  readonly #valid = new LRUCache<string, Verified>({ max: MAX_TOKENS });
  #verifier: Promise<Verifier> | undefined;

  /** @param load makes what checks tokens when the first one comes, so that a run without tokens does not pay for it */
  constructor(load: () => Promise<Verifier>) {
    this.#load = load;
  }

  /**
   * @param digest SHA-256 of the token
   * @param source for fairness while signatures wait to be verified
   * @returns at once when the token is cached as valid, or has not the form of a token
   */
  check(token: string, digest: Buffer, source: CheckSource | undefined): AuthResult | Promise<AuthResult> {
    const id = digest.toString('base64');
    const known = this.#valid.get(id);
    if (known !== undefined && epochNow() < known.until) return known.result;
    return COMPACT_FORM.test(token)
      ? this.#checkAnew(token, id, source)
      : rejected('token', 'authorization: expected a JWT in compact form', guessGroup('token', token));
  }

  /** Closes the connection to the identity provider. Never rejects. */
  async close(): Promise<void> {
    const verifier = await this.#verifier?.catch(() => undefined);
    verifier?.close();
  }

  async #checkAnew(token: string, id: string, source: CheckSource | undefined): Promise<AuthResult> {
    this.#verifier ??= this.#load();
    let verifier: Verifier;
    try {
      verifier = await this.#verifier;
    } catch (error) {
      // The next token loads it again.
      this.#verifier = undefined;
      return rejected('unchecked', `cannot load the token checks: ${(error as Error).message}`);
    }
    const verified = await verifier.verify(token, source);
    if (epochNow() < verified.until) this.#valid.set(id, verified);
    return verified.result;
  }
}
