import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, type GraphQLSchema, getOperationAST, parse, validate } from 'graphql';
import type { HttpRequest } from './http-client.ts';

const root = join(import.meta.dirname, '../..');
const schemaOf = (file: string, more = '') =>
  buildSchema(readFileSync(join(root, file), 'utf8') + more, { assumeValidSDL: true });

/** Federation definitions, which the committed subgraph omits because every subgraph has them. */
const FEDERATION = `
  scalar _Any
  type _Service { sdl: String! }
  union _Entity = CustomizedVoiceJob
  extend type Query { _entities(representations: [_Any!]!): [_Entity]! _service: _Service! }
`;

/** Schema of each endpoint, from the committed files. */
export const SCHEMAS = {
  '/graphql': schemaOf('schema.graphql'),
  '/subgraph': schemaOf('subgraph.graphql', FEDERATION),
} as const satisfies Readonly<Record<string, GraphQLSchema>>;

export type Path = keyof typeof SCHEMAS;

/**
 * Whether a request contains a query that graphql-js considers valid: only such a request may reach the upstream. An empty
 * operation name counts as none, and a byte order mark before a body is ignored.
 */
export function isValidQuery({ method = 'POST', target, body }: HttpRequest): boolean {
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
 * The parameters of a URL. The first of repeated parameters counts.
 *
 * @see https://graphql.github.io/graphql-over-http/draft/#sec-GET
 */
function paramsIn(search: URLSearchParams) {
  return { query: search.get('query') ?? '', operationName: search.get('operationName') };
}

/** The value of a JSON body; undefined if it is not JSON. */
function readJson(body: Buffer | undefined): unknown {
  try {
    return JSON.parse(String(body).replace(/^\ufeff/, ''));
  } catch {
    return undefined;
  }
}
