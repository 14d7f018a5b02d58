import type { CryptoKey, FlattenedJWSInput, JWSHeaderParameters } from 'jose';
import { JWKSNoMatchingKey } from 'jose/errors';
import {
  createRemoteJWKSet,
  customFetch,
  type FetchImplementation,
  type RemoteJWKSet,
} from 'jose/jwks/remote';
import { type EpochMs, epochNow, later } from '../clock.ts';
import { guarded } from '../guarded.ts';
import type { ForwardProxy } from '../upstream/proxy.ts';
import { Transport } from '../upstream/transport.ts';

/** Interval between reads of the JWKS, in milliseconds, so that withdrawn keys stop working. @internal */
export const KEYS_FRESH_MS = 60_000;

/** Minimum time between reads for unknown key ids, in milliseconds: forged ids cause at most six requests per minute. */
export const UNKNOWN_KEY_PAUSE_MS = 10_000;

/** Pause after a failed read, in milliseconds. Tokens do not wait for the retry while older keys are available. @internal */
export const RETRY_PAUSE_MS = 5_000;

/** Maximum age of keys while the provider fails, in milliseconds: an outage must not reject every token. @internal */
export const MAX_KEY_AGE_MS = 86_400_000;

/** Maximum size of a JWKS, in bytes. A key has about 500. */
const MAX_JWKS_BYTES = 1024 * 1024;

/** The JWKS was never read, or is older than {@link MAX_KEY_AGE_MS}. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';
}

/** Location of the JWKS. */
export interface JwksOptions {
  readonly jwksUrl: string;
  /** Proxy for reading the JWKS; undefined for none. */
  readonly jwksProxy?: ForwardProxy | undefined;
}

const NEVER = Number.NEGATIVE_INFINITY as EpochMs;

/** The identity provider's JWKS: read with the first token and refreshed every {@link KEYS_FRESH_MS}, with one request at a time. */
export class KeySet {
  readonly #set: RemoteJWKSet;
  readonly #transport: Transport;
  readonly #onUnavailable: (reason: string) => void;
  #readAt = NEVER;
  #attemptedAt = NEVER;
  #isFailing = false;
  #isClosed = false;
  #reading: Promise<void> | undefined;

  /**
   * @param timeoutMs timeout for reading the keys, in milliseconds
   * @param onUnavailable called with the reason for each failed read
   */
  constructor(
    { jwksUrl, jwksProxy }: JwksOptions,
    timeoutMs: number,
    onUnavailable: (reason: string) => void,
  ) {
    const url = new URL(jwksUrl);
    this.#transport = new Transport({
      origin: url.origin,
      proxy: jwksProxy,
      maxConnections: 1,
      maxBodyBytes: MAX_JWKS_BYTES,
      connectTimeoutMs: timeoutMs,
    });
    // This class controls the refresh: jose would discard old keys while the provider fails, and would retry for each token.
    this.#set = createRemoteJWKSet(url, {
      [customFetch]: fetchBy(this.#transport),
      timeoutDuration: timeoutMs,
      cacheMaxAge: Number.POSITIVE_INFINITY,
      cooldownDuration: Number.POSITIVE_INFINITY,
    });
    this.#onUnavailable = onUnavailable;
  }

  /** Time until which a result of these keys may be cached. */
  get cacheableUntil(): EpochMs {
    return later(this.#attemptedAt, this.#isFailing ? RETRY_PAUSE_MS : KEYS_FRESH_MS);
  }

  /** Finds the key of a token; a key resolver for jose. @throws KeysUnavailableError; JOSEError if no key matches */
  async find(header?: JWSHeaderParameters, token?: FlattenedJWSInput): Promise<CryptoKey> {
    await this.#readIfOlderThan(KEYS_FRESH_MS);
    if (epochNow() - this.#readAt > MAX_KEY_AGE_MS) throw new KeysUnavailableError();
    try {
      return await this.#set(header, token);
    } catch (error) {
      if (!(error instanceof JWKSNoMatchingKey)) throw error;
      await this.#readIfOlderThan(UNKNOWN_KEY_PAUSE_MS);
      if (this.#isFailing) throw new KeysUnavailableError();
      return this.#set(header, token);
    }
  }

  /** Aborts a read in flight without reporting it, and closes the connection to the provider. */
  close(): void {
    this.#isClosed = true;
    this.#transport.close();
  }

  /** Refreshes keys older than `ageMs`. Does not wait for the refresh if the last one failed and older keys are available. */
  async #readIfOlderThan(ageMs: number): Promise<void> {
    if (this.#reading === undefined) {
      const pauseMs = this.#isFailing ? RETRY_PAUSE_MS : ageMs;
      if (epochNow() - this.#attemptedAt < pauseMs) return;
      this.#reading = this.#read().finally(() => {
        this.#reading = undefined;
      });
    }
    const hasOlderKeys = this.#isFailing && this.#readAt !== NEVER;
    if (!hasOlderKeys) await this.#reading;
  }

  async #read(): Promise<void> {
    this.#attemptedAt = epochNow();
    try {
      await this.#set.reload();
      this.#readAt = this.#attemptedAt;
      this.#isFailing = false;
    } catch (error) {
      this.#isFailing = true;
      if (!this.#isClosed) this.#onUnavailable((error as Error).message);
    }
  }
}

/** `fetch` for jose over the transport of the upstream, with its proxy, limits and strict HTTP parsing. */
function fetchBy(transport: Transport): FetchImplementation {
  return (href, { headers, signal }) =>
    new Promise((resolve, reject) => {
      const { pathname, search } = new URL(href);
      const abortRequest = transport.send(
        { method: 'GET', path: pathname + search, headers: Object.fromEntries(headers) },
        guarded(({ status, text }) => resolve(new Response(text || null, { status })), reject),
        reject,
      );
      const abort = () => {
        abortRequest();
        reject(signal.reason);
      };
      signal.addEventListener('abort', guarded(abort, reject), { once: true });
    });
}
