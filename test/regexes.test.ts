import { describe, expect, test } from 'vitest';
import { collectRegexes, type FoundRegex, regexesIn } from '../tools/checks/regexes/collect.ts';

/** Characters of the first look at an input. Linear work on so many takes some 10 µs, quadratic work milliseconds. */
const FIRST_LENGTH = 8000;

/** CPU time of one expression on the first input from which on its growth is measured, in milliseconds. */
const SUSPICIOUS_MS = 0.5;

/**
 * From this time on, growth is measured up to the first length and not from there. Over two doublings even quadratic work grows
 * but 16 times, so a quarter of the length takes SUSPICIOUS_MS or more.
 */
const SLOW_MS = 16 * SUSPICIOUS_MS;

/** Growth of the time over two doublings of the input. Linear: 4. Quadratic: 16. */
const MAX_GROWTH = 8;

/** Pieces that make many expressions try again and again. */
const GENERAL = [
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

/** What ends an input, so that an expression fails only after all of it. */
const ENDS = ['', '\0', '\n', '@'];

/** The words of a pattern: characters that stand for themselves. Longest last. */
function wordsOf(pattern: string): string[] {
  const plain = pattern
    .replaceAll(/\\[bBwWdDsS]|\(\?(?:<?[=!]|:)|\[[^\]]*\]|\{[\d,]+\}/g, '\0')
    .replaceAll(/\\(.)/g, '$1');
  return plain.split(/[\0^$*+?()|[\]{}]+/).filter((word) => word !== '');
}

/** Inputs made for a pattern: a start, one piece again and again, an end. */
function* attacksOn(pattern: string): Generator<(length: number) => string> {
  const words = wordsOf(pattern);
  const pieces = new Set([
    ...words,
    ...words.map((word) => `${word}a`),
    ...words.map((word) => word.slice(0, 3)),
    words.join(''),
    ...GENERAL,
  ]);
  pieces.delete('');
  const starts = new Set(['', words[0] ?? '', words.slice(0, 2).join(''), words.slice(0, -1).join('')]);
  for (const start of starts)
    for (const piece of pieces)
      for (const end of ENDS) yield (length) => start + piece.repeat(Math.ceil(length / piece.length)) + end;
}

function search(expression: RegExp, input: string): void {
  // A sticky expression would start where the last search ended.
  expression.lastIndex = 0;
  if (expression.global) input.replace(expression, '');
  else expression.exec(input);
}

/** Milliseconds of CPU of one search, the least of several: other work of the process only adds to it. */
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

/** The input under which an expression takes more than linear time, with the growth; undefined where there is none. */
function superlinear({ pattern, flags }: Pick<FoundRegex, 'pattern' | 'flags'>): string | undefined {
  const expression = new RegExp(pattern, flags);
  for (const attack of attacksOn(pattern)) {
    // The wall clock only chooses what to measure: reading the CPU time would take longer than most searches.
    const input = attack(FIRST_LENGTH);
    const startedAt = performance.now();
    search(expression, input);
    if (performance.now() - startedAt < SUSPICIOUS_MS) continue;
    const least = leastMs(expression, input, 4);
    if (least < SUSPICIOUS_MS) continue;
    // Four times the length would take seconds where the first length takes a tenth of one.
    const length = least > SLOW_MS ? FIRST_LENGTH / 4 : FIRST_LENGTH;
    const growth = leastMs(expression, attack(4 * length), 3) / leastMs(expression, attack(length), 5);
    if (growth > MAX_GROWTH)
      return `${JSON.stringify(attack(30).slice(0, 60))}: ${growth.toFixed(1)} times for 4 times the length`;
  }
  return undefined;
}

const regexes = collectRegexes();

describe('the regular expressions of src, emulator and console', () => {
  test('are found in the source by their syntax', () => {
    expect(regexes.length).toBeGreaterThan(60);
    expect(regexesIn('const a = b / c / d; // /no/\nconst e = "/no/"; f(/yes\\/[/]/gi);', 'x.ts')).toEqual([
      { place: 'x.ts:2', pattern: 'yes\\/[/]', flags: 'gi' },
    ]);
  });

  test('are literals, so that checks can read them', () => {
    expect(() => regexesIn('new RegExp(text)', 'x.ts')).toThrow('x.ts:1');
    expect(() => regexesIn('RegExp(text)', 'x.ts')).toThrow('x.ts:1');
  });

  test.each(regexes.map((regex) => [`${regex.place} /${regex.pattern}/${regex.flags}`, regex] as const))(
    'takes linear time on inputs made against it: %s',
    (_, regex) => {
      expect(superlinear(regex)).toBeUndefined();
    },
  );
});

describe('the search for inputs', () => {
  test.each([
    ['the one that removed suggestions from messages', / Did you mean (?!.* Did you mean )[^?]*\?$/s],
    ['the one that found JSON Web Tokens in the log', /()eyJ[\w-]+\.[\w-]+\.[\w-]*/g],
    ['slashes at the end of a text', /\/+$/],
    ['a password in a URL', /\/\/[^/?#]*?:([^@]+)@/],
    ['the name of a built file', /^console\/[\w-]+[.-][\w-]{8,}\.(\w+)$/],
  ])('finds an expression of quadratic time: %s', (_, { source, flags }) => {
    expect(superlinear({ pattern: source, flags })).toMatch(/times for 4 times the length$/);
  });
});
