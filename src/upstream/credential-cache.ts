import { later, type MonotonicMs, monotonicNow } from '../clock.ts';
import { UpstreamError } from '../errors.ts';
import type { Credentials } from './sign.ts';

/** How long resolved credentials are used before they are looked up again, in milliseconds. */
const FRESH_MS = 60_000;

/**
 * Cache before a slow source of credentials: one lookup at a time; after a minute the next caller starts a new one and goes on
 * with the old credentials. Temporary keys allow that: the vendor's providers renew them 15 minutes before they expire. A
 * failed lookup is not cached.
 */
export class CredentialCache {
  readonly #lookUp: () => Promise<Credentials>;
  #known: { readonly credentials: Credentials; readonly until: MonotonicMs } | undefined;
  #lookup: Promise<Credentials> | undefined;

  /** @param lookUp the source; called anew for each lookup */
  constructor(lookUp: () => Promise<Credentials>) {
    this.#lookUp = lookUp;
  }

  /**
   * The credentials, or a promise while there are none.
   *
   * @throws UpstreamError UPSTREAM_DENIED when the lookup fails
   */
  get(): Credentials | Promise<Credentials> {
    if (this.#known === undefined) return this.#refresh();
    if (monotonicNow() >= this.#known.until) this.#refresh().catch(() => undefined);
    return this.#known.credentials;
  }

  /** The upstream does not accept these any more: the next caller waits for others. */
  reject(credentials: Credentials): void {
    if (this.#known?.credentials === credentials) this.#known = undefined;
  }

  #refresh(): Promise<Credentials> {
    this.#lookup ??= this.#lookUp()
      .then((credentials) => {
        this.#known = { credentials, until: later(monotonicNow(), FRESH_MS) };
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
