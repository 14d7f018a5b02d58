import { describe, expect, test } from 'vitest';
import { collectRegexes, type FoundRegex, regexesIn } from '../tools/checks/regexes/collect.ts';

/** Length in characters of the first input. Linear time for it is about 10 µs, quadratic time milliseconds. */
const FIRST_LENGTH = 8000;

/** CPU time in milliseconds from which growth is measured, for one search of the first input. */
const SUSPICIOUS_MS = 0.5;

/**
 * CPU time in milliseconds from which growth is measured up to the first length instead of from it. Over two doublings
 * quadratic time grows by a factor of only 16, so a quarter of the length still takes SUSPICIOUS_MS or more.
 */
const SLOW_MS = 16 * SUSPICIOUS_MS;

/** Maximum growth of the time over two doublings of the input. Linear: 4. Quadratic: 16. */
const MAX_GROWTH = 8;

/** Repeated pieces that make many expressions backtrack. */
const BACKTRACKING_PIECES = [
  'a',
  'A',
  '0',
  ' ',
  '\t',
  '\n',
  '/',
  '//',
  ':',
  ',',
  '.',
  '-',
  '=',
  '"',
  "'",
  '<',
  '@',
  '?',
  '\\',
  'a.',
  'a:',
  'a/',
  ' ,',
  '\r\n',
  '\r\na:',
  '00',
  '€',
];

/** Ends of an input, with which an expression fails only at its end. */
const ENDS = ['', '\0', '\n', '@'];

/** Literal characters in a pattern, in sequences. */
function literalsOf(pattern: string): string[] {
  const plain = pattern
    .replaceAll(/\\[bBwWdDsS]|\(\?(?:<?[=!]|:)|\[[^\]]*\]|\{[\d,]+\}/g, '\0')
    .replaceAll(/\\(.)/g, '$1');
  return plain.split(/[\0^$*+?()|[\]{}]+/).filter((literal) => literal !== '');
}

/** Inputs tailored to a pattern: a prefix, a repeated piece, an end. */
function* attacksOn(pattern: string): Generator<(length: number) => string> {
  const literals = literalsOf(pattern);
  const pieces = new Set([
    ...literals,
    ...literals.map((literal) => `${literal}a`),
    ...literals.map((literal) => literal.slice(0, 3)),
    literals.join(''),
    ...BACKTRACKING_PIECES,
  ]);
  pieces.delete('');
  const starts = new Set([
    '',
    literals[0] ?? '',
    literals.slice(0, 2).join(''),
    literals.slice(0, -1).join(''),
  ]);
  for (const start of starts)
    for (const piece of pieces)
      for (const end of ENDS) yield (length) => start + piece.repeat(Math.ceil(length / piece.length)) + end;
}

function search(expression: RegExp, input: string): void {
  // A sticky expression would start at the end of the last search.
  expression.lastIndex = 0;
  if (expression.global) input.replace(expression, '');
  else expression.exec(input);
}

/** CPU time of one search in milliseconds: the minimum of several, because other work of the process only adds to it. */
function leastMs(expression: RegExp, input: string, runs: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const before = process.cpuUsage();
    search(expression, input);
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, Math.max(user + system, 1) / 1000);
  }
  return least;
}

/** An input for which an expression takes more than linear time, with the growth; undefined without one. */
function superlinear({ pattern, flags }: Pick<FoundRegex, 'pattern' | 'flags'>): string | undefined {
  const expression = new RegExp(pattern, flags);
  for (const attack of attacksOn(pattern)) {
    // Reading the CPU time takes longer than most searches, so the wall clock selects what to measure.
    const input = attack(FIRST_LENGTH);
    const startedAt = performance.now();
    search(expression, input);
    if (performance.now() - startedAt < SUSPICIOUS_MS) continue;
    const least = leastMs(expression, input, 4);
    if (least < SUSPICIOUS_MS) continue;
    // For an expression that takes a tenth of a second, four times the length would take seconds.
    const length = least > SLOW_MS ? FIRST_LENGTH / 4 : FIRST_LENGTH;
    const growth = leastMs(expression, attack(4 * length), 3) / leastMs(expression, attack(length), 5);
    if (growth > MAX_GROWTH)
      return `${JSON.stringify(attack(30).slice(0, 60))}: ${growth.toFixed(1)} times for 4 times the length`;
  }
  return undefined;
}

const regexes = collectRegexes();

describe('regular expressions of src, emulator and console', () => {
  test('are found by parsing the source', () => {
    expect(regexes.length).toBeGreaterThan(60);
    expect(regexesIn('const a = b / c / d; // /no/\nconst e = "/no/"; f(/yes\\/[/]/gi);', 'x.ts')).toEqual([
      { place: 'x.ts:2', pattern: 'yes\\/[/]', flags: 'gi' },
    ]);
  });

  test('must be literals, which checks can read', () => {
    expect(() => regexesIn('new RegExp(text)', 'x.ts')).toThrow('x.ts:1');
    expect(() => regexesIn('RegExp(text)', 'x.ts')).toThrow('x.ts:1');
  });

  test.each(regexes.map((regex) => [`${regex.place} /${regex.pattern}/${regex.flags}`, regex] as const))(
    'take linear time on adversarial inputs: %s',
    (_, regex) => {
      expect(superlinear(regex)).toBeUndefined();
    },
  );
});

describe('the search for adversarial inputs', () => {
  test.each([
    ['the one that removed suggestions from messages', / Did you mean (?!.* Did you mean )[^?]*\?$/s],
    ['the one that found JSON Web Tokens in the log', /()eyJ[\w-]+\.[\w-]+\.[\w-]*/g],
    ['slashes at the end of a text', /\/+$/],
    ['a password in a URL', /\/\/[^/?#]*?:([^@]+)@/],
    ['the name of a built file', /^console\/[\w-]+[.-][\w-]{8,}\.(\w+)$/],
  ])('finds an expression with quadratic time: %s', (_, { source, flags }) => {
    expect(superlinear({ pattern: source, flags })).toMatch(/times for 4 times the length$/);
  });
});
