import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** File next to the released schemas, so that a review can accept a breaking change. */
export const ACCEPTED = 'accepted.txt';

const HEADER = `# Breaking changes that the next major release brings on purpose; before 1.0, the next minor one.
# A line for each: its path as \`npm run check:schema\` prints it, then the reason. \`npm version\` empties this file.
`;

/** Paths of accepted breaking changes. */
export function readAccepted(folder: string): string[] {
  const file = join(folder, ACCEPTED);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => line.trim().split(/\s/)[0] ?? '');
}

/** Starts the next release, without accepted changes. */
export function clearAccepted(folder: string): void {
  writeFileSync(join(folder, ACCEPTED), HEADER);
}
