import { readdir, readFile } from 'node:fs/promises';
import { compress, type Encoding } from '../http/compression.ts';

/** The console as Vite has built it. Only names are known at first: a file is read when somebody asks for it. */
export interface Build {
  /** Paths of its files within the build, as in `index.html` and `console/main-0123abcd.js`. */
  readonly names: readonly string[];
  /** Reads one of them. Asked once for each encoding. */
  read(name: string, encoding: Encoding): Promise<Uint8Array>;
  /** What the console asks: a JSON object of documents by id, as codegen wrote it when this was built. */
  readDocuments(): Promise<string>;
}

/** What makes a build, as it can be said to whoever misses one. */
export const HOW_TO_BUILD = 'Run `npm run build:console` to build it';

/** Where `npm run build:console` puts it. */
export const BUILT_CONSOLE = new URL('../../../console/dist/', import.meta.url);

/** Looks for a build in a folder; undefined where there is none. */
export async function findBuild(folder = BUILT_CONSOLE): Promise<Build | undefined> {
  const found = await readdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  // With slashes, whatever the system has.
  const names = found.map((name) => name.replaceAll('\\', '/'));
  if (!names.includes('index.html')) return undefined;
  return {
    names,
    read: async (name, encoding) => compress(await readFile(new URL(name, folder)), encoding),
    readDocuments: () => readFile(new URL('documents.json', folder), 'utf8'),
  };
}
