import type { GraphQLError } from 'graphql';
import { costExtensions } from '../../limits/cost.ts';
import { type Answer, answerOf } from './answer.ts';
import { endOperation, operationSpan } from './operation-span.ts';
import { Operations } from './operations.ts';
import type { Params } from './params.ts';
import { type AnswerKey, ResponseCache } from './response-cache.ts';
import type { ResponseCaller } from './response-caller.ts';
import type { YogaOptions } from './yoga.ts';

/**
 * The fast path: serves valid queries from the response cache, else executes their prepared and compiled form. Everything else
 * goes through yoga.
 */
export class FastPath {
  readonly #options: YogaOptions;
  readonly #ttlMs: number;
  readonly #operations: Operations;
  readonly #responses: ResponseCache | undefined;

  /** @param ttlMs how old an upstream page may be when it is served; 0 keeps no answers */
  constructor(options: YogaOptions, ttlMs: number) {
    this.#options = options;
    this.#ttlMs = ttlMs;
    this.#operations = new Operations(options.schema, options.documents, options.executions);
    this.#responses = ttlMs === 0 ? undefined : new ResponseCache();
  }

  /** An answer that was given before and is still as fresh as one has to be. */
  kept(key: AnswerKey): Answer | undefined {
    return this.#responses?.get(key);
  }

  /** A compressed form was made of an answer that may be kept. */
  compressed(key: AnswerKey): void {
    this.#responses?.recount(key);
  }

  /**
   * @param tellsCost whether the answer says what it cost; then it is not kept
   * @returns undefined when it is no valid query, costs too much, or its variables do not fit: then nothing was executed
   */
  async answer(
    key: AnswerKey,
    params: Params,
    caller: ResponseCaller,
    tellsCost: boolean,
  ): Promise<Answer | undefined> {
    const query = this.#operations.find(params);
    if (query === undefined) return undefined;
    const cost = query.cost.of(params.variables);
    if (!this.#options.documents.isAllowed(cost)) return undefined;
    const span = operationSpan(caller, 'query', query.name);
    const context = this.#options.context(caller);
    const result = await query.run(context, params.variables);
    if (result.data === undefined) return undefined;
    const oldestSentAt = Math.min(context.freshness.oldestSentAt, performance.now());
    const told = tellsCost ? { ...result, extensions: costExtensions(cost, caller.calls.count) } : result;
    const answer = answerOf(told, this.#mask, key.mediaType, oldestSentAt + this.#ttlMs, query.name);
    endOperation(span, answer.outcome.code, caller);
    this.#responses?.keep(key, answer);
    return answer;
  }

  readonly #mask = (error: GraphQLError) => {
    const { maskError, errorMessage } = this.#options.maskedErrors;
    return maskError(error, errorMessage);
  };
}
