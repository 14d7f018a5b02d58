import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { type GatewayProcess, runGateway } from '../process/gateway-process.ts';

const root = join(import.meta.dirname, '../..');

/** What `npm run build` writes, in a folder of the system for temporary files: no package is in reach from there. */
export interface BuiltPackage extends Disposable {
  readonly folder: string;
  /** A folder of its own for whoever needs one; goes with the package. */
  newFolder(): string;
}

/** Builds. `using` removes what was built. */
export function buildPackage(): BuiltPackage {
  const parent = mkdtempSync(join(tmpdir(), 'voice-jobs-package-'));
  const folder = join(parent, 'dist');
  execFileSync(process.execPath, [join(root, 'packaging/main.ts'), folder], { cwd: root });
  return {
    folder,
    newFolder: () => mkdtempSync(join(parent, 'folder-')),
    [Symbol.dispose]: () => rmSync(parent, { recursive: true }),
  };
}

/** Runs a bundle with this Node in the folder that it is in. @param nodeOptions go before the file */
export function runBundle(
  folder: string,
  env: Record<string, string>,
  args: readonly string[] = [],
  nodeOptions: readonly string[] = [],
): GatewayProcess {
  return runGateway(env, args, { node: [...nodeOptions, join(folder, 'gateway.js')], folder });
}
