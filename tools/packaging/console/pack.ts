import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress } from 'node:zlib';
import type { Plugin } from 'rolldown';
import { standIn } from '../stand-in.ts';
import { buildConsole } from './build.ts';

/** Folder of the console in the built package. */
export const CONSOLE_FOLDER = 'console';

/**
 * Builds the console and writes its files, each compressed by brotli at the highest level, which would take too long at run
 * time.
 *
 * @returns absolute paths of the bundled files
 */
export async function packConsole(folder: string): Promise<{ files: readonly string[] }> {
  const built = await mkdtemp(join(tmpdir(), 'voice-jobs-console-'));
  try {
    const packed = await buildConsole(built);
    const entries = await readdir(built, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));
    await Promise.all(
      files.map(async (file) => {
        const target = join(folder, `${file.slice(built.length)}.br`);
        await mkdir(dirname(target), { recursive: true });
        await writeFile(target, await promisify(brotliCompress)(await readFile(file)));
      }),
    );
    return packed;
  } finally {
    await rm(built, { recursive: true });
  }
}

/** Makes the bundle read the console from the output of {@link packConsole}. */
export function packedConsole(root: string): Plugin {
  return standIn(
    root,
    'src/server/pages/console-build.ts',
    join(import.meta.dirname, '../runtime/console.ts'),
  );
}
