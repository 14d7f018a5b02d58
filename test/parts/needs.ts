import type { RunnerTask, RunnerTestCase, RunnerTestSuite } from 'vitest';
import { aroundAll, inject, TestRunner } from 'vitest';
import { PARTS, type PartName } from './programs.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of each program that the run looked for, or why it is missing. */
    readonly parts: Partial<Record<PartName, { readonly file: string } | { readonly missing: string }>>;
  }
  interface TaskMeta {
    /** The missing program because of which the test was skipped. */
    missingPart?: PartName;
  }
}

/**
 * Path of a program that a test starts. If it is missing, the running test is skipped, and the notice at the end of the run
 * counts it (notice.ts).
 *
 * @throws Error in a hook of several tests, whose file must declare the program with {@link needs}
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
 * Declares that all tests of a file, or of the calling describe block, need a program. If it is missing, they are skipped,
 * and no hook runs.
 */
export function needs(name: PartName): void {
  if ('file' in lookUp(name)) return;
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the names of fixtures from this parameter
  aroundAll(async (runSuite, {}, suite) => {
    for (const task of below(suite)) {
      // Hooks of a skipped describe block do not run.
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
  // An unknown name belongs to a file that was added in watch mode.
  return inject('parts')[name] ?? { missing: 'it was not looked for; start the run again' };
}

const note = (name: PartName): string => `needs ${PARTS[name].title}`;

/** All tests and describe blocks of a suite. */
const below = ({ tasks }: RunnerTestSuite): RunnerTask[] =>
  tasks.flatMap((task) => (task.type === 'suite' ? [task, ...below(task)] : [task]));
