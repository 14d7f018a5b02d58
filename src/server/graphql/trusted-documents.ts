import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type DocumentNode, GraphQLError, type GraphQLSchema, Kind, parse, validate } from 'graphql';
import { createSchema } from '../../schema/index.ts';

/** Documents registered before the gateway starts (persisted queries). */
export interface TrustedDocuments {
  /**
   * `only` rejects every other document. `allow` accepts any document. `off` accepts any document, and only the console's own
   * by id.
   */
  readonly mode: 'only' | 'allow' | 'off';
  /** Documents by id, each with one operation. */
  readonly documents: ReadonlyMap<string, string>;
}

/** Accepts any document, and no ids. */
export const NO_DOCUMENTS: TrustedDocuments = { mode: 'off', documents: new Map() };

/** Default manifest: the example operations of the gateway. */
const OWN_MANIFEST = new URL(
  '../../../examples/operations/generated/persisted-documents.json',
  import.meta.url,
);

/**
 * Reads the manifest at start. Later changes of the file take effect at the next start.
 *
 * @param options undefined when trusted documents are off; then the result is undefined too
 * @throws Error with all problems of the manifest, one per line
 */
export async function loadTrustedDocuments(
  options: { readonly mode: 'only' | 'allow'; readonly file: string | undefined } | undefined,
): Promise<TrustedDocuments | undefined> {
  if (options === undefined) return undefined;
  const file = options.file ?? fileURLToPath(OWN_MANIFEST);
  // Validated against the schema of /graphql only: a federation router's operations on /subgraph are not known beforehand.
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
 * Adds the console's own documents. An operator's document with the same id takes precedence. Without `trusted`, the mode is
 * `off`.
 */
export function withOwn(
  trusted: TrustedDocuments | undefined,
  own: ReadonlyMap<string, string>,
): TrustedDocuments {
  return { mode: trusted?.mode ?? 'off', documents: new Map([...own, ...(trusted?.documents ?? [])]) };
}

/** Maximum number of operation names from a manifest with series of their own; a manifest may have far more. */
const MAX_KNOWN_OPERATIONS = 1000;

/** Operation names in the documents, found without parsing. */
export function operationNamesIn({ documents }: TrustedDocuments): Set<string> {
  const names = new Set<string>();
  for (const text of documents.values()) {
    const name = /\b(?:query|mutation|subscription)\s{1,100}([_A-Za-z]\w{0,255})/.exec(text)?.[1];
    if (name !== undefined) names.add(name);
    if (names.size === MAX_KNOWN_OPERATIONS) break;
  }
  return names;
}

/** A valid id: fits into a URL, a log line and an error message. */
const ID = /^[\x21-\x7e]{1,128}$/;

/**
 * Reads a manifest in the format of graphql-codegen's client preset: a JSON object of documents by id. Each document must
 * have one operation, with its fragments, and be valid against the schema.
 *
 * Reasons name fields, types and places, but never quote text that is not GraphQL: a mistyped path may point to a file of
 * secrets.
 *
 * @returns valid documents by id, and problems for the operator, each with id and reason
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
      if (typeof text === 'string') reasons.push(...problemsOf(text, schema));
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

/** Reasons why a text is not a valid trusted document. */
function problemsOf(text: string, schema: GraphQLSchema): string[] {
  let document: DocumentNode;
  try {
    document = parse(text);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return [`does not parse${locationOf(error)}`];
  }
  const operations = document.definitions.filter(
    (definition) => definition.kind === Kind.OPERATION_DEFINITION,
  );
  const reasons = validate(schema, document).map(
    (error) => `is not valid: ${error.message}${locationOf(error)}`,
  );
  if (operations.length !== 1) {
    reasons.push(`has ${operations.length} operations. Expected exactly one`);
  }
  // Validation accepts operations for which the schema has no root type.
  for (const { operation } of operations) {
    if (!schema.getRootType(operation)) reasons.push(`is a ${operation}, which the schema does not support`);
  }
  return reasons;
}

function locationOf({ locations }: GraphQLError): string {
  const [place] = locations ?? [];
  return place === undefined ? '' : ` (line ${place.line}, column ${place.column})`;
}

/** Quoted and cut, because an invalid id may contain anything. */
function shown(id: string): string {
  return JSON.stringify(id.length > 128 ? `${id.slice(0, 128)}…` : id);
}
