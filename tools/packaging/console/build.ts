import { copyFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import process from 'node:process';
import { build, type Rolldown } from 'vite';

const root = join(import.meta.dirname, '../../..');

/** Where the gateway finds the console when it runs from its sources. */
export const BUILT_CONSOLE = join(root, 'console/dist');

/** The console's documents, written by codegen. */
const DOCUMENTS = 'console/src/generated/persisted-documents.json';

/**
 * Builds the console: the page, its files and its documents, all of one version.
 *
 * @param folder for the output; its previous content is deleted
 * @returns absolute paths of the bundled files
 */
export async function buildConsole(folder: string): Promise<{ files: readonly string[] }> {
  // Whatever the environment says: React's development build is three times as large.
  process.env.NODE_ENV = 'production';
  const output = await build({
    configFile: join(root, 'console/vite.config.ts'),
    // The default loader writes to node_modules.
    configLoader: 'native',
    // Errors fail the build; warnings are for developers.
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true },
  });
  await copyFile(join(root, DOCUMENTS), join(folder, 'documents.json'));
  const chunks = (output as Rolldown.RolldownOutput).output.filter((file) => file.type === 'chunk');
  const ids = chunks.flatMap(({ moduleIds }) => moduleIds.map((id) => id.replace(/\?.*$/, '')));
  // The others are virtual modules of the bundler.
  return { files: ids.filter((id) => isAbsolute(id)) };
}
