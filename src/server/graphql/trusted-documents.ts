import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type DocumentNode, GraphQLError, type GraphQLSchema, Kind, parse, validate } from 'graphql';
import { createSchema } from '../../schema/index.ts';

/** Operations that were registered beforehand. */
export interface TrustedDocuments {
  /**
   * `only` rejects every other document; `allow` takes both; `off` takes texts, and by id only what the gateway's own
   * console sends.
   */
  readonly mode: 'only' | 'allow' | 'off';
  /** Texts by id, each one operation. */
  readonly documents: ReadonlyMap<string, string>;
}

/** Every text is taken, and nothing by id. */
export const NO_DOCUMENTS: TrustedDocuments = { mode: 'off', documents: new Map() };

/** The manifest that comes with the gateway: its own example operations. */
const OWN_MANIFEST = new URL(
  '../../../examples/operations/generated/persisted-documents.json',
  import.meta.url,
);

/**
 * Reads the manifest, once: what happens to the file afterwards is for the next start.
 *
 * @param options undefined where no document is trusted more than another; then so is the result
 * @throws Error for the operator, which lists every problem of the manifest, a line each
 */
export async function loadTrustedDocuments(
  options: { readonly mode: 'only' | 'allow'; readonly file: string | undefined } | undefined,
): Promise<TrustedDocuments | undefined> {
  if (options === undefined) return undefined;
  const file = options.file ?? fileURLToPath(OWN_MANIFEST);
  // What /subgraph serves beside it is for routers, whose operations nobody can know beforehand.
  const json = await readFile(file, 'utf8').catch(({ code, message }: NodeJS.ErrnoException) => {
    throw new Error(`TRUSTED_DOCUMENTS_FILE: ${file} cannot be read (${code ?? message}).`);
  });
  const { documents, problems } = readManifest(json, createSchema());
  if (problems.length > 0) {
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
    throw new Error(`the trusted documents in ${file} have ${count}:\n  ${problems.join('\n  ')}`);
  }
  return { mode: options.mode, documents };
}

/**
 * The same, with what the gateway's own console asks. Where an operator's id is one of those too, the operator's document
 * stands. Without any of an operator's, texts are taken as ever.
 */
export function withOwn(
  trusted: TrustedDocuments | undefined,
  own: ReadonlyMap<string, string>,
): TrustedDocuments {
  return { mode: trusted?.mode ?? 'off', documents: new Map([...own, ...(trusted?.documents ?? [])]) };
}

/** Names of operations that metrics keep a place for; a manifest may have far more documents than a metric should have series. */
const MAX_KNOWN_OPERATIONS = 1000;

/** The names of the operations of trusted documents, as they stand in the texts. */
export function operationNamesIn({ documents }: TrustedDocuments): Set<string> {
  const names = new Set<string>();
  for (const text of documents.values()) {
    const name = /\b(?:query|mutation|subscription)\s{1,100}([_A-Za-z]\w{0,255})/.exec(text)?.[1];
    if (name !== undefined) names.add(name);
    if (names.size === MAX_KNOWN_OPERATIONS) break;
  }
  return names;
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
 * @returns the documents without a problem as texts by id, and the problems for the operator, a line each: id and reason
 * @see https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#persisted-documents
 */
export function readManifest(json: string, schema: GraphQLSchema) {
  let texts: unknown;
  try {
    texts = JSON.parse(json);
  } catch {}
  const documents = new Map<string, string>();
  const problems: string[] = [];
  if (!isObject(texts)) problems.push('not a JSON object. Expected an object of documents by id');
  else if (Object.keys(texts).length === 0) problems.push('no document. Expected at least one');
  else
    for (const [id, text] of Object.entries(texts)) {
      const reasons = ID.test(id) ? [] : ['is not a valid id. Expected 1 to 128 visible ASCII characters'];
      if (typeof text === 'string') reasons.push(...reasonsAgainst(text, schema));
      else reasons.push('is not a document. Expected a string');
      problems.push(...reasons.map((reason) => `${shown(id)} ${reason}`));
      if (reasons.length === 0) documents.set(id, text as string);
    }
  return { documents, problems };
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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
  const operations = document.definitions.filter(
    (definition) => definition.kind === Kind.OPERATION_DEFINITION,
  );
  const reasons = validate(schema, document).map(
    (error) => `is not valid: ${error.message}${placeOf(error)}`,
  );
  if (operations.length !== 1) {
    reasons.push(`has ${operations.length} operations. Expected exactly one`);
  }
  // Validation passes over what a schema has no root type for.
  for (const { operation } of operations) {
    if (!schema.getRootType(operation)) reasons.push(`is a ${operation}, which the schema does not support`);
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
