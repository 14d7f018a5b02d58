import { LRUCache } from 'lru-cache';
import { ownMemory } from '../http/compression.ts';
import type { MediaType } from '../http/media-type.ts';
import type { Answer } from './response.ts';

const MAX_BYTES = 16 * 1024 * 1024;

/** What an answer takes beside its bytes and those of its request. */
const BYTES_BESIDE = 400;

/** Longest request whose answer is kept, in characters. */
const MAX_REQUEST_LENGTH = 10_000;

/** What tells requests apart that may get different answers. */
export interface AnswerKey {
  /** The bytes that were sent, a character each. */
  readonly bytes: string;
  readonly method: string | undefined;
  readonly mediaType: MediaType;
}

interface Kept {
  readonly answer: Answer;
  readonly method: string | undefined;
  readonly mediaType: MediaType;
}

/**
 * The bytes of whole answers, by the exact request. An answer is kept until the oldest row in it has reached the age that a
 * page may have; what has errors is not kept at all.
 *
 * Looked up by the bytes alone, because even to put a word before them would cost more than the look-up: of requests that
 * differ in nothing else, the last one's answer is kept.
 */
export class ResponseCache {
  readonly #answers = new LRUCache<string, Kept>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ answer }, bytes) =>
      answer.body.length + answer.forms.bytes + bytes.length + BYTES_BESIDE,
  });

  get({ bytes, method, mediaType }: AnswerKey): Answer | undefined {
    const kept = this.#answers.get(bytes);
    if (kept === undefined || kept.method !== method || kept.mediaType !== mediaType) return undefined;
    return performance.now() < kept.answer.freshUntil ? kept.answer : undefined;
  }

  keep({ bytes, method, mediaType }: AnswerKey, answer: Answer): void {
    if (answer.isKeepable && bytes.length <= MAX_REQUEST_LENGTH && performance.now() < answer.freshUntil)
      this.#answers.set(bytes, { answer: { ...answer, body: ownMemory(answer.body) }, method, mediaType });
  }

  /** Counts the bytes of an entry anew, after a compressed form was added to it. */
  recount({ bytes }: AnswerKey): void {
    const kept = this.#answers.peek(bytes);
    if (kept !== undefined) this.#answers.set(bytes, { ...kept });
  }
}
