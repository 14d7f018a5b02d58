import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { perRun } from '../per-run/get.ts';
import { type GatewayProcess, runGateway } from '../process/gateway-process.ts';

/** Output of `npm run build` in a temporary folder, from which no package can be resolved. */
export interface BuiltPackage extends Disposable {
  readonly folder: string;
  /** Creates a folder that is deleted with the package. */
  newFolder(): string;
}

/** The package of this run, built as in the image. `using` deletes the folders created for it. */
export async function builtPackage(): Promise<BuiltPackage> {
  const folder = await perRun('package');
  const parent = mkdtempSync(join(tmpdir(), 'voice-jobs-package-'));
  return {
    folder,
    newFolder: () => mkdtempSync(join(parent, 'folder-')),
    [Symbol.dispose]: () => rmSync(parent, { recursive: true }),
  };
}

/** Runs a bundle with this Node in its folder. @param nodeOptions before the file */
export function runBundle(
  folder: string,
  env: Record<string, string>,
  args: readonly string[] = [],
  nodeOptions: readonly string[] = [],
): GatewayProcess {
  return runGateway(env, args, { node: [...nodeOptions, join(folder, 'gateway.js')], folder });
}
