import { type Environment, namesOf, VARIABLES } from './variables.ts';
import { SENT_VARIABLES, VENDOR_VARIABLES } from './vendor.ts';

const KNOWN_NAMES = [...Object.keys(VARIABLES).flatMap(namesOf), ...VENDOR_VARIABLES.map(({ name }) => name)];

const CONTROL = /\p{Cc}/u;

/** What a header can carry without encoding, and every key and token of the vendor consists of. */
const NOT_VISIBLE_ASCII = /[^\x21-\x7e]/u;

/**
 * The variables that have a value, without the white space around it: a Kubernetes Secret made by `echo` ends with a line
 * break. An empty value counts as unset.
 */
export function trimmedEnvironment(environment: Environment): Environment {
  const entries = Object.entries(environment).map(([name, value = '']) => [name, value.trim()]);
  return Object.fromEntries(entries.filter(([, value]) => value !== ''));
}

/**
 * Drops the white space around the known variables of this process itself, for libraries that read them there: the vendor's
 * credential chain does.
 */
export function trimProcessEnvironment(environment: NodeJS.ProcessEnv): void {
  for (const name of KNOWN_NAMES) {
    const value = environment[name]?.trim();
    if (value === undefined || value === environment[name]) continue;
    if (value === '') delete environment[name];
    else environment[name] = value;
  }
}

/** Problems of values with a character that nothing can be done with, by the name of the variable. No value is repeated. */
export function unusableCharacters(env: Environment): Map<string, string> {
  const problems = new Map<string, string>();
  for (const name of KNOWN_NAMES) {
    const isSent = SENT_VARIABLES.has(name);
    const found = firstMatch(env[name] ?? '', isSent ? NOT_VISIBLE_ASCII : CONTROL);
    if (found === undefined) continue;
    const code = (found.character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    const allowed = isSent ? 'visible ASCII characters' : 'a value without control characters';
    const hint = found.character === '\n' && !isSent ? '; entries of a list have commas between them' : '';
    problems.set(
      name,
      `${name}: got *** with U+${code} as character ${found.place}; allowed is ${allowed}${hint}`,
    );
  }
  return problems;
}

/** The first character of a value that matches, with its place from 1. Entries of a list may stand on lines of their own. */
function firstMatch(value: string, expression: RegExp): { character: string; place: number } | undefined {
  let start = 0;
  for (const entry of value.split(',')) {
    const match = expression.exec(entry.trim());
    if (match !== null)
      return {
        character: match[0],
        place: start + entry.length - entry.trimStart().length + match.index + 1,
      };
    start += entry.length + 1;
  }
  return undefined;
}
