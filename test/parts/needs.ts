import type { RunnerTask, RunnerTestCase, RunnerTestSuite } from 'vitest';
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
  test.meta.missingPart = name;
  return test.context.skip(note(name));
}

/**
 * Declares that every test of a file, or of the describe block in which it is called, needs a program. Where the program is
 * missing, all of them are skipped, and no hook runs.
 */
export function needs(name: PartName): void {
  if ('file' in lookUp(name)) return;
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the names of fixtures from this parameter
  aroundAll(async (runSuite, {}, suite) => {
    for (const task of below(suite)) {
      // A describe block that is skipped runs no hooks of its own.
      task.mode = 'skip';
      task.result = { state: 'skip' };
      task.meta.missingPart = name;
    }
    const hooks = TestRunner.getSuiteHooks(suite);
    hooks.beforeAll = [];
    hooks.afterAll = [];
    await runSuite();
  });
}

function lookUp(name: PartName) {
  // A name that the run has not looked for belongs to a file that it did not know of: one that was added while it watches.
  return inject('parts')[name] ?? { missing: 'it was not looked for; start the run again' };
}

const note = (name: PartName): string => `needs ${PARTS[name].title}`;

/** All tests and describe blocks in a suite. */
const below = ({ tasks }: RunnerTestSuite): RunnerTask[] =>
  tasks.flatMap((task) => (task.type === 'suite' ? [task, ...below(task)] : [task]));
