import { GraphQLError } from 'graphql';
import { CheckedDocument, DocumentCache } from '../../src/limits/checked-document.ts';
import type { Cost } from '../../src/limits/cost.ts';
import { createSchema } from '../../src/schema/index.ts';
import { createSubgraphSchema } from '../../src/schema/subgraph.ts';

const SCHEMAS = { '/graphql': createSchema(), '/subgraph': createSubgraphSchema() } as const;

/** Default limits. */
export const DEFAULTS = { depth: 12, complexity: 2500, searchCalls: 10 };

/** All fields of a job. */
export const EVERY_FIELD =
  'id jobId voiceId status rawStatus message voiceName voiceDesc type rawType gender scenario createTime gmtCreate';

interface Options {
  readonly depth?: number;
  readonly introspection?: boolean;
  readonly path?: keyof typeof SCHEMAS;
}

function check(text: string, { depth = DEFAULTS.depth, introspection = true, path = '/graphql' }: Options) {
  const limits = { ...DEFAULTS, depth };
  return new DocumentCache(SCHEMAS[path], { introspection, limits }).find(text);
}

/** Error messages of a document; empty if it is valid. */
export function wrongWith(text: string, options: Options = {}): string[] {
  return errorsOf(text, options).map(({ message }) => message);
}

export function errorsOf(text: string, options: Options = {}): readonly GraphQLError[] {
  const found = check(text, options);
  return found instanceof GraphQLError ? [found] : found.errors;
}

/** Cost of an operation. @throws GraphQLError if the document is invalid */
export function costOf(text: string, variables: Record<string, unknown> = {}, options: Options = {}): Cost {
  const found = check(text, options);
  if (!(found instanceof CheckedDocument)) throw found;
  if (found.errors.length > 0) throw found.errors[0];
  const operation = found.operation(undefined);
  if (operation === undefined) throw new Error('no operation');
  return found.costOf(operation).of(variables);
}

/** `count` texts, joined by spaces. */
export function times(count: number, make: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => make(index)).join(' ');
}
