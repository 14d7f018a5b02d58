import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import { run, say } from './run.ts';
import { ACCEPTED, readAccepted } from './schema/accepted.ts';
import { findHazards, type Hazard } from './schema/changes.ts';
import { readSchema } from './schema/read.ts';

const RELEASED = 'tools/checks/released-schema';

const ADVICE = `Keep what they use beside what is new, and mark it @deprecated with a reason that names the new.
If a break is meant for the next major release, add a line to ${RELEASED}/${ACCEPTED}: its path, then why.`;

/** The old and the new file of a schema. */
interface Pair {
  readonly before: string;
  readonly after: string;
}

/**
 * `node tools/checks/breaking-changes.ts [old new]` fails if operations that were valid against the old schema are invalid
 * now, or may return what it ruled out. Without arguments it compares every schema of the last release, in
 * tools/checks/released-schema/, with the current one of the same name.
 */
await run(async () => {
  const pairs = pairsOf(process.argv.slice(2));
  const accepted = readAccepted(dirname(pairs[0]?.before ?? ''));
  const broken = new Set<string>();
  let passed = true;
  for (const { before, after } of pairs) {
    const hazards = await findHazards(readSchema(before), readSchema(after));
    for (const { path, breaking } of hazards) if (breaking) broken.add(path);
    passed = report(after, hazards, accepted) && passed;
  }
  const idle = accepted.filter((path) => !broken.has(path));
  for (const path of idle) say(`${ACCEPTED} accepts ${path}, where nothing breaks. Take the line out.`);
  return passed && idle.length === 0;
});

function pairsOf([before, after, ...rest]: readonly string[]): Pair[] {
  if (before === undefined) return releasedPairs();
  if (after !== undefined && rest.length === 0) return [{ before, after }];
  throw new Error('Give the old schema and the new one, or nothing.');
}

function releasedPairs(): Pair[] {
  const names = readdirSync(RELEASED).filter((name) => name.endsWith('.graphql'));
  if (names.length === 0) throw new Error(`${RELEASED}/ holds no schema.`);
  return names.map((name) => ({ before: join(RELEASED, name), after: name }));
}

/** Reports the hazards of a schema. Returns whether every breaking change is accepted. */
function report(file: string, hazards: readonly Hazard[], accepted: readonly string[]): boolean {
  const verdictOf = ({ path, breaking }: Hazard) => {
    if (!breaking) return 'warning';
    return accepted.includes(path) ? 'accepted' : 'BREAKING';
  };
  for (const hazard of hazards) {
    say(`${verdictOf(hazard)} ${hazard.path}: ${hazard.message}. ${hazard.reason}`.trimEnd());
  }
  const passed = hazards.every((hazard) => verdictOf(hazard) !== 'BREAKING');
  say(
    passed
      ? `${basename(file)}: no breaking change since the last release that is not accepted.`
      : `${basename(file)} breaks callers of the last release. ${ADVICE}`,
  );
  return passed;
}
