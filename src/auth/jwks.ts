import type { CryptoKey, FlattenedJWSInput, JWSHeaderParameters } from 'jose';
import { JWKSNoMatchingKey } from 'jose/errors';
import {
  createRemoteJWKSet,
  customFetch,
  type FetchImplementation,
  type RemoteJWKSet,
} from 'jose/jwks/remote';
import { guarded } from '../guarded.ts';
import { Transport, TransportError } from '../upstream/transport.ts';
import type { JwtOptions } from './options.ts';

/** Till when keys are taken for those of the provider: a key that it withdraws is trusted no longer than this. */
export const KEYS_FRESH_MS = 60_000;

/**
 * How soon after the keys were read an unknown key id may have them read again. A key that the provider signs with at once
 * is known after this at the latest; made-up ids cost the provider six requests a minute, however many are sent.
 */
export const UNKNOWN_KEY_PAUSE_MS = 10_000;

/** How soon a provider that failed is asked again. Nobody waits for that while there are keys. */
export const AWAY_PAUSE_MS = 5_000;

/** How long known keys are trusted while the provider is away: an outage is no reason to lock everybody out, a day is. */
export const MAX_KEY_AGE_MS = 86_400_000;

/** Largest JWKS that is read, in bytes. A key is about 500. */
const MAX_JWKS_BYTES = 1024 * 1024;

/** There are no keys to check a token with, or none that may still be believed. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';
}

/** The provider's public keys, read when they are first needed and then again and again, by one request at a time. */
export class KeySet {
  readonly #set: RemoteJWKSet;
  readonly #transport: Transport;
  readonly #onAway: (reason: string) => void;
  /** Times are in milliseconds of `Date.now()`. */
  #readAt = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;
  #isAway = false;
  #isClosed = false;
  #reading: Promise<void> | undefined;

  /**
   * @param timeoutMs how long the provider may take to respond, in milliseconds
   * @param onAway called with the reason each time the keys could not be read
   */
  constructor(
    { jwksUrl, jwksProxy }: Pick<JwtOptions, 'jwksUrl' | 'jwksProxy'>,
    timeoutMs: number,
    onAway: (reason: string) => void,
  ) {
    const url = new URL(jwksUrl);
    this.#transport = new Transport({
      origin: url.origin,
      proxy: jwksProxy,
      // The keys are read by one request at a time.
      maxConnections: 1,
      maxBodyBytes: MAX_JWKS_BYTES,
      connectTimeoutMs: timeoutMs,
    });
    // When to read is decided here: jose would forget keys for their age, however the provider is, and would ask one that
    // is away again for each token.
    this.#set = createRemoteJWKSet(url, {
      [customFetch]: fetchBy(this.#transport),
      timeoutDuration: timeoutMs,
      cacheMaxAge: Number.POSITIVE_INFINITY,
      cooldownDuration: Number.POSITIVE_INFINITY,
    });
    this.#onAway = onAway;
  }

  /** Till when what these keys verified may be remembered, in milliseconds of `Date.now()`. */
  get goodUntil(): number {
    return this.#triedAt + (this.#isAway ? AWAY_PAUSE_MS : KEYS_FRESH_MS);
  }

  /** The key of a token, as jose asks for it. @throws KeysUnavailableError; JOSEError when there is no such key */
  async find(header?: JWSHeaderParameters, token?: FlattenedJWSInput): Promise<CryptoKey> {
    await this.#readIfOlderThan(KEYS_FRESH_MS);
    if (Date.now() - this.#readAt > MAX_KEY_AGE_MS) throw new KeysUnavailableError();
    try {
      return await this.#set(header, token);
    } catch (error) {
      if (!(error instanceof JWKSNoMatchingKey)) throw error;
      await this.#readIfOlderThan(UNKNOWN_KEY_PAUSE_MS);
      if (this.#isAway) throw new KeysUnavailableError();
      return this.#set(header, token);
    }
  }

  /** Ends a read under way, which is not reported, and closes the connection to the provider. No more keys are read. */
  close(): void {
    this.#isClosed = true;
    this.#transport.close();
  }

  /** Waits for the provider, unless there are keys to go on with and it failed the last time. */
  async #readIfOlderThan(ageMs: number): Promise<void> {
    if (this.#reading === undefined) {
      const pauseMs = this.#isAway ? AWAY_PAUSE_MS : ageMs;
      if (Date.now() - this.#triedAt < pauseMs) return;
      this.#reading = this.#read().finally(() => {
        this.#reading = undefined;
      });
    }
    const goesOn = this.#isAway && this.#readAt !== Number.NEGATIVE_INFINITY;
    if (!goesOn) await this.#reading;
  }

  async #read(): Promise<void> {
    this.#triedAt = Date.now();
    try {
      await this.#set.reload();
      this.#readAt = this.#triedAt;
      this.#isAway = false;
    } catch (error) {
      this.#isAway = true;
      if (!this.#isClosed) this.#onAway(reasonOf(error));
    }
  }
}

/** What jose fetches with: through the proxy, with the same limits and the same strictness as requests to the upstream. */
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

/** For the log: the words of the transport or of jose, which hold nothing but what went wrong. */
function reasonOf(error: unknown): string {
  return error instanceof TransportError ? error.message : (error as Error).message;
}
