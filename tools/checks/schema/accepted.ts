import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Beside the schemas of a release, so that a break can be accepted by the review that sees it. */
export const ACCEPTED = 'accepted.txt';

const HEADER = `# Breaking changes that the next major release brings on purpose; before 1.0, the next minor one.
# A line for each: its path as \`npm run check:schema\` prints it, then the reason. \`npm version\` empties this file.
`;

/** The paths whose breaking changes are accepted. */
export function readAccepted(folder: string): string[] {
  const file = join(folder, ACCEPTED);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => line.trim().split(/\s/)[0] ?? '');
}

/** Begins the next release, of which nothing is accepted yet. */
export function clearAccepted(folder: string): void {
  writeFileSync(join(folder, ACCEPTED), HEADER);
}
