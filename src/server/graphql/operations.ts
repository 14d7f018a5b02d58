import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLSchema,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import type { OperationCost } from '../../limits/cost.ts';
import { CheckedDocument, type DocumentCache } from '../../limits/document-cache.ts';
import type { GatewayContext } from '../../schema/builder.ts';
import { type CompiledQuery, compile } from './compiled/compile.ts';
import type { Executions } from './executions.ts';
import type { Params } from './params.ts';

/** The queries of one schema, each prepared once, and compiled once it is asked for again. */
export class Operations {
  readonly #schema: GraphQLSchema;
  readonly #documents: DocumentCache;
  readonly #executions: Executions;
  /** Of each document by the operation's name; forgotten with the document. */
  readonly #queries = new WeakMap<CheckedDocument, Map<string | undefined, Query>>();

  constructor(schema: GraphQLSchema, documents: DocumentCache, executions: Executions) {
    this.#schema = schema;
    this.#documents = documents;
    this.#executions = executions;
  }

  /** Undefined for what is no query, not valid, or not one operation: yoga says why, or does it. */
  find({ query, operationName }: Params): Query | undefined {
    const document = this.#documents.find(query);
    if (!(document instanceof CheckedDocument) || document.errors.length > 0) return undefined;
    return this.#queries.get(document)?.get(operationName) ?? this.#prepare(document, operationName);
  }

  /** What is no query is not kept: there is no end of names that no operation has. */
  #prepare(document: CheckedDocument, operationName: string | undefined): Query | undefined {
    const operation = document.operation(operationName);
    if (operation?.operation !== OperationTypeNode.QUERY) return undefined;
    const cost = document.costOf(operation);
    const query = new Query(this.#schema, document.document, operation, cost, this.#executions);
    const queries = this.#queries.get(document) ?? new Map<string | undefined, Query>();
    this.#queries.set(document, queries.set(operationName, query));
    return query;
  }
}

/** A query that is fit to be run. */
export class Query {
  /** What a run of it may cost. */
  readonly cost: OperationCost;
  readonly #schema: GraphQLSchema;
  readonly #document: DocumentNode;
  readonly #operation: OperationDefinitionNode;
  readonly #executions: Executions;
  #runs = 0;
  #compiled: CompiledQuery | undefined;

  constructor(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    cost: OperationCost,
    executions: Executions,
  ) {
    this.#schema = schema;
    this.#document = document;
    this.#operation = operation;
    this.cost = cost;
    this.#executions = executions;
  }

  /** Empty where it has none. */
  get name(): string {
    return this.#operation.name?.value ?? '';
  }

  /** Errors are as execution found them, not masked. Without `data`, nothing was run: the variables do not fit. */
  async run(contextValue: GatewayContext, variables: Params['variables']): Promise<ExecutionResult> {
    const result = await this.#compiled?.(contextValue, variables);
    if (typeof result === 'object') {
      this.#executions.compiled.times++;
      return { data: result };
    }
    if (result !== undefined) this.#executions.bailedOut(result);
    else if (++this.#runs === 2 && this.#executions.executor === 'compiled') this.#compile();
    this.#executions.graphqlJs.times++;
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
      else this.#executions.uncompilable(this.name, compiled);
    } catch (error) {
      // Node may have been told to make no code of texts.
      this.#executions.uncompilable(this.name, 'code', error);
    }
  }
}
