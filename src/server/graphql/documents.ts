import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createSchema } from '../../schema/index.ts';
import { readManifest } from './manifest.ts';

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
  const { documents, problems } = readManifest(await readText(file), createSchema());
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

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(`TRUSTED_DOCUMENTS_FILE: ${file} cannot be read (${code ?? message}).`);
  }
}
