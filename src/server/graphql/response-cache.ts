import { LRUCache } from 'lru-cache';
import { monotonicNow } from '../../clock.ts';
import { ownMemory } from '../http/compression.ts';
import type { MediaType } from '../http/content-negotiation.ts';
import type { SerializedResponse } from './response.ts';

const MAX_BYTES = 16 * 1024 * 1024;

/** Bytes of an entry beside its response and its key. */
const ENTRY_OVERHEAD = 400;

/** Longest request whose response is cached, in characters. */
const MAX_REQUEST_LENGTH = 10_000;

/** What tells apart requests that may get different responses. */
export interface ResponseKey {
  /** The bytes that were sent, a character each. */
  readonly bytes: string;
  readonly method: string | undefined;
  readonly mediaType: MediaType;
}

/**
 * Whole responses without errors by the exact request, until their oldest row has reached the age that a page may have. Looked
 * up by the bytes alone, because a composed key would cost more than the look-up: of requests with the same bytes, the last
 * one's response is cached.
 */
export class ResponseCache {
  readonly #entries = new LRUCache<
    string,
    { readonly key: ResponseKey; readonly response: SerializedResponse }
  >({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ response }, bytes) =>
      response.body.length + response.forms.bytes + bytes.length + ENTRY_OVERHEAD,
  });

  get({ bytes, method, mediaType }: ResponseKey): SerializedResponse | undefined {
    const entry = this.#entries.get(bytes);
    if (entry === undefined || entry.key.method !== method || entry.key.mediaType !== mediaType)
      return undefined;
    return monotonicNow() < entry.response.freshUntil ? entry.response : undefined;
  }

  set(key: ResponseKey, response: SerializedResponse): void {
    if (!response.isCacheable || key.bytes.length > MAX_REQUEST_LENGTH) return;
    if (monotonicNow() >= response.freshUntil) return;
    this.#entries.set(key.bytes, { key, response: { ...response, body: ownMemory(response.body) } });
  }

  /** Counts the bytes of an entry anew, after a compressed form was added to it. */
  recount({ bytes }: ResponseKey): void {
    const entry = this.#entries.peek(bytes);
    if (entry !== undefined) this.#entries.set(bytes, { ...entry });
  }
}
