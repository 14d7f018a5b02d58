import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';

/** Examples with packages of their own, which users of the gateway never install. */
export const EXAMPLES = ['apollo-react', 'federation', 'relay'] as const;
export type Example = (typeof EXAMPLES)[number];

/** The folder of an example. */
export const folderOf = (example: Example): string => join(import.meta.dirname, example);

/**
 * Installs an example's packages from its lock file; does nothing when they are installed.
 *
 * @throws Error when npm fails
 */
export async function install(example: Example): Promise<void> {
  const folder = folderOf(example);
  const installedAt = changedAt(join(folder, 'node_modules/.package-lock.json'));
  if (installedAt !== undefined && installedAt >= (changedAt(join(folder, 'package-lock.json')) ?? 0)) return;
  process.stderr.write(`Installing the packages of examples/${example}, once.\n`);
  const npm = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(npm, 'close');
  if (code !== 0) throw new Error(`npm ci failed in examples/${example} (exit code ${code}).`);
}

/** Modification time in epoch milliseconds; undefined when there is no such file. */
function changedAt(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}
