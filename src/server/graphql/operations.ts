import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLSchema,
  getOperationAST,
  parse,
  specifiedRules,
  type ValidationRule,
  validate,
} from 'graphql';
import type { CompiledQuery } from 'graphql-jit';
import { LRUCache } from 'lru-cache';
import type { GatewayContext } from '../../schema/builder.ts';
import type { Params } from './params.ts';

/** Documents that are kept parsed and checked, and those of them that are asked for again, compiled. */
const MAX_DOCUMENTS = 1000;

/** The queries of one schema, each parsed and checked once, and compiled once it is asked for again. */
export class Operations {
  readonly #schema: GraphQLSchema;
  readonly #rules: readonly ValidationRule[];
  readonly #queries = new LRUCache<string, Query | 'unfit'>({ max: MAX_DOCUMENTS });

  /** @param rules what documents have to keep to beside the specification */
  constructor(schema: GraphQLSchema, rules: readonly ValidationRule[]) {
    this.#schema = schema;
    this.#rules = [...specifiedRules, ...rules];
  }

  /** Undefined for what is no query, not valid, or not one operation: yoga says why, or does it. */
  find({ query, operationName }: Params): Query | undefined {
    const key = operationName === undefined ? query : `${operationName}\n${query}`;
    let found = this.#queries.get(key);
    if (found === undefined) {
      found = this.#prepare(query, operationName);
      this.#queries.set(key, found);
    }
    return found === 'unfit' ? undefined : found;
  }

  #prepare(query: string, operationName: string | undefined): Query | 'unfit' {
    try {
      const document = parse(query);
      const operation = getOperationAST(document, operationName);
      const isFit =
        operation?.operation === 'query' && validate(this.#schema, document, this.#rules).length === 0;
      return isFit ? new Query(this.#schema, document, operationName) : 'unfit';
    } catch {
      return 'unfit';
    }
  }
}

/** A query that is fit to be run. */
export class Query {
  readonly #schema: GraphQLSchema;
  readonly #document: DocumentNode;
  readonly #operationName: string | undefined;
  #isKnown = false;
  #compiled: CompiledQuery | undefined;

  constructor(schema: GraphQLSchema, document: DocumentNode, operationName: string | undefined) {
    this.#schema = schema;
    this.#document = document;
    this.#operationName = operationName;
  }

  /** Errors are as execution found them, not masked. Without `data`, nothing was run: the variables do not fit. */
  async run(contextValue: GatewayContext, variables: Params['variables']): Promise<ExecutionResult> {
    if (this.#compiled !== undefined) return this.#compiled.query(undefined, contextValue, variables);
    if (this.#isKnown) void this.#compile();
    this.#isKnown = true;
    return execute({
      schema: this.#schema,
      document: this.#document,
      contextValue,
      variableValues: variables,
      operationName: this.#operationName,
    });
  }

  async #compile(): Promise<void> {
    const { compileQuery, isCompiledQuery } = await import('graphql-jit');
    const compiled = compileQuery(this.#schema, this.#document, this.#operationName);
    if (isCompiledQuery(compiled)) this.#compiled = compiled;
  }
}
