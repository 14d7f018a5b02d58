import { basename } from 'node:path';
import process from 'node:process';
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

const SEARCHES = [
  'test/paging/costs/search-costs.test.ts',
  'test/search/{between-cursors,few-calls,filtered-search,kernel}.test.ts',
];
const SHARED = ['test/redis/shared-{flight,source}.test.ts'];

/** Reads docs, which are not copied. */
const DOCUMENTED = '**/documented.test.ts';

/** The tests of src/paging; with `TESTS_OF`, the name of one of its files, those that are closest to it. */
function selection(name = process.env.TESTS_OF): { readonly include: string[]; readonly exclude: string[] } {
  if (name === undefined)
    return { include: ['test/paging/**/*.test.ts', ...SHARED, ...SEARCHES], exclude: [DOCUMENTED] };
  if (/^shared-/.test(name)) return { include: SHARED, exclude: [] };
  if (/^(filtered-search|search-walk|list-walk|call-budget|locate-second)/.test(name))
    return {
      include: ['test/paging/{aligned-list,locate-second,call-budget}.test.ts', ...SEARCHES],
      exclude: [],
    };
  const others = SLOW.filter((slow) => slow !== name).map((slow) => `**/${slow}.test.ts`);
  return { include: ['test/paging/*.test.ts'], exclude: [DOCUMENTED, ...others] };
}

/** Configuration for the tests of src/paging, which run once per mutant. */
export default defineConfig({
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    ...selection(),
    // Finds Redis.
    globalSetup: ['test/parts/setup.ts'],
    setupFiles: 'tools/mutation/setup.ts',
    // All files share one worker and its modules: starting a worker per file would take longer than most tests.
    isolate: false,
    // Detects mutants that make a test hang; on a busy machine the slowest test takes half of it.
    testTimeout: 40_000,
    expect: { poll: { timeout: 10_000 } },
    sequence: { sequencer: FastFirst },
  },
});
