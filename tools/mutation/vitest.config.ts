import { basename } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The slowest test files, in ascending order of duration. */
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

/** Runs slow files last, because the first failure ends the run of a mutant. */
class FastFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => SLOW.indexOf(basename(moduleId, '.test.ts'));
    return files.toSorted((one, other) => rank(one) - rank(other));
  }
}

/** Configuration for the tests of src/paging, which run once per mutant. */
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
    // All files share one worker and its modules: starting a worker per file would take longer than most tests.
    isolate: false,
    // Detects mutants that make a test hang; no test takes a tenth of it.
    testTimeout: 15_000,
    expect: { poll: { timeout: 10_000 } },
    sequence: { sequencer: FastFirst },
  },
});
