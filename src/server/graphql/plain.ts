import type { GraphQLError } from 'graphql';
import type { Caller } from '../../voice-jobs/caller.ts';
import { type Answer, answerOf } from './answer.ts';
import { type AnswerKey, HotAnswers } from './hot-answers.ts';
import { Operations } from './operations.ts';
import type { Params } from './params.ts';
import type { YogaOptions } from './yoga.ts';

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
  kept(key: AnswerKey): Answer | undefined {
    return this.#hot?.get(key);
  }

  /** @returns undefined when it is no valid query, or its variables do not fit: then nothing was executed */
  async answer(key: AnswerKey, params: Params, caller: Caller): Promise<Answer | undefined> {
    const query = this.#operations.find(params);
    if (query === undefined) return undefined;
    const context = this.#options.context(caller);
    const result = await query.run(context, params.variables);
    if (result.data === undefined) return undefined;
    const oldestSentAt = Math.min(context.freshness.oldestSentAt, performance.now());
    const answer = answerOf(result, this.#mask, key.mediaType, oldestSentAt + this.#ttlMs);
    this.#hot?.keep(key, answer);
    return answer;
  }

  readonly #mask = (error: GraphQLError) => {
    const { maskError, errorMessage } = this.#options.maskedErrors;
    return maskError(error, errorMessage);
  };
}
