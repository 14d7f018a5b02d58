import { hash } from 'node:crypto';
import { later, type MonotonicMs, monotonicNow } from '../clock.ts';
import { UpstreamError } from '../errors.ts';
import type { Credentials } from './sign.ts';

/** How long credentials are used without a refresh, in milliseconds. */
const FRESH_MS = 60_000;

/**
 * Cache of credentials that runs one lookup at a time. After a minute, the next caller starts a refresh in the background and
 * uses the old credentials: the vendor's providers renew temporary keys 15 minutes before they expire. A failed lookup is not
 * cached.
 */
export class CredentialCache {
  readonly #lookUp: () => Promise<Credentials>;
  #known: { readonly credentials: Credentials; readonly until: MonotonicMs } | undefined;
  #lookup: Promise<Credentials> | undefined;

  constructor(lookUp: () => Promise<Credentials>) {
    this.#lookUp = lookUp;
  }

  /**
   * Returns the credentials; a promise while none are cached.
   *
   * @throws UpstreamError UPSTREAM_DENIED when the lookup fails
   */
  get(): Credentials | Promise<Credentials> {
    if (this.#known === undefined) return this.#refresh();
    if (monotonicNow() >= this.#known.until) this.#refresh().catch(() => undefined);
    return this.#known.credentials;
  }

  /** Invalidates credentials that the upstream has rejected: the next caller waits for new ones. */
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

/**
 * ARN of a role including the account number, without which it would not be unique: any account may have a role of that name.
 */
const ROLE_OF_AN_ACCOUNT = /^acs:ram::\d{6,20}:role\/[\w.-]{1,64}$/;

/**
 * Hash that identifies the account of credentials. Replicas with equal keys share a cache and a quota. A long-lived access
 * key stands for its account; a temporary key is represented by its role, because it differs between replicas and changes
 * hourly.
 *
 * @param origin of the upstream: scheme, host and port
 * @returns undefined when the account is not certain; then nothing may be shared
 */
export function accountKey(origin: string, credentials: Credentials): string | undefined {
  const { accessKeyId, securityToken, roleArn } = credentials;
  if (securityToken !== undefined && !(roleArn !== undefined && ROLE_OF_AN_ACCOUNT.test(roleArn)))
    return undefined;
  const owner = securityToken === undefined ? `key ${accessKeyId}` : `role ${roleArn}`;
  return hash('sha256', `${origin}\n${owner}`, 'base64url').slice(0, 16);
}

/**
 * Returns a function that yields the account key of the current credentials, or undefined for an unknown account. It rejects
 * with UpstreamError UPSTREAM_DENIED while there are no credentials.
 *
 * @param onChange called when credentials of an unknown account come into use, and again when known ones replace them
 */
export function currentAccount(
  origin: string,
  credentials: CredentialCache,
  onChange: (isKnown: boolean) => void,
): () => Promise<string | undefined> {
  // Memoized, because every Redis command needs the key.
  let last: { readonly credentials: Credentials; readonly key: string | undefined } | undefined;
  return async () => {
    const current = await credentials.get();
    if (last?.credentials === current) return last.key;
    const wasKnown = last === undefined || last.key !== undefined;
    const key = accountKey(origin, current);
    last = { credentials: current, key };
    if (wasKnown !== (key !== undefined)) onChange(key !== undefined);
    return key;
  };
}
