import { UpstreamError } from '../errors.ts';
import type { Credentials } from './sign.ts';

/** How long resolved credentials are used before they are looked up again, in milliseconds. */
const FRESH_MS = 60_000;

/**
 * Stands before a slow source of credentials: one lookup at a time however many ask; after `freshMs` the next caller
 * starts a new lookup and goes on with the old credentials meanwhile. Temporary keys allow that: the vendor's providers
 * renew them 15 minutes before they expire. A failed lookup is not remembered.
 */
export class CredentialCache {
  readonly #lookUp: () => Promise<Credentials>;
  readonly #freshMs: number;
  #known: { readonly credentials: Credentials; readonly until: number } | undefined;
  #lookup: Promise<Credentials> | undefined;

  /** @param lookUp the source; called anew for each lookup */
  constructor(lookUp: () => Promise<Credentials>, freshMs: number = FRESH_MS) {
    this.#lookUp = lookUp;
    this.#freshMs = freshMs;
  }

  /**
   * At once where they are known.
   *
   * @throws UpstreamError UPSTREAM_DENIED while there are none
   */
  get(): Credentials | Promise<Credentials> {
    if (this.#known === undefined) return this.#refresh();
    if (performance.now() >= this.#known.until) this.#refresh().catch(() => undefined);
    return this.#known.credentials;
  }

  /** The upstream does not take these any more: the next caller waits for others. */
  reject(credentials: Credentials): void {
    if (this.#known?.credentials === credentials) this.#known = undefined;
  }

  #refresh(): Promise<Credentials> {
    this.#lookup ??= this.#lookUp()
      .then((credentials) => {
        this.#known = { credentials, until: performance.now() + this.#freshMs };
        return credentials;
      })
      .catch((error: unknown) => {
        const detail = `no credentials: ${error instanceof Error ? error.message : String(error)}`;
        throw new UpstreamError('UPSTREAM_DENIED', { detail, cause: error });
      })
      .finally(() => {
        this.#lookup = undefined;
      });
    return this.#lookup;
  }
}
