import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

/**
 * Makes the packages of the peers be there as tools/bench/package-lock.json says. Costs nothing when they are.
 *
 * @throws Error when npm fails
 */
export async function installPeers(): Promise<void> {
  const folder = import.meta.dirname;
  const installedAt = changedAt(join(folder, 'node_modules/.package-lock.json'));
  if (installedAt !== undefined && installedAt >= (changedAt(join(folder, 'package-lock.json')) ?? 0)) return;
  process.stderr.write(
    'Installing the packages of the peers (tools/bench/package-lock.json, some 600 MB), once.\n',
  );
  const npm = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(npm, 'close');
  if (code !== 0) throw new Error(`npm ci failed in bench (exit code ${code}).`);
}

/** In milliseconds since 1970; undefined when there is no such file. */
function changedAt(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}
