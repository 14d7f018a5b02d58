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

/** Rules for documents beside the specification. */
export interface Checks {
  readonly introspection: boolean;
  readonly limits: {
    /** Levels of fields. */
    readonly depth: number;
    /** Points that an operation may cost. */
    readonly complexity: number;
    /** Upstream calls that one search may make. */
    readonly searchCalls: number;
  };
}

const MAX_DOCUMENTS = 1000;

/** Of texts and their trees, so that a thousand long ones cannot fill the memory. */
const MAX_BYTES = 32 * 1024 * 1024;

/** Estimate for a token and its part of the tree. */
const BYTES_A_TOKEN = 400;

/** A parsed document and its errors. */
export class CheckedDocument {
  readonly document: DocumentNode;
  /** Empty: it may be executed. */
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

  /** Undefined where the name does not select one operation. */
  operation(name: string | null | undefined): OperationDefinitionNode | undefined {
    return getOperationAST(this.document, name) ?? undefined;
  }

  /** Cost of an operation of this document; only where there are no errors. */
  costOf(operation: OperationDefinitionNode): OperationCost {
    let cost = this.#costs.get(operation);
    if (cost === undefined) {
      cost = new OperationCost(operation, fragmentsOf(this.document), this.#schema, this.#searchCalls);
      this.#costs.set(operation, cost);
    }
    return cost;
  }
}

/** Documents by their texts, each parsed, limited and validated once. */
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

  /** Whether clients may learn the schema, also by suggested names. */
  get introspection(): boolean {
    return this.#checks.introspection;
  }

  /** The document, or the error for one that does not parse or is too long. */
  find(text: string): CheckedDocument | GraphQLError {
    let found = this.#documents.get(text);
    if (found === undefined) {
      found = this.#check(text);
      for (const error of found instanceof GraphQLError ? [found] : found.errors) shorten(error);
      this.#documents.set(text, found);
    }
    return found;
  }

  /** The document of a tree that {@link find} returned. @throws Error for any other tree */
  of(tree: DocumentNode): CheckedDocument {
    const found = this.#byTree.get(tree);
    if (found === undefined) throw new Error('the document was not validated by this cache');
    return found;
  }

  /** Whether LIMIT_COMPLEXITY allows an operation. */
  isAllowed({ complexity }: Cost): boolean {
    return complexity <= this.#checks.limits.complexity;
  }

  /** The error for an operation that is not allowed. */
  refusal({ complexity }: Cost): GraphQLError {
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

/** Prepares an error to be cached: without a long quote of the document, and without the stack, which keeps the request. */
function shorten(error: GraphQLError): void {
  error.message = cutMessage(error.message);
  error.stack = error.message;
}
