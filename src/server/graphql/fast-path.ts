import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import { later, monotonicNow } from '../../clock.ts';
import { CheckedDocument } from '../../limits/checked-document.ts';
import { costExtensions, type OperationCost } from '../../limits/cost.ts';
import type { GatewayContext } from '../../schema/builder.ts';
import type { MediaType } from '../http/content-negotiation.ts';
import { type CompiledQuery, compile } from './compiled/compile.ts';
import { beginOperationSpan, endOperationSpan } from './operation-outcome.ts';
import type { Params } from './request-params.ts';
import { type SerializedResponse, serializeResult } from './response.ts';
import type { ResponseCaller } from './response-caller.ts';
import type { EndpointOptions } from './yoga.ts';

/** Executes valid queries in prepared and compiled form. Everything else goes through yoga. */
export class FastPath {
  readonly #options: EndpointOptions;
  /** Prepared queries of each document by operation name; garbage-collected with the document. */
  readonly #queries = new WeakMap<CheckedDocument, Map<string | undefined, PreparedQuery>>();

  constructor(options: EndpointOptions) {
    this.#options = options;
  }

  /**
   * @param reportsCost whether the response carries `extensions.cost`
   * @returns undefined for anything but a valid query within the cost limit whose variables fit; then nothing was executed
   */
  async execute(
    params: Params,
    mediaType: MediaType,
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
    const extensions = reportsCost ? costExtensions(cost, caller.calls.count) : undefined;
    const response = serializeResult(
      extensions === undefined ? result : { ...result, extensions },
      this.#options.maskError,
      mediaType,
      later(oldest, this.#options.ttlMs),
      query.name,
    );
    endOperationSpan(span, response.outcome.code, caller);
    return response;
  }

  /** Returns undefined for anything but one valid query: yoga executes it or reports the error. */
  #find({ query: text, operationName }: Params): PreparedQuery | undefined {
    const document = this.#options.documents.find(text);
    if (!(document instanceof CheckedDocument) || document.errors.length > 0) return undefined;
    const known = this.#queries.get(document)?.get(operationName);
    if (known !== undefined) return known;
    const operation = document.operation(operationName);
    // Not memoized: clients can send any number of names that no operation has.
    if (operation?.operation !== OperationTypeNode.QUERY) return undefined;
    const query = new PreparedQuery(document, operation, this.#options);
    const queries = this.#queries.get(document) ?? new Map<string | undefined, PreparedQuery>();
    this.#queries.set(document, queries.set(operationName, query));
    return query;
  }
}

/** A valid query, compiled on its second request. */
class PreparedQuery {
  /** Computes the cost of one run from its variables. */
  readonly cost: OperationCost;
  readonly #document: DocumentNode;
  readonly #operation: OperationDefinitionNode;
  readonly #options: EndpointOptions;
  #runs = 0;
  #compiled: CompiledQuery | undefined;

  constructor(document: CheckedDocument, operation: OperationDefinitionNode, options: EndpointOptions) {
    this.#document = document.document;
    this.#operation = operation;
    this.cost = document.costOf(operation);
    this.#options = options;
  }

  /** Operation name; empty for an anonymous operation. */
  get name(): string {
    return this.#operation.name?.value ?? '';
  }

  /**
   * Runs the query. Errors are those of execution, not masked. A result without `data` means that the variables do not fit
   * and nothing was run.
   */
  async run(contextValue: GatewayContext, variables: Params['variables']): Promise<ExecutionResult> {
    const { schema, executorMetrics } = this.#options;
    const result = await this.#compiled?.(contextValue, variables);
    if (typeof result === 'object') {
      executorMetrics.compiled.count++;
      return { data: result };
    }
    if (result !== undefined) executorMetrics.bailouts.add([result]);
    else if (++this.#runs === 2 && executorMetrics.executor === 'compiled') this.#compile();
    executorMetrics.graphqlJs.count++;
    return execute({
      schema,
      document: this.#document,
      contextValue,
      variableValues: variables,
      operationName: this.#operation.name?.value,
      // The fast path never sends errors of variables; yoga reports them.
      hideSuggestions: true,
    });
  }

  /** Compiles the query. If that fails, graphql-js keeps executing it. */
  #compile(): void {
    const { schema, executorMetrics } = this.#options;
    try {
      const compiled = compile(schema, this.#document, this.#operation);
      if (typeof compiled === 'function') this.#compiled = compiled;
      else executorMetrics.uncompilable(this.name, compiled);
    } catch (error) {
      // Node may forbid code generation from strings.
      executorMetrics.uncompilable(this.name, 'code', error);
    }
  }
}
