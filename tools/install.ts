import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

/**
 * Installs the packages of a tool with a package-lock.json of its own, unless they are up to date.
 *
 * @param folder of the lock file
 * @param what for the progress message, as in "the packages of the peers"
 * @throws Error if npm fails
 */
export async function installPackages(folder: string, what: string): Promise<void> {
  const installedAt = changedAt(join(folder, 'node_modules/.package-lock.json'));
  if (installedAt !== undefined && installedAt >= (changedAt(join(folder, 'package-lock.json')) ?? 0)) return;
  process.stderr.write(`Installing ${what}, once.\n`);
  const npm = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(npm, 'close');
  if (code !== 0) throw new Error(`npm ci failed in ${folder} (exit code ${code}).`);
}

/** Time of modification in milliseconds since 1970; undefined for a missing file. */
function changedAt(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}
