import {
  type ASTNode,
  type ASTVisitor,
  type DocumentNode,
  GraphQLError,
  isExecutableDefinitionNode,
  Kind,
  Lexer,
  Source,
  type Token,
  TokenKind,
  visit,
} from 'graphql';
import { fragmentsOf, operationSizes } from './flatten-selections.ts';

/**
 * Maximum number of tokens of a document, comments included. Parsing and validating cost about a microsecond per token, and
 * much more for repetitions. The introspection query of GraphiQL has 184, a page with every field 60.
 */
export const MAX_TOKENS = 2000;

/**
 * Maximum depth of nested brackets of any kind. The parser recurses for each, and 1,900 have overflowed the stack.
 * Introspection needs 13; the deepest page of jobs needs 4 and those of its arguments.
 */
export const MAX_NESTING = 200;

/** Maximum number of aliases: as many as `nodes` accepts ids, for clients that request each job under an alias of its own. */
export const MAX_ALIASES = 100;

/** Maximum number of root fields. Each may cost a call; dozens of objects should be read by `nodes` or as a page. */
export const MAX_ROOT_FIELDS = 50;

/**
 * Maximum number of fields that repeat another one of their selection set, fragments aside. Validation compares them
 * pairwise.
 */
export const MAX_REPEATED_FIELDS = 20;

/**
 * Maximum number of fragment spreads. Validation compares them pairwise too; a client with one fragment per component has a
 * dozen.
 */
export const MAX_FRAGMENT_SPREADS = 50;

/** Maximum number of directives of a document: one for every other field of a page. */
export const MAX_DIRECTIVES = 50;

/**
 * Maximum number of directives at one place. The specification allows two on a query, `@skip` and `@include`, neither of them
 * repeatable.
 */
export const MAX_DIRECTIVES_PER_ELEMENT = 4;

/**
 * Maximum number of fields of an operation with its fragments flattened: they can double at each level. Introspection has
 * 230.
 */
export const MAX_FLATTENED_FIELDS = 1000;

const OPENS: ReadonlySet<string> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const CLOSES: ReadonlySet<string> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

/**
 * The error for an operation over a limit, with the HTTP status of an invalid document: 400, or 200 in `application/json`.
 *
 * @param message what exceeds the limit, the count, and the limit
 * @param figures the count under its name, and `limit`, as extensions
 * @see https://graphql.github.io/graphql-over-http/draft/#sec-application-json
 */
export function complexityError(message: string, figures: Readonly<Record<string, number>>): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code: 'OPERATION_TOO_COMPLEX', ...figures, http: { status: 400, spec: true } },
  });
}

/**
 * Counts the tokens of a document, comments included, before parsing. Stops at the first token over the limit, so that a long
 * text costs no more than a short one, and at a syntax error, which the parser reports.
 *
 * @throws GraphQLError OPERATION_TOO_COMPLEX above {@link MAX_TOKENS} or {@link MAX_NESTING}
 */
export function countTokens(text: string): number {
  const lexer = new Lexer(new Source(text));
  let tokens = 0;
  let open = 0;
  for (let token = nextToken(lexer); token !== undefined; token = nextToken(lexer)) {
    // The parser skips comments, but each is an object that the document references.
    for (let { prev } = token; prev?.kind === TokenKind.COMMENT; { prev } = prev) tokens++;
    if (token.kind !== TokenKind.EOF) tokens++;
    if (OPENS.has(token.kind)) open++;
    if (CLOSES.has(token.kind)) open--;
    if (tokens > MAX_TOKENS) throw tooMany('tokens', MAX_TOKENS);
    if (open > MAX_NESTING) throw tooMany('nested brackets', MAX_NESTING);
    if (token.kind === TokenKind.EOF) break;
  }
  return tokens;
}

function tooMany(what: string, limit: number): GraphQLError {
  return complexityError(`The document has more than ${limit} ${what}, the maximum.`, { limit });
}

function nextToken(lexer: Lexer): Token | undefined {
  try {
    return lexer.advance();
  } catch (error) {
    if (error instanceof GraphQLError) return undefined;
    throw error;
  }
}

/**
 * Checks a document against the limits, by syntax alone; returns the error, or undefined. Linear, so that it can run before
 * validation, which is quadratic in some of these counts.
 *
 * @param maxDepth maximum number of levels of nested fields
 */
export function checkDocumentLimits(document: DocumentNode, maxDepth: number): GraphQLError | undefined {
  const stats = statsOf(document);
  const found =
    limitError('aliases', stats.aliases, MAX_ALIASES) ??
    limitError('fragment spreads', stats.fragmentSpreads, MAX_FRAGMENT_SPREADS) ??
    limitError('directives on one element', stats.directivesPerElement, MAX_DIRECTIVES_PER_ELEMENT) ??
    limitError('directives', stats.directives, MAX_DIRECTIVES) ??
    limitError('repeated fields', stats.repeatedFields, MAX_REPEATED_FIELDS);
  if (found !== undefined) return found;

  const sizeOf = operationSizes(fragmentsOf(document));
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const { depth, fields, rootFields } = sizeOf(definition);
    if (depth > maxDepth) {
      const message = `The operation is ${depth} levels deep. The maximum is ${maxDepth} (LIMIT_DEPTH).`;
      return complexityError(message, { depth, limit: maxDepth });
    }
    const wrong =
      limitError('fields after flattening its fragments', fields, MAX_FLATTENED_FIELDS) ??
      limitError('root fields', rootFields, MAX_ROOT_FIELDS);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function limitError(what: string, count: number, limit: number): GraphQLError | undefined {
  if (count <= limit) return undefined;
  // Doubling fragments soon exceed any meaningful number.
  const found = count < 1_000_000 ? count : 'millions of';
  return complexityError(`The document has ${found} ${what}. The maximum is ${limit}.`, { limit });
}

/** Counts of elements that make validation expensive, without flattening fragments. */
interface DocumentStats {
  readonly aliases: number;
  readonly fragmentSpreads: number;
  readonly directives: number;
  readonly directivesPerElement: number;
  /** Fields whose response key occurs earlier in the same selection set. */
  readonly repeatedFields: number;
}

function statsOf({ definitions }: DocumentNode): DocumentStats {
  const stats = { aliases: 0, fragmentSpreads: 0, directives: 0, directivesPerElement: 0, repeatedFields: 0 };
  /** Response keys of the open selection sets; an inline fragment belongs to the one around it. */
  const selections: Set<string>[] = [];
  const visitor: ASTVisitor = {
    enter(node, _key, parent) {
      const count = (node as { directives?: readonly unknown[] }).directives?.length ?? 0;
      stats.directives += count;
      stats.directivesPerElement = Math.max(stats.directivesPerElement, count);
      if (node.kind === Kind.FRAGMENT_SPREAD) stats.fragmentSpreads++;
      if (node.kind === Kind.SELECTION_SET) {
        const around = (parent as ASTNode).kind === Kind.INLINE_FRAGMENT ? selections.at(-1) : undefined;
        selections.push(around ?? new Set());
      }
      if (node.kind !== Kind.FIELD) return;
      if (node.alias !== undefined) stats.aliases++;
      const key = (node.alias ?? node.name).value;
      const keys = selections.at(-1);
      if (keys?.has(key)) stats.repeatedFields++;
      keys?.add(key);
    },
    leave(node) {
      if (node.kind === Kind.SELECTION_SET) selections.pop();
    },
  };
  for (const definition of definitions)
    if (isExecutableDefinitionNode(definition)) visit(definition, visitor);
  return stats;
}
