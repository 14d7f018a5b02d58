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
 * Most tokens of a document, comments included. Parsing and validating cost about a microsecond for each, and much more
 * where they repeat. The introspection query of GraphiQL has 184, every field of a page 60.
 */
export const MAX_TOKENS = 2000;

/**
 * Most brackets of any kind that are open at one time. The parser recurses for each, and 1,900 have overflowed the stack.
 * Introspection has 13; the deepest page of jobs has 4 and those of its arguments.
 */
export const MAX_NESTING = 200;

/** Most aliases: as many as `nodes` takes ids, for clients that ask for each job under its own alias. */
export const MAX_ALIASES = 100;

/** Most root fields. Each may be a call; what comes in dozens belongs into `nodes` or a page. */
export const MAX_ROOT_FIELDS = 50;

/** Most fields that repeat another one of their selection, fragments aside. Validation compares them pair by pair. */
export const MAX_REPEATED_FIELDS = 20;

/** Most fragment spreads. Validation compares them pair by pair too; a client with a fragment a component has a dozen. */
export const MAX_FRAGMENT_SPREADS = 50;

/** Most directives of a document: one for every second field of a page. */
export const MAX_DIRECTIVES = 50;

/** The specification has two for a query, `@skip` and `@include`, neither of which may be repeated. */
export const MAX_DIRECTIVES_AT_ONE_PLACE = 4;

/** Most fields of an operation with its fragments flattened: they can double at each level. Introspection has 230. */
export const MAX_WRITTEN_OUT_FIELDS = 1000;

const OPENS: ReadonlySet<string> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const CLOSES: ReadonlySet<string> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

/**
 * The error for an operation that is rejected before it costs anything. Its HTTP status is that of a document that is not
 * valid: 400, or 200 in `application/json`.
 *
 * @param message what was counted, how much of it, and how much is allowed
 * @param figures the same for programs: what was counted, under its name, and `limit`
 * @see https://graphql.github.io/graphql-over-http/draft/#sec-application-json
 */
export function complexityError(message: string, figures: Readonly<Record<string, number>>): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code: 'OPERATION_TOO_COMPLEX', ...figures, http: { status: 400, spec: true } },
  });
}

/**
 * Counts the tokens of a document, comments included, before it is parsed. Stops at the first that is too many, so that a
 * long text costs no more than a short one, and at a syntax error, which the parser reports.
 *
 * @throws GraphQLError OPERATION_TOO_COMPLEX above {@link MAX_TOKENS} or {@link MAX_NESTING}
 */
export function countTokens(text: string): number {
  const lexer = new Lexer(new Source(text));
  let tokens = 0;
  let open = 0;
  for (let token = nextToken(lexer); token !== undefined; token = nextToken(lexer)) {
    // Comments are dropped by the parser, but each is an object that is kept with the document.
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
 * Why a document is too large, by its syntax alone; undefined where it is not. Linear, so that it can stand before
 * validation, which is quadratic in some of what is counted here.
 *
 * @param maxDepth nesting of fields that is allowed
 */
export function checkDocumentLimits(document: DocumentNode, maxDepth: number): GraphQLError | undefined {
  const stats = statsOf(document);
  const found =
    limitError('aliases', stats.aliases, MAX_ALIASES) ??
    limitError('fragment spreads', stats.fragmentSpreads, MAX_FRAGMENT_SPREADS) ??
    limitError('directives on one element', stats.directivesAtOnePlace, MAX_DIRECTIVES_AT_ONE_PLACE) ??
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
      limitError('fields after flattening its fragments', fields, MAX_WRITTEN_OUT_FIELDS) ??
      limitError('root fields', rootFields, MAX_ROOT_FIELDS);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function limitError(what: string, count: number, limit: number): GraphQLError | undefined {
  if (count <= limit) return undefined;
  // Fragments that double are soon too many for a number that means something.
  const found = count < 1_000_000 ? count : 'millions of';
  return complexityError(`The document has ${found} ${what}. The maximum is ${limit}.`, { limit });
}

/** Counts of what makes validation expensive; of the document as it is, fragments not flattened. */
interface DocumentStats {
  readonly aliases: number;
  readonly fragmentSpreads: number;
  readonly directives: number;
  readonly directivesAtOnePlace: number;
  /** Fields whose response key the same selection has already. */
  readonly repeatedFields: number;
}

function statsOf({ definitions }: DocumentNode): DocumentStats {
  const stats = { aliases: 0, fragmentSpreads: 0, directives: 0, directivesAtOnePlace: 0, repeatedFields: 0 };
  /** Response keys of the selections around the present node; an inline fragment is part of the selection around it. */
  const selections: Set<string>[] = [];
  const visitor: ASTVisitor = {
    enter(node, _key, parent) {
      const count = (node as { directives?: readonly unknown[] }).directives?.length ?? 0;
      stats.directives += count;
      stats.directivesAtOnePlace = Math.max(stats.directivesAtOnePlace, count);
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
