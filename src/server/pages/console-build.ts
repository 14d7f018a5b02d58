import { readdir, readFile } from 'node:fs/promises';
import { compress, type Encoding } from '../http/compression.ts';

/** Vite's build of the console. Lists its files at start and reads a file on first request. */
export interface Build {
  /** Paths of its files within the build, as in `index.html` and `console/main-0123abcd.js`. */
  readonly names: readonly string[];
  /** Reads a file in one coding. Called once per coding. */
  read(name: string, encoding: Encoding): Promise<Uint8Array>;
  /** The console's trusted documents, as codegen wrote them at build time: a JSON object of documents by id. */
  readDocuments(): Promise<string>;
}

/** Instruction for an operator whose build is missing. */
export const HOW_TO_BUILD = 'Run `npm run build:console` to build it';

/** Output folder of `npm run build:console`. */
export const BUILT_CONSOLE = new URL('../../../console/dist/', import.meta.url);

/** Finds the build in a folder; undefined when there is none. */
export async function findBuild(folder = BUILT_CONSOLE): Promise<Build | undefined> {
  const found = await readdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  // Windows separates paths with backslashes.
  const names = found.map((name) => name.replaceAll('\\', '/'));
  if (!names.includes('index.html')) return undefined;
  return {
    names,
    read: async (name, encoding) => compress(await readFile(new URL(name, folder)), encoding),
    readDocuments: () => readFile(new URL('documents.json', folder), 'utf8'),
  };
}
