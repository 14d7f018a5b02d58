import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, type GraphQLSchema, getOperationAST, parse, validate } from 'graphql';
import type { Asked } from './asker.ts';

const root = join(import.meta.dirname, '../..');
const schemaOf = (file: string, more = '') =>
  buildSchema(readFileSync(join(root, file), 'utf8') + more, { assumeValidSDL: true });

/** What the committed subgraph leaves out, because every subgraph has it. */
const FEDERATION = `
  scalar _Any
  type _Service { sdl: String! }
  union _Entity = CustomizedVoiceJob
  extend type Query { _entities(representations: [_Any!]!): [_Entity]! _service: _Service! }
`;

/** What each endpoint serves, as the committed files say. */
export const SCHEMAS = {
  '/graphql': schemaOf('schema.graphql'),
  '/subgraph': schemaOf('subgraph.graphql', FEDERATION),
} as const satisfies Readonly<Record<string, GraphQLSchema>>;

export type Path = keyof typeof SCHEMAS;

/**
 * Whether a request holds a query that graphql-js itself finds valid: only such ones may cost an upstream call. An operation
 * name that is empty counts as none, and a byte order mark before a body as nothing.
 */
export function isSound({ method = 'POST', target, body }: Asked): boolean {
  const { pathname, searchParams } = new URL(target, 'http://localhost');
  const params = method === 'GET' ? paramsIn(searchParams) : Object(readJson(body));
  try {
    const document = parse(params.query);
    const operation = getOperationAST(document, params.operationName || undefined);
    return operation?.operation === 'query' && validate(SCHEMAS[pathname as Path], document).length === 0;
  } catch {
    return false;
  }
}

/**
 * Of a name that is given twice the first counts.
 *
 * @see https://graphql.github.io/graphql-over-http/draft/#sec-GET
 */
function paramsIn(search: URLSearchParams) {
  return { query: search.get('query') ?? '', operationName: search.get('operationName') };
}

/** Undefined for what is no JSON. */
function readJson(body: Buffer | undefined): unknown {
  try {
    return JSON.parse(String(body).replace(/^\ufeff/, ''));
  } catch {
    return undefined;
  }
}
