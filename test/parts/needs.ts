import type { RunnerTask, RunnerTestCase } from 'vitest';
import { aroundAll, inject, TestRunner } from 'vitest';
import { PARTS, type PartName } from './programs.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The file of each program that the run has looked for; why it is missing where there is none. */
    readonly parts: Partial<Record<PartName, { readonly file: string } | { readonly missing: string }>>;
  }
  interface TaskMeta {
    /** The program for want of which the test was skipped. */
    missingPart?: PartName;
  }
}

/**
 * The file of a program that a test starts. Where the program is missing, the test that runs is skipped, and the notice at
 * the end of the run counts it (notice.ts).
 *
 * @throws Error in a hook that runs for several tests, whose file has to declare the program with {@link needs}
 */
export function part(name: PartName): string {
  const found = lookUp(name);
  if ('file' in found) return found.file;
  const test = TestRunner.getCurrentTest<RunnerTestCase | undefined>();
  if (test === undefined)
    throw new Error(
      `${PARTS[name].title} is missing: ${found.missing}. A file whose hooks start it declares needs('${name}').`,
    );
  return skip(test, name);
}

/** Declares that every test of a file, or of the describe block in which it is called, needs a program: skips them all without it. */
export function needs(name: PartName): void {
  if ('file' in lookUp(name)) return;
  aroundAll(async (_runSuite, _context, suite) => {
    const tests = testsOf(suite.tasks);
    for (const { meta } of tests) meta.missingPart = name;
    // Ends the suite before its hooks run, and with them what they would have started.
    const [first] = tests;
    if (first !== undefined) skip(first, name);
  });
}

function lookUp(name: PartName) {
  // A name that the run has not looked for belongs to a file that it did not know of: one that was added while it watches.
  return inject('parts')[name] ?? { missing: 'it was not looked for; start the run again' };
}

function skip(test: RunnerTestCase, name: PartName): never {
  test.meta.missingPart = name;
  return test.context.skip(`needs ${PARTS[name].title}`);
}

function testsOf(tasks: readonly RunnerTask[]): RunnerTestCase[] {
  return tasks.flatMap((task) => (task.type === 'suite' ? testsOf(task.tasks) : [task]));
}
