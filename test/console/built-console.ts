import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { buildConsole as buildInto } from '../../packaging/console/build.ts';
import { findBuild } from '../../src/server/console/build.ts';
import { type Console, consoleOf } from '../../src/server/console/index.ts';

/** The console as its sources are now, ready for a gateway to serve. `await using` removes its files. */
export interface BuiltConsole extends AsyncDisposable {
  readonly console: Console;
}

/** Builds the console to a folder of its own, as `npm run build:console` does to its. */
export async function buildConsole(): Promise<BuiltConsole> {
  const folder = await mkdtemp(join(tmpdir(), 'console-'));
  const { NODE_ENV } = process.env;
  await buildInto(folder);
  process.env.NODE_ENV = NODE_ENV;
  const build = await findBuild(pathToFileURL(`${folder}/`));
  if (build === undefined) throw new Error('the console was not built');
  return {
    console: await consoleOf(build),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
