import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { compress } from '../../../src/server/http/compression.ts';
import type { Build } from '../../../src/server/pages/console-build.ts';

/** Replaces the constant of src/server/pages/console-build.ts. */
export const HOW_TO_BUILD = 'The folder `console` of the package must be next to gateway.js';

/** Replaces the function of src/server/pages/console-build.ts; reads the output of ../console/pack.ts. */
export async function findBuild(folder = new URL('console/', import.meta.url)): Promise<Build | undefined> {
  const unpack = async (name: string) =>
    promisify(brotliDecompress)(await readFile(new URL(`${name}.br`, folder)));
  const names = await namesIn(folder);
  if (!names.includes('index.html')) return undefined;
  return {
    names,
    read: async (name, encoding) =>
      encoding === 'br' ? readFile(new URL(`${name}.br`, folder)) : compress(await unpack(name), encoding),
    readDocuments: async () => (await unpack('documents.json')).toString(),
  };
}

async function namesIn(folder: URL): Promise<string[]> {
  try {
    const names = await readdir(folder, { recursive: true });
    return names.map((name) => name.replaceAll('\\', '/').replace(/\.br$/, ''));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
