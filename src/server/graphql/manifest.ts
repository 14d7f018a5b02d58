import { type DocumentNode, GraphQLError, type GraphQLSchema, Kind, parse, validate } from 'graphql';

/** What a manifest holds, and what is wrong with it. */
export interface Manifest {
  /** The documents without a problem: texts by id. */
  readonly documents: ReadonlyMap<string, string>;
  /** A line each, for the operator: the id and the reason. */
  readonly problems: readonly string[];
}

/** What can be an id: anything that fits into a URL, a log line and an error. */
const ID = /^[\x21-\x7e]{1,128}$/;

/**
 * Reads a manifest as the client preset of graphql-codegen writes it: a JSON object of texts by id. Ids are taken as they
 * are. Each text has to be one operation, with its fragments, that is valid against the schema.
 *
 * Reasons name fields, types and places but quote no text that is not GraphQL: whoever mistypes a path may have named a
 * file of secrets.
 *
 * @see https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#persisted-documents
 */
export function readManifest(json: string, schema: GraphQLSchema): Manifest {
  const texts = parseObject(json);
  if (texts === undefined) {
    return { documents: new Map(), problems: ['it is not a JSON object; allowed is one of documents by id'] };
  }
  if (Object.keys(texts).length === 0)
    return { documents: new Map(), problems: ['it has no document; allowed is one at least'] };
  const documents = new Map<string, string>();
  const problems: string[] = [];
  for (const [id, text] of Object.entries(texts)) {
    const reasons = ID.test(id) ? [] : ['is no id; allowed are 1 to 128 visible ASCII characters'];
    if (typeof text === 'string') reasons.push(...reasonsAgainst(text, schema));
    else reasons.push('has no document; allowed is a text');
    problems.push(...reasons.map((reason) => `${shown(id)} ${reason}`));
    if (reasons.length === 0) documents.set(id, text as string);
  }
  return { documents, problems };
}

function parseObject(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** What keeps a text from being a trusted document. */
function reasonsAgainst(text: string, schema: GraphQLSchema): string[] {
  let document: DocumentNode;
  try {
    document = parse(text);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return [`does not parse${placeOf(error)}`];
  }
  const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  const reasons = validate(schema, document).map(
    (error) => `is not valid: ${error.message}${placeOf(error)}`,
  );
  if (operations.length !== 1) {
    reasons.push(`has ${operations.length} operations; allowed is one, because the id has to tell which`);
  }
  // Validation passes over what a schema has no root type for.
  for (const definition of operations) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const { operation } = definition;
    if (!schema.getRootType(operation)) reasons.push(`is a ${operation}; the schema has none`);
  }
  return reasons;
}

function placeOf({ locations }: GraphQLError): string {
  const [place] = locations ?? [];
  return place === undefined ? '' : ` (line ${place.line}, column ${place.column})`;
}

/** In quotes, because an id that is none may hold anything. */
function shown(id: string): string {
  return JSON.stringify(id.length > 128 ? `${id.slice(0, 128)}…` : id);
}
