import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
  parse,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { cutMessage } from '../errors.ts';
import { type Cost, OperationCost } from './cost.ts';
import { checkDocumentLimits, complexityError, countTokens } from './document-limits.ts';
import { fragmentsOf } from './flatten-selections.ts';
import { validateDocument } from './validation.ts';

/** Checks of documents in addition to the specification's rules. */
export interface Checks {
  readonly introspection: boolean;
  readonly limits: {
    /** Maximum number of levels of nested fields. */
    readonly depth: number;
    /** Maximum cost of an operation, in points. */
    readonly complexity: number;
    /** Maximum number of upstream calls of one search. */
    readonly searchCalls: number;
  };
}

const MAX_DOCUMENTS = 1000;

/** Maximum size of all texts and syntax trees together. */
const MAX_BYTES = 32 * 1024 * 1024;

/** Estimated size of a token with its part of the syntax tree. */
const BYTES_A_TOKEN = 400;

/** A parsed document with its errors. */
export class CheckedDocument {
  readonly document: DocumentNode;
  /** Empty for a document that may be executed. */
  readonly errors: readonly GraphQLError[];
  readonly tokens: number;
  readonly #schema: GraphQLSchema;
  readonly #searchCalls: number;
  readonly #costs = new Map<OperationDefinitionNode, OperationCost>();

  constructor(
    document: DocumentNode,
    errors: readonly GraphQLError[],
    tokens: number,
    schema: GraphQLSchema,
    searchCalls: number,
  ) {
    this.#searchCalls = searchCalls;
    this.document = document;
    this.#schema = schema;
    this.errors = errors;
    this.tokens = tokens;
  }

  /** Returns undefined unless the name selects exactly one operation. */
  operation(name: string | null | undefined): OperationDefinitionNode | undefined {
    return getOperationAST(this.document, name) ?? undefined;
  }

  /** Cost of an operation of this document. Valid documents only. */
  costOf(operation: OperationDefinitionNode): OperationCost {
    let cost = this.#costs.get(operation);
    if (cost === undefined) {
      cost = new OperationCost(operation, fragmentsOf(this.document), this.#schema, this.#searchCalls);
      this.#costs.set(operation, cost);
    }
    return cost;
  }
}

/** Cache of parsed and validated documents by text. */
export class DocumentCache {
  readonly #schema: GraphQLSchema;
  readonly #checks: Checks;
  readonly #byTree = new WeakMap<DocumentNode, CheckedDocument>();
  readonly #documents = new LRUCache<string, CheckedDocument | GraphQLError>({
    max: MAX_DOCUMENTS,
    maxSize: MAX_BYTES,
    sizeCalculation: (found, text) =>
      2 * text.length + BYTES_A_TOKEN * (found instanceof GraphQLError ? 1 : found.tokens),
  });

  constructor(schema: GraphQLSchema, checks: Checks) {
    this.#schema = schema;
    this.#checks = checks;
  }

  /** Whether introspection is on, and error messages may suggest names of the schema. */
  get introspection(): boolean {
    return this.#checks.introspection;
  }

  /** Returns the document, or an error if it cannot be parsed or is too long. */
  find(text: string): CheckedDocument | GraphQLError {
    let found = this.#documents.get(text);
    if (found === undefined) {
      found = this.#check(text);
      for (const error of found instanceof GraphQLError ? [found] : found.errors) shorten(error);
      this.#documents.set(text, found);
    }
    return found;
  }

  /** Returns the document of a syntax tree that {@link find} returned. @throws Error for any other tree */
  of(tree: DocumentNode): CheckedDocument {
    const found = this.#byTree.get(tree);
    if (found === undefined) throw new Error('the document was not validated by this cache');
    return found;
  }

  /** Whether the cost is within LIMIT_COMPLEXITY. */
  isAllowed({ complexity }: Cost): boolean {
    return complexity <= this.#checks.limits.complexity;
  }

  /** The error for an operation over the limit. */
  rejection({ complexity }: Cost): GraphQLError {
    const { complexity: limit } = this.#checks.limits;
    return complexityError(
      `The operation costs up to ${complexity}. The maximum is ${limit} (LIMIT_COMPLEXITY).`,
      {
        cost: complexity,
        limit,
      },
    );
  }

  #check(text: string): CheckedDocument | GraphQLError {
    try {
      const tokens = countTokens(text);
      const document = parse(text);
      const wrong = checkDocumentLimits(document, this.#checks.limits.depth);
      const errors =
        wrong === undefined ? validateDocument(this.#schema, document, this.#checks.introspection) : [wrong];
      const checked = new CheckedDocument(
        document,
        errors,
        tokens,
        this.#schema,
        this.#checks.limits.searchCalls,
      );
      this.#byTree.set(document, checked);
      return checked;
    } catch (error) {
      if (error instanceof GraphQLError) return error;
      throw error;
    }
  }
}

/**
 * Prepares an error for the cache: cuts its message, which may quote the document, and drops the stack, which references the
 * request.
 */
function shorten(error: GraphQLError): void {
  error.message = cutMessage(error.message);
  error.stack = error.message;
}
