import { copyFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import process from 'node:process';
import { build, type Rolldown } from 'vite';

const root = join(import.meta.dirname, '../../..');

/** Where the gateway looks for it when it runs from its sources. */
export const BUILT_CONSOLE = join(root, 'console/dist');

/** What the console asks, as codegen has written it. */
const DOCUMENTS = 'console/src/generated/persisted-documents.json';

/**
 * Builds the console: the page, its files, and beside them what they ask, so that the three are always of one version.
 *
 * @param folder what was in it before is removed
 * @returns the files that went into it, by their absolute paths
 */
export async function buildConsole(folder: string): Promise<{ files: readonly string[] }> {
  // Whatever the environment says: React would come as it is for developers, thrice as large.
  process.env.NODE_ENV = 'production';
  const output = await build({
    configFile: join(root, 'console/vite.config.ts'),
    // The other loader writes what it has read to node_modules.
    configLoader: 'native',
    // What fails, fails; the rest is for who works on it.
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true },
  });
  await copyFile(join(root, DOCUMENTS), join(folder, 'documents.json'));
  const chunks = (output as Rolldown.RolldownOutput).output.filter((file) => file.type === 'chunk');
  const ids = chunks.flatMap(({ moduleIds }) => moduleIds.map((id) => id.replace(/\?.*$/, '')));
  // The others are made up by the bundler.
  return { files: ids.filter((id) => isAbsolute(id)) };
}
