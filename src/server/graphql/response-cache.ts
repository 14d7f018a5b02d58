import { LRUCache } from 'lru-cache';
import { monotonicNow } from '../../clock.ts';
import { ownMemory } from '../http/compression.ts';
import type { MediaType } from '../http/content-negotiation.ts';
import type { SerializedResponse } from './response.ts';

const MAX_BYTES = 16 * 1024 * 1024;

/** Estimated bytes of an entry in addition to its response and its key. */
const ENTRY_OVERHEAD = 400;

/** Maximum length of a request whose response is cached, in characters. */
const MAX_REQUEST_LENGTH = 10_000;

/** Properties that distinguish requests with different responses. */
export interface ResponseKey {
  /** The request body or query string as a latin1 string, one character per byte. */
  readonly bytes: string;
  readonly method: string | undefined;
  readonly mediaType: MediaType;
}

/**
 * Responses without errors by exact request bytes. An entry expires when its oldest row reaches the maximum age of a page.
 * Method and media type are compared after the look-up, because a composed key would cost more than the look-up itself: of
 * requests with equal bytes, only the latest one's response is cached.
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

  /** Updates the size of an entry after a compressed form was added. */
  recount({ bytes }: ResponseKey): void {
    const entry = this.#entries.peek(bytes);
    if (entry !== undefined) this.#entries.set(bytes, { ...entry });
  }
}
