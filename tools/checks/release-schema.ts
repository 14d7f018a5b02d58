import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { run } from './run.ts';
import { ACCEPTED, clearAccepted, readAccepted } from './schema/accepted.ts';

const RELEASED = 'tools/checks/released-schema';

/**
 * `node tools/checks/release-schema.ts` makes the current schemas those of the last release. npm runs it during `npm
 * version`, with both versions in the environment.
 */
await run(() => {
  const { npm_old_version: before = '', npm_new_version: after = '' } = process.env;
  mkdirSync(RELEASED, { recursive: true });
  const accepted = readAccepted(RELEASED);
  if (accepted.length > 0 && !mayBreak(before, after)) {
    throw new Error(
      `${after} may not break callers of ${before}, but ${RELEASED}/${ACCEPTED} has ${accepted.join(', ')}.`,
    );
  }
  for (const name of ['schema.graphql', 'subgraph.graphql'].filter((name) => existsSync(name))) {
    copyFileSync(name, join(RELEASED, name));
  }
  clearAccepted(RELEASED);
  return true;
});

/** Semantic versioning: a breaking change requires a new major version; before 1.0, a new minor version. */
function mayBreak(before: string, after: string): boolean {
  const compatible = (version: string) => version.split('.', version.startsWith('0.') ? 2 : 1).join('.');
  return compatible(before) !== compatible(after);
}
