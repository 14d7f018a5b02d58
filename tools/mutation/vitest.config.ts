import { basename } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The test files that take longest, in the order of their length. */
const SLOW = [
  'shared-source',
  'shared-flight',
  'kernel',
  'realignment-costs',
  'few-calls',
  'cursor',
  'cover',
  'window',
];

/** The first failure ends the run of a mutant, so the slow files run last. */
class FastFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => SLOW.indexOf(basename(moduleId, '.test.ts'));
    return files.toSorted((one, other) => rank(one) - rank(other));
  }
}

/** The tests of src/paging that are fast enough to run once for each mutant. */
export default defineConfig({
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: [
      'test/paging/**/*.test.ts',
      'test/redis/shared-{flight,source}.test.ts',
      'test/search/{few-calls,kernel}.test.ts',
    ],
    // Finds Redis.
    globalSetup: ['test/parts/setup.ts'],
    // Reads docs, which are not copied.
    exclude: ['**/documented.test.ts'],
    setupFiles: 'tools/mutation/setup.ts',
    // All files of a run share one worker and its modules: to start a worker for each takes longer than most of the tests.
    isolate: false,
    // Mutants that make a test wait for ever are detected by this; no test takes a tenth of it.
    testTimeout: 15_000,
    expect: { poll: { timeout: 10_000 } },
    sequence: { sequencer: FastFirst },
  },
});
