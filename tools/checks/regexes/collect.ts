import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAst } from 'rolldown/parseAst';

/** A regular expression that the source contains. */
export interface FoundRegex {
  /** Path in the repository, a colon, and the line. */
  readonly place: string;
  readonly pattern: string;
  readonly flags: string;
}

/** Folders whose code reads text of callers, the upstream, Redis, the identity provider or browsers. */
export const FOLDERS = ['src', 'emulator', 'console/src'];

const root = join(import.meta.dirname, '../../..');
const CODE = /\.(?:[jt]sx?|m[jt]s)$/;
const GENERATED = /(?:^|\/)(?:generated|node_modules)\//;

/**
 * Finds the regular expressions of all source files, from their syntax trees, so that none can be forgotten.
 *
 * @throws Error for `RegExp(…)` and `new RegExp(…)`, whose pattern no check can read, and for a file that does not parse
 */
export function collectRegexes(folders: readonly string[] = FOLDERS): FoundRegex[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .filter((file) => CODE.test(file) && !GENERATED.test(file))
      .sort()
      .flatMap((file) => regexesIn(readFileSync(join(root, file), 'utf8'), file)),
  );
}

/** The regular expressions of one source text. @param file names the text in places and in errors */
export function regexesIn(text: string, file: string): FoundRegex[] {
  const found: FoundRegex[] = [];
  const placeOf = (offset: number) => `${file}:${text.slice(0, offset).split('\n').length}`;
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { type, regex, callee, start } = node as {
      type?: string;
      regex?: { pattern: string; flags: string };
      callee?: { name?: string };
      start: number;
    };
    if (type === 'Literal' && regex) found.push({ place: placeOf(start), ...regex });
    if ((type === 'NewExpression' || type === 'CallExpression') && callee?.name === 'RegExp')
      throw new Error(`${placeOf(start)}: write the expression as a literal, which checks can read`);
    for (const inner of Object.values(node)) visit(inner);
  };
  visit(parseAst(text, { lang: file.endsWith('.js') ? 'js' : file.endsWith('x') ? 'tsx' : 'ts' }));
  return found;
}
