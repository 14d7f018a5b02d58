import { readFileSync as readFileOfDiskSync } from 'node:fs';
import { readFile as readFileOfDisk } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

/** Defined by ../bundle.ts: texts by their paths in the repository, as JSON. */
declare const OWN_FILES: string;

const texts = new Map<string, string>(Object.entries(JSON.parse(OWN_FILES)));
const folder = new URL('./', import.meta.url).href;

/** The text of a bundled file, or the content of any other file. @throws like node:fs */
export function readFileSync(file: string | URL, encoding: 'utf8'): string {
  return ownText(file) ?? readFileOfDiskSync(file, encoding);
}

/** Asynchronous version of {@link readFileSync}. */
export async function readFile(file: string | URL, encoding: 'utf8'): Promise<string> {
  return ownText(file) ?? readFileOfDisk(file, encoding);
}

function ownText(file: string | URL): string | undefined {
  const { href } = typeof file === 'string' ? pathToFileURL(file) : file;
  return href.startsWith(folder) ? texts.get(href.slice(folder.length)) : undefined;
}
