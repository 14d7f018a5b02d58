import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  type ValidationRule,
  validate,
} from 'graphql';
import type { CompiledQuery } from 'graphql-jit';
import { LRUCache } from 'lru-cache';
import type { GatewayContext } from '../../schema/builder.ts';
import { isCompilable, variablesNeverNull } from './compilable.ts';
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
    const key =
      operationName === undefined ? `-${query}` : `${operationName.length}:${operationName}${query}`;
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
      if (operation?.operation !== 'query') return 'unfit';
      if (validate(this.#schema, document, this.#rules).length > 0) return 'unfit';
      return new Query(this.#schema, document, operation);
    } catch {
      return 'unfit';
    }
  }
}

/** A query that is fit to be run. */
export class Query {
  readonly #schema: GraphQLSchema;
  readonly #document: DocumentNode;
  readonly #operation: OperationDefinitionNode;
  #runs = 0;
  #compiled: CompiledQuery | undefined;
  #neverNull: ReadonlySet<string> = new Set();

  constructor(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) {
    this.#schema = schema;
    this.#document = document;
    this.#operation = operation;
  }

  /** Errors are as execution found them, not masked. Without `data`, nothing was run: the variables do not fit. */
  async run(contextValue: GatewayContext, variables: Params['variables']): Promise<ExecutionResult> {
    if (this.#compiled !== undefined && !this.#hasBadNull(variables))
      return this.#compiled.query(undefined, contextValue, variables);
    if (++this.#runs === 2) void this.#compile();
    return execute({
      schema: this.#schema,
      document: this.#document,
      contextValue,
      variableValues: variables,
      operationName: this.#operation.name?.value,
    });
  }

  /** What cannot be compiled, for whatever reason, goes on being executed as it is. */
  async #compile(): Promise<void> {
    if (!isCompilable(this.#schema, this.#document, this.#operation)) return;
    try {
      const { compileQuery, isCompiledQuery } = await import('graphql-jit');
      const compiled = compileQuery(this.#schema, this.#document, this.#operation.name?.value);
      if (!isCompiledQuery(compiled)) return;
      this.#neverNull = variablesNeverNull(this.#schema, this.#document);
      this.#compiled = compiled;
    } catch {
      return;
    }
  }

  #hasBadNull(variables: Params['variables']): boolean {
    for (const name of this.#neverNull) if (variables?.[name] === null) return true;
    return false;
  }
}
