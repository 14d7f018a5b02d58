import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAst } from 'rolldown/parseAst';

/** A regular expression in the source. */
export interface FoundRegex {
  /** File and line, as in `src/a.ts:12`. */
  readonly place: string;
  readonly pattern: string;
  readonly flags: string;
}

/** Folders whose code parses texts from callers, the upstream, Redis, the identity provider or browsers. */
export const FOLDERS = ['src', 'emulator', 'console/src'];

const root = join(import.meta.dirname, '../../..');
const CODE = /\.(?:[jt]sx?|m[jt]s)$/;
const GENERATED = /(?:^|\/)(?:generated|node_modules)\//;

/**
 * Finds the regular expressions of all source files by their syntax trees.
 *
 * @throws Error for `RegExp(…)` and `new RegExp(…)`, whose pattern cannot be checked, and for a file that cannot be parsed
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

/** The regular expressions of one source text. @param file names the text in results and errors */
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
