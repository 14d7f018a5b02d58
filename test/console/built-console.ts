import { pathToFileURL } from 'node:url';
import { findBuild } from '../../src/server/console/build.ts';
import { type Console, consoleOf } from '../../src/server/console/index.ts';
import { perRun } from '../per-run/get.ts';

/** The console as its sources are now, ready for a gateway to serve. Built once per run. */
export async function buildConsole(): Promise<Console> {
  const build = await findBuild(pathToFileURL(`${await perRun('console')}/`));
  if (build === undefined) throw new Error('the console was not built');
  return consoleOf(build);
}
