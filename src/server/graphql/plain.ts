import type { IncomingMessage } from 'node:http';
import type { GraphQLError } from 'graphql';
import type { Caller } from '../../voice-jobs/caller.ts';
import { type Answer, answerOf } from './answer.ts';
import { HotAnswers } from './hot-answers.ts';
import { type MediaType, mediaTypeFor } from './media-type.ts';
import { Operations } from './operations.ts';
import type { Params } from './params.ts';
import type { YogaOptions } from './yoga.ts';

/** A request that may be a plain query: what came, as text, and in what form the answer is to be. */
export interface PlainRequest {
  readonly text: string;
  readonly mediaType: MediaType;
  /** Tells it from every request that may get another answer. */
  readonly key: string;
}

/** @returns undefined when no form of a whole answer is wanted */
export function plainRequest({ method, headers }: IncomingMessage, text: string): PlainRequest | undefined {
  const mediaType = mediaTypeFor(headers.accept);
  return mediaType && { text, mediaType, key: `${method} ${mediaType} ${text}` };
}

/** Answers plain queries by the short way. */
export class PlainQueries {
  readonly #options: YogaOptions;
  readonly #ttlMs: number;
  readonly #operations: Operations;
  readonly #hot: HotAnswers | undefined;

  /** @param ttlMs how old an upstream page may be when it is served; 0 keeps no answers */
  constructor(options: YogaOptions, ttlMs: number) {
    this.#options = options;
    this.#ttlMs = ttlMs;
    this.#operations = new Operations(options.schema, options.rules);
    this.#hot = ttlMs === 0 ? undefined : new HotAnswers();
  }

  /** An answer that was given before and is still as fresh as one has to be. */
  kept({ key }: PlainRequest): Answer | undefined {
    return this.#hot?.get(key);
  }

  /** @returns undefined when it is no valid query, or its variables do not fit: then nothing was executed */
  async answer(request: PlainRequest, params: Params, caller: Caller): Promise<Answer | undefined> {
    const query = this.#operations.find(params);
    if (query === undefined) return undefined;
    const context = this.#options.context(caller);
    const result = await query.run(context, params.variables);
    if (result.data === undefined) return undefined;
    const oldestSentAt = Math.min(context.freshness.oldestSentAt, performance.now());
    const answer = answerOf(result, this.#mask, request.mediaType, oldestSentAt + this.#ttlMs);
    this.#hot?.keep(request.key, answer);
    return answer;
  }

  readonly #mask = (error: GraphQLError) => {
    const { maskError, errorMessage } = this.#options.maskedErrors;
    return maskError(error, errorMessage);
  };
}
