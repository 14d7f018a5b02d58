import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import config from '../vitest.config.ts';
import { EVERY_TEST, EXAMPLES, TIMING, UNIT } from './lanes.ts';

const cwd = join(import.meta.dirname, '..');
const files = (patterns: readonly string[]): string[] =>
  patterns.flatMap((pattern) => globSync(pattern, { cwd })).sort();
const read = (file: string): string => readFileSync(join(cwd, file), 'utf8');

const everyTest = files([EVERY_TEST]);
const sources = files(['test/**/*.ts', 'vitest.config.ts']).filter((file) => file !== 'test/lanes.test.ts');

/** Test files of each lane according to vitest's configuration. */
const lanes = (config.test?.projects ?? []).map((project) => {
  if (typeof project !== 'object' || !('test' in project)) throw new Error('a lane without options');
  const { name, include = [], exclude = [] } = project.test ?? {};
  const excluded = new Set(files(exclude));
  return { name, files: files(include).filter((file) => !excluded.has(file)), options: project.test ?? {} };
});

test('each test file is in exactly one lane', () => {
  expect(lanes.map(({ name }) => name)).toEqual(['unit', 'integration', 'timing', 'examples']);
  expect(everyTest.length).toBeGreaterThan(200);
  expect(lanes.flatMap((lane) => lane.files).sort()).toEqual(everyTest);
});

test.each([...UNIT, ...TIMING, ...EXAMPLES])('lane entry %s matches a test file', (pattern) => {
  for (const name of expandBraces(pattern)) expect(files([name]), name).not.toEqual([]);
});

test('no test is retried, so that one failure fails the run', () => {
  for (const { options } of lanes) expect(options).not.toHaveProperty('retry');
  const { scripts } = JSON.parse(read('package.json'));
  expect(JSON.stringify(scripts)).not.toContain('--retry');
  expect(sources.filter((file) => /\bretry\s*:\s*[\d{]/.test(read(file)))).toEqual([]);
});

test('only test/runs.ts reads seed and size of random tests, so that SEED and RUNS apply to each of them', () => {
  const others = sources.filter((file) => file !== 'test/runs.ts');
  expect(others.filter((file) => /from 'fast-check'/.test(read(file)))).toEqual([]);
  expect(others.filter((file) => /env\.(SEED|RUNS)\b/.test(read(file)))).toEqual([]);
  expect(others.filter((file) => /numRuns: \d/.test(read(file)))).toEqual([]);
});

/** `a/{b,c}` expanded to `a/b` and `a/c`. */
function expandBraces(pattern: string): string[] {
  const [, before = '', choices, after = ''] = /^(.*)\{(.*)\}(.*)$/.exec(pattern) ?? [];
  return choices === undefined ? [pattern] : choices.split(',').map((choice) => before + choice + after);
}
