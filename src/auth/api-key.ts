import { hash, timingSafeEqual } from 'node:crypto';

/** An API key as the gateway keeps it: nothing from which the key could be recovered. */
export interface ApiKey {
  /** Name of the client in the log, the metrics and the limits. Several keys may have one name. */
  readonly client: string;
  /** SHA-256 of the key. Keys are random, so that a slow hash would protect nothing. */
  readonly digest: Buffer;
  /** Shorter than {@link SHORT_KEY}: it could be guessed. */
  readonly isShort: boolean;
}

/** 16 characters of base64 are 96 random bits; with fewer, a key begins to be guessable. */
export const SHORT_KEY = 16;

export function rememberKey(client: string, key: string): ApiKey {
  return { client, digest: digestOf(key), isShort: key.length < SHORT_KEY };
}

/** Index of the key with this digest, or -1. Takes the same time for every key and for none. */
export function indexOfKey(keys: readonly ApiKey[], digest: Buffer): number {
  let found = -1;
  for (let index = 0; index < keys.length; index++) {
    if (timingSafeEqual((keys[index] as ApiKey).digest, digest)) found = index;
  }
  return found;
}

/** SHA-256, 32 bytes. */
export function digestOf(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}
