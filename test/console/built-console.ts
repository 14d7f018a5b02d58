import { pathToFileURL } from 'node:url';
import { type Console, consoleOf } from '../../src/server/pages/console.ts';
import { findBuild } from '../../src/server/pages/console-build.ts';
import { perRun } from '../per-run/get.ts';

/** The console built from the current sources, once per run. */
export async function buildConsole(): Promise<Console> {
  const build = await findBuild(pathToFileURL(`${await perRun('console')}/`));
  if (build === undefined) throw new Error('the console was not built');
  return consoleOf(build);
}
