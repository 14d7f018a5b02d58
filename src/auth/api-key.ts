import { hash, timingSafeEqual } from 'node:crypto';

/** An API key as its SHA-256 digest. The key itself is not stored. */
export interface ApiKey {
  /** Client name in the log, the metrics and the limits. Several keys may share a name. */
  readonly client: string;
  /** SHA-256 of the key. Keys are random, so a slow hash would add no protection. */
  readonly digest: Buffer;
  /** Whether the key has fewer than {@link SHORT_KEY} characters and can be guessed. */
  readonly isShort: boolean;
}

/** Shortest key without a warning, in characters: 16 characters of base64 are 96 random bits. */
export const SHORT_KEY = 16;

/** Hashes an API key. @param client name of its client */
export function hashApiKey(client: string, key: string): ApiKey {
  return { client, digest: digestOf(key), isShort: key.length < SHORT_KEY };
}

/** Index of the key with this digest, or -1. Runs in constant time, so that timing reveals no key. */
export function findKeyIndex(keys: readonly ApiKey[], digest: Buffer): number {
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
