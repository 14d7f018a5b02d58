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

/** How long keys are used before they are read again: a key that the provider withdraws is trusted no longer. @internal */
export const KEYS_FRESH_MS = 60_000;

/** How soon after a read an unknown key id has the keys read again: made-up ids cost the provider six requests a minute at most. */
export const UNKNOWN_KEY_PAUSE_MS = 10_000;

/** How soon keys are read again after a failure. No token waits for that while there are keys. @internal */
export const AWAY_PAUSE_MS = 5_000;

/** How long keys are trusted while the provider fails: an outage is no reason to lock everybody out, a day is. @internal */
export const MAX_KEY_AGE_MS = 86_400_000;

/** Largest JWKS that is read, in bytes. A key is about 500. */
const MAX_JWKS_BYTES = 1024 * 1024;

/** There are no keys, or none that may still be trusted. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';
}

export interface JwksOptions {
  readonly jwksUrl: string;
  /** The proxy that the JWKS is read through; undefined: none. */
  readonly jwksProxy?: ForwardProxy | undefined;
}

const NEVER = Number.NEGATIVE_INFINITY as EpochMs;

/** The provider's public keys, read when they are first needed and then again and again, by one request at a time. */
export class KeySet {
  readonly #set: RemoteJWKSet;
  readonly #transport: Transport;
  readonly #onAway: (reason: string) => void;
  #readAt = NEVER;
  #triedAt = NEVER;
  #isAway = false;
  #isClosed = false;
  #reading: Promise<void> | undefined;

  /**
   * @param timeoutMs how long the provider may take to respond, in milliseconds
   * @param onAway called with the reason each time the keys could not be read
   */
  constructor({ jwksUrl, jwksProxy }: JwksOptions, timeoutMs: number, onAway: (reason: string) => void) {
    const url = new URL(jwksUrl);
    this.#transport = new Transport({
      origin: url.origin,
      proxy: jwksProxy,
      // The keys are read by one request at a time.
      maxConnections: 1,
      maxBodyBytes: MAX_JWKS_BYTES,
      connectTimeoutMs: timeoutMs,
    });
    // This class decides when to read: jose would drop keys for their age while the provider fails, and would read
    // again for each token.
    this.#set = createRemoteJWKSet(url, {
      [customFetch]: fetchBy(this.#transport),
      timeoutDuration: timeoutMs,
      cacheMaxAge: Number.POSITIVE_INFINITY,
      cooldownDuration: Number.POSITIVE_INFINITY,
    });
    this.#onAway = onAway;
  }

  /** Until when what these keys verified may be cached. */
  get goodUntil(): EpochMs {
    return later(this.#triedAt, this.#isAway ? AWAY_PAUSE_MS : KEYS_FRESH_MS);
  }

  /** The key of a token, as jose asks for it. @throws KeysUnavailableError; JOSEError when there is no such key */
  async find(header?: JWSHeaderParameters, token?: FlattenedJWSInput): Promise<CryptoKey> {
    await this.#readIfOlderThan(KEYS_FRESH_MS);
    if (epochNow() - this.#readAt > MAX_KEY_AGE_MS) throw new KeysUnavailableError();
    try {
      return await this.#set(header, token);
    } catch (error) {
      if (!(error instanceof JWKSNoMatchingKey)) throw error;
      await this.#readIfOlderThan(UNKNOWN_KEY_PAUSE_MS);
      if (this.#isAway) throw new KeysUnavailableError();
      return this.#set(header, token);
    }
  }

  /** Ends a read under way, which is not reported, and closes the connection to the provider. */
  close(): void {
    this.#isClosed = true;
    this.#transport.close();
  }

  /** Waits for the provider, unless there are keys to go on with and it failed the last time. */
  async #readIfOlderThan(ageMs: number): Promise<void> {
    if (this.#reading === undefined) {
      const pauseMs = this.#isAway ? AWAY_PAUSE_MS : ageMs;
      if (epochNow() - this.#triedAt < pauseMs) return;
      this.#reading = this.#read().finally(() => {
        this.#reading = undefined;
      });
    }
    const goesOn = this.#isAway && this.#readAt !== NEVER;
    if (!goesOn) await this.#reading;
  }

  async #read(): Promise<void> {
    this.#triedAt = epochNow();
    try {
      await this.#set.reload();
      this.#readAt = this.#triedAt;
      this.#isAway = false;
    } catch (error) {
      this.#isAway = true;
      if (!this.#isClosed) this.#onAway((error as Error).message);
    }
  }
}

/** A fetch for jose: through the proxy, with the limits and the strictness of requests to the upstream. */
function fetchBy(transport: Transport): FetchImplementation {
  return (href, { headers, signal }) =>
    new Promise((resolve, reject) => {
      const { pathname, search } = new URL(href);
      const breakOff = transport.send(
        { method: 'GET', path: pathname + search, headers: Object.fromEntries(headers) },
        guarded(({ status, text }) => resolve(new Response(text || null, { status })), reject),
        reject,
      );
      const abort = () => {
        breakOff();
        reject(signal.reason);
      };
      signal.addEventListener('abort', guarded(abort, reject), { once: true });
    });
}
