import { GraphQLError, Lexer, Source, type Token, TokenKind } from 'graphql';
import { tooComplex } from './refusal.ts';

/**
 * Words, numbers, texts, marks and comments of a document. Parsing and validating cost about a microsecond for each, and
 * much more where they repeat. Introspection as GraphiQL asks for it has 184, every field of a page 60.
 */
export const MAX_TOKENS = 2000;

/**
 * Brackets that are open at one time, of any kind. The parser calls itself for each, and 1,900 have been enough to end the
 * stack. Introspection has 13; the deepest page of jobs has 4 and those of its arguments.
 */
export const MAX_NESTING = 200;

const OPENS: ReadonlySet<string> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const CLOSES: ReadonlySet<string> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

/**
 * Counts the tokens of a document before it is parsed. Stops at the first that is too many, so that a long text costs no
 * more than a short one, and at what is no token, which is left to the parser to tell.
 *
 * @returns how many there are, comments included
 * @throws GraphQLError OPERATION_TOO_COMPLEX above {@link MAX_TOKENS} or {@link MAX_NESTING}
 */
export function countTokens(text: string): number {
  const lexer = new Lexer(new Source(text));
  let tokens = 0;
  let open = 0;
  for (let token = next(lexer); token !== undefined; token = next(lexer)) {
    tokens += commentsBefore(token);
    if (token.kind !== TokenKind.EOF) tokens++;
    if (OPENS.has(token.kind)) open++;
    if (CLOSES.has(token.kind)) open--;
    if (tokens > MAX_TOKENS) throw tooMany('tokens', MAX_TOKENS);
    if (open > MAX_NESTING) throw tooMany('brackets in each other', MAX_NESTING);
    if (token.kind === TokenKind.EOF) break;
  }
  return tokens;
}

function tooMany(what: string, limit: number): GraphQLError {
  return tooComplex(`The document has more than ${limit} ${what}, as many as are allowed.`, { limit });
}

/** Undefined at what is no token. */
function next(lexer: Lexer): Token | undefined {
  try {
    return lexer.advance();
  } catch (error) {
    if (error instanceof GraphQLError) return undefined;
    throw error;
  }
}

/** Nobody reads them, but each is an object that is kept with the document. */
function commentsBefore(token: Token): number {
  let comments = 0;
  for (let { prev } = token; prev?.kind === TokenKind.COMMENT; { prev } = prev) comments++;
  return comments;
}
