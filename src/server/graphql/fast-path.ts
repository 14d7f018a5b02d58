import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import { later, monotonicNow } from '../../clock.ts';
import { CheckedDocument } from '../../limits/checked-documents.ts';
import type { OperationCost } from '../../limits/cost.ts';
import { costExtensions } from '../../limits/told-cost.ts';
import type { GatewayContext } from '../../schema/builder.ts';
import { type CompiledQuery, compile } from './compiled/compile.ts';
import type { ExecutorMetrics } from './executor-metrics.ts';
import { beginOperationSpan, endOperationSpan } from './operation-outcome.ts';
import type { Params } from './request-params.ts';
import { type SerializedResponse, serializeResult } from './response.ts';
import { ResponseCache, type ResponseKey } from './response-cache.ts';
import type { ResponseCaller } from './response-caller.ts';
import type { YogaOptions } from './yoga.ts';

/**
 * The fast path: serves valid queries from the response cache, else executes their prepared and compiled form. Everything else
 * goes through yoga.
 */
export class FastPath {
  readonly #options: YogaOptions;
  readonly #ttlMs: number;
  /** Prepared queries of each document by the operation's name; forgotten with the document. */
  readonly #queries = new WeakMap<CheckedDocument, Map<string | undefined, PreparedQuery>>();
  readonly #responses: ResponseCache | undefined;

  /** @param ttlMs how old an upstream page may be when it is served; 0 caches no responses */
  constructor(options: YogaOptions, ttlMs: number) {
    this.#options = options;
    this.#ttlMs = ttlMs;
    this.#responses = ttlMs === 0 ? undefined : new ResponseCache();
  }

  /** A fresh response from the cache. */
  cached(key: ResponseKey): SerializedResponse | undefined {
    return this.#responses?.get(key);
  }

  /** A compressed form was added to a response that may be cached. */
  compressed(key: ResponseKey): void {
    this.#responses?.recount(key);
  }

  /**
   * @param reportsCost whether the response says what it cost; then it is not cached
   * @returns undefined when it is no valid query, costs too much, or its variables do not fit: then nothing was executed
   */
  async execute(
    key: ResponseKey,
    params: Params,
    caller: ResponseCaller,
    reportsCost: boolean,
  ): Promise<SerializedResponse | undefined> {
    const query = this.#find(params);
    if (query === undefined) return undefined;
    const cost = query.cost.of(params.variables);
    if (!this.#options.documents.isAllowed(cost)) return undefined;
    const span = beginOperationSpan(caller, 'query', query.name);
    const context = this.#options.context(caller);
    const result = await query.run(context, params.variables);
    if (result.data === undefined) return undefined;
    const now = monotonicNow();
    const oldest = Math.min(context.freshness.oldestSentAt, now) as typeof now;
    const reported = reportsCost
      ? { ...result, extensions: costExtensions(cost, caller.upstreamCalls) }
      : result;
    const response = serializeResult(
      reported,
      this.#mask,
      key.mediaType,
      later(oldest, this.#ttlMs),
      query.name,
    );
    endOperationSpan(span, response.outcome.code, caller);
    this.#responses?.set(key, response);
    return response;
  }

  readonly #mask = (error: GraphQLError) => {
    const { maskError, errorMessage } = this.#options.maskedErrors;
    return maskError(error, errorMessage);
  };

  /** Undefined for what is no query, not valid, or not one operation: yoga reports why, or executes it. */
  #find({ query: text, operationName }: Params): PreparedQuery | undefined {
    const { schema, documents, executorMetrics } = this.#options;
    const document = documents.find(text);
    if (!(document instanceof CheckedDocument) || document.errors.length > 0) return undefined;
    const known = this.#queries.get(document)?.get(operationName);
    if (known !== undefined) return known;
    const operation = document.operation(operationName);
    // Not remembered: there is no end of names that no operation has.
    if (operation?.operation !== OperationTypeNode.QUERY) return undefined;
    const cost = document.costOf(operation);
    const query = new PreparedQuery(schema, document.document, operation, cost, executorMetrics);
    const queries = this.#queries.get(document) ?? new Map<string | undefined, PreparedQuery>();
    this.#queries.set(document, queries.set(operationName, query));
    return query;
  }
}

/** A valid query, compiled when it is asked for the second time. */
class PreparedQuery {
  /** What a run of it may cost. */
  readonly cost: OperationCost;
  readonly #schema: GraphQLSchema;
  readonly #document: DocumentNode;
  readonly #operation: OperationDefinitionNode;
  readonly #metrics: ExecutorMetrics;
  #runs = 0;
  #compiled: CompiledQuery | undefined;

  constructor(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    cost: OperationCost,
    metrics: ExecutorMetrics,
  ) {
    this.#schema = schema;
    this.#document = document;
    this.#operation = operation;
    this.cost = cost;
    this.#metrics = metrics;
  }

  /** Empty where it has none. */
  get name(): string {
    return this.#operation.name?.value ?? '';
  }

  /** Errors are as execution found them, not masked. Without `data`, nothing was run: the variables do not fit. */
  async run(contextValue: GatewayContext, variables: Params['variables']): Promise<ExecutionResult> {
    const result = await this.#compiled?.(contextValue, variables);
    if (typeof result === 'object') {
      this.#metrics.compiled.times++;
      return { data: result };
    }
    if (result !== undefined) this.#metrics.bailedOut(result);
    else if (++this.#runs === 2 && this.#metrics.executor === 'compiled') this.#compile();
    this.#metrics.graphqlJs.times++;
    return execute({
      schema: this.#schema,
      document: this.#document,
      contextValue,
      variableValues: variables,
      operationName: this.#operation.name?.value,
      // The fast path sends no errors of variables: yoga reports them.
      hideSuggestions: true,
    });
  }

  /** What cannot be compiled goes on being executed by graphql-js. */
  #compile(): void {
    try {
      const compiled = compile(this.#schema, this.#document, this.#operation);
      if (typeof compiled === 'function') this.#compiled = compiled;
      else this.#metrics.uncompilable(this.name, compiled);
    } catch (error) {
      // Node may run without code generation from strings.
      this.#metrics.uncompilable(this.name, 'code', error);
    }
  }
}
