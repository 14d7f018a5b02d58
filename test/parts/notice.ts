import process from 'node:process';
import type { Reporter, TestCase, TestModule, TestSuite, Vitest } from 'vitest/node';
import './needs.ts';
import { howToGet, PARTS, type PartName } from './programs.ts';

/** Prints, at the end of a run, which tests were skipped because of missing programs, and how to get them. */
export default class SkippedPartsNotice implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = countByPart(modules);
    if (skipped.size === 0) return;
    const parts = this.#vitest?.getRootProject().getProvidedContext().parts ?? {};
    const lines = [...skipped].map(([name, { tests, files }]) => {
      const part = parts[name];
      const reason = part !== undefined && 'missing' in part ? part.missing : 'unknown';
      return `  ${counted(tests, 'test')} in ${counted(files.size, 'file')}: ${howToGet(name)} (not brought here: ${reason})`;
    });
    const notice = ['Skipped, because programs are missing:', ...lines, ''].join('\n');
    // Vitest prints its own summary after this.
    if (this.#vitest?.config.watch) process.stderr.write(`\n${notice}`);
    else process.once('exit', () => process.stderr.write(`\n${notice}`));
  }
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** Missing program of a test, or of a skipped describe block, for whose tests Vitest reports nothing. */
function missingPartOf(task: TestCase | TestSuite): PartName | undefined {
  const { missingPart } = task.meta();
  if (missingPart !== undefined || task.parent.type === 'module') return missingPart;
  return missingPartOf(task.parent);
}

/** Number of skipped tests by missing program, with their files. */
export function countByPart(
  modules: readonly Pick<TestModule, 'moduleId' | 'children'>[],
): Map<PartName, { tests: number; files: Set<string> }> {
  const counts = new Map<PartName, { tests: number; files: Set<string> }>();
  for (const { moduleId, children } of modules)
    for (const test of children.allTests()) {
      const missingPart = missingPartOf(test);
      if (missingPart === undefined || !Object.hasOwn(PARTS, missingPart)) continue;
      const count = counts.get(missingPart) ?? { tests: 0, files: new Set() };
      counts.set(missingPart, count);
      count.tests++;
      count.files.add(moduleId);
    }
  return counts;
}
