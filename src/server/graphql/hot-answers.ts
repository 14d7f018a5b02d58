import { LRUCache } from 'lru-cache';
import type { Answer } from './answer.ts';

const MAX_BYTES = 16 * 1024 * 1024;

/** Longest request whose answer is kept, in characters. */
const MAX_REQUEST_LENGTH = 10_000;

/**
 * The bytes of whole answers, by the exact request. An answer is kept until the oldest row in it has reached the age that a
 * page may have; what has errors is not kept at all.
 */
export class HotAnswers {
  readonly #answers = new LRUCache<string, Answer>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ body }, key) => body.length + 2 * key.length,
  });

  /** @param request whatever tells answers apart: method, media type, and the bytes that were sent */
  get(request: string): Answer | undefined {
    const answer = this.#answers.get(request);
    return answer !== undefined && performance.now() < answer.freshUntil ? answer : undefined;
  }

  keep(request: string, answer: Answer): void {
    if (answer.isWhole && request.length <= MAX_REQUEST_LENGTH && performance.now() < answer.freshUntil)
      this.#answers.set(request, answer);
  }
}
