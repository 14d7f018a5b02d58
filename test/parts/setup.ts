import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import type { TestProject } from 'vitest/node';
import { bringParts } from './bring.ts';
import './needs.ts';
import { findPart, howToGet, PARTS, type PartName } from './programs.ts';

/**
 * Finds the programs that the test files of this run need, downloads missing ones where possible, and passes their paths to
 * the tests. With `TEST_PARTS=required`, a missing program fails the run before its first test.
 */
export default async function setup(project: TestProject): Promise<void> {
  // Every project of a run calls this; the first call does the work.
  if ('parts' in project.getProvidedContext()) return;
  const { TEST_PARTS: mode = '' } = process.env;
  if (mode !== '' && mode !== 'required')
    throw new Error(`TEST_PARTS: got "${mode}"; allowed is "required", or nothing.`);
  const files = project.vitest.config.watch ? [] : project.vitest.state.getPaths();
  const names = files.length === 0 ? ALL : partsOf(files);
  const report = (line: string) => void process.stderr.write(`${line}\n`);
  // An exception would be printed between a list of globs and a stack of Vitest.
  const end = (reason: string): never => {
    report(reason);
    process.exit(1);
  };
  const found = new Map(names.map((name) => [name, findNamed(name, end)]));
  const reasons = await bringParts(
    names.filter((name) => found.get(name) === undefined),
    report,
  );
  const parts = Object.fromEntries(
    names.map((name) => {
      const file = found.get(name) ?? findPart(name);
      if (file !== undefined) return [name, { file }];
      return [name, { missing: reasons.get(name) ?? 'not found' }];
    }),
  );
  if (mode === 'required' && reasons.size > 0) {
    const lines = [...reasons].map(([name, reason]) => `  ${howToGet(name)} (not brought here: ${reason})`);
    end(`TEST_PARTS=required, and these programs are missing:\n${lines.join('\n')}`);
  }
  project.vitest.provide('parts', parts);
}

/** @param end called if the variable of a program names a file that does not start */
function findNamed(name: PartName, end: (reason: string) => never): string | undefined {
  try {
    return findPart(name);
  } catch (error) {
    return end((error as Error).message);
  }
}

const ALL = Object.keys(PARTS) as PartName[];

/** The programs that test files request, directly or through imported files. */
export function partsOf(files: readonly string[]): PartName[] {
  const found = new Set<string>();
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file) || !existsSync(file)) return;
    seen.add(file);
    const text = readFileSync(file, 'utf8');
    for (const [, name = ''] of text.matchAll(/\b(?:part|needs)\('([\w-]+)'\)/g)) found.add(name);
    for (const [, path = ''] of text.matchAll(/(?:\bfrom\s+|\bimport\s+|\bimport\(\s*)'(\.[^']+)'/g))
      visit(join(dirname(file), path));
  };
  for (const file of files) visit(file);
  return ALL.filter((name) => found.has(name));
}
