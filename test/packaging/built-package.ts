import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { perRun } from '../per-run/get.ts';
import { type GatewayProcess, runGateway } from '../process/gateway-process.ts';

/** What `npm run build` writes, in a folder of the system for temporary files: no package is in reach from there. */
export interface BuiltPackage extends Disposable {
  readonly folder: string;
  /** A folder of its own for whoever needs one; goes with the package. */
  newFolder(): string;
}

/** The package of this run, built as the image builds it. `using` removes the folders that were made beside it. */
export async function builtPackage(): Promise<BuiltPackage> {
  const folder = await perRun('package');
  const parent = mkdtempSync(join(tmpdir(), 'voice-jobs-package-'));
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
