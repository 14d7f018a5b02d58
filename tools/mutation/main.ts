import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import process from 'node:process';
import { installPackages } from '../install.ts';

/** Folder in which Stryker stores the results of each file; the next run resumes from them. */
const RESULTS = '.cache/mutation';

/** Minimum share of mutants that the tests must detect, in percent. */
const MIN_SCORE = 90;

/** A mutant in Stryker's report. @see https://github.com/stryker-mutator/mutation-testing-elements */
interface Mutant {
  readonly status: string;
}

interface Result {
  readonly detected: number;
  readonly valid: number;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
process.exitCode = await main(process.argv.slice(2));

/** `npm run mutate [-- --quick] [-- file…]`: mutates the files one by one, all of src/paging by default. @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
  const isQuick = args.includes('--quick');
  const given = args.filter((arg) => arg !== '--quick');
  const files = given.length > 0 ? given : globSync('src/paging/**/*.ts').sort();
  await installPackages(import.meta.dirname, 'Stryker (tools/mutation/package-lock.json, some 60 MB)');
  mkdirSync(RESULTS, { recursive: true });
  const results = new Map<string, Result>();
  for (const file of files) results.set(file, await mutate(file, isQuick));
  const total = { detected: 0, valid: 0 };
  for (const [file, result] of results) {
    total.detected += result.detected;
    total.valid += result.valid;
    process.stdout.write(`${line(file, result)}\n`);
  }
  process.stdout.write(`${line('all', total)}\n`);
  return total.detected / total.valid < MIN_SCORE / 100 ? 1 : 0;
}

/**
 * Runs the tests that are closest to a file, which detect most of its mutants, and all tests against those that survive.
 *
 * @param isQuick skips the second run
 * @throws Error when Stryker fails
 */
async function mutate(file: string, isQuick: boolean): Promise<Result> {
  const quick = await runStryker(file, { TESTS_OF: basename(file, '.ts') });
  return isQuick || quick.detected === quick.valid ? quick : runStryker(file, {});
}

/** @param tests `TESTS_OF` of vitest.config.ts @throws Error when Stryker fails */
async function runStryker(file: string, tests: { readonly TESTS_OF?: string }): Promise<Result> {
  const incrementalFile = join(RESULTS, `${basename(file, '.ts')}.json`);
  const stryker = join(import.meta.dirname, 'node_modules/@stryker-mutator/core/bin/stryker.js');
  const config = 'tools/mutation/stryker.config.json';
  const args = [stryker, 'run', config, '--mutate', file, '--incrementalFile', incrementalFile];
  // A fixed seed, so that every mutant gets the same random inputs and results are reproducible.
  const env = { ...process.env, SEED: process.env.SEED ?? '1', ...tests };
  const child = spawn(process.execPath, args, { stdio: 'inherit', env });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`Stryker failed on ${file} (exit code ${code}).`);
  const { files } = JSON.parse(readFileSync(incrementalFile, 'utf8'));
  const statuses = (files[file]?.mutants ?? []).map(({ status }: Mutant) => status);
  const count = (...wanted: string[]) => statuses.filter((status: string) => wanted.includes(status)).length;
  const detected = count('Killed', 'Timeout');
  return { detected, valid: detected + count('Survived', 'NoCoverage') };
}

function line(name: string, { detected, valid }: Result): string {
  const score = valid === 0 ? '-' : `${((100 * detected) / valid).toFixed(1)} %`;
  return `${name.padEnd(40)} ${score.padStart(8)}  ${detected} of ${valid} mutants detected`;
}
