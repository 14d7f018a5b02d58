import { configDefaults, defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { EVERY_TEST, EXAMPLES, TIMING, UNIT, WORKERS } from './test/lanes.ts';
import { FULL } from './test/runs.ts';

type Lane = NonNullable<TestProjectInlineConfiguration['test']>;

/** A lane of test/lanes.ts. There is no retry in any: what fails once is broken, in the test or in the gateway. */
const lane = (name: string, options: Lane): TestProjectInlineConfiguration => ({
  // graphql 16 names two builds; Node takes `main`, Vite would take `module`, and two graphqls in one process refuse
  // each other's schemas and errors.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    name,
    testTimeout: FULL ? 600_000 : 60_000,
    // What is waited for comes at its own time on a busy machine; nothing here is a promise about speed.
    expect: { poll: { timeout: 15_000 } },
    hookTimeout: 60_000,
    maxWorkers: WORKERS,
    sequence: { groupOrder: 0 },
    ...options,
  },
});

export default defineConfig({
  test: {
    globalSetup: [
      // Finds Redis, Chromium and the like, or brings them.
      'test/parts/setup.ts',
      // Fails a run in which a secret got out, whatever it was that was tested.
      'test/secrets/watch.ts',
      'test/per-run/provide.ts',
    ],
    reporters: [...configDefaults.reporters, './test/parts/notice.ts'],
    projects: [
      // Files of the first two lanes share the module graph of their worker: to load the gateway anew for each took half as long as
      // the tests. Nothing in src keeps state between two gateways.
      lane('unit', { include: UNIT, setupFiles: 'test/unit-guard.ts', isolate: false }),
      lane('integration', {
        include: [EVERY_TEST],
        exclude: [...UNIT, ...TIMING, ...EXAMPLES],
        isolate: false,
      }),
      // Tests that mostly wait run concurrently, each with a gateway of its own.
      lane('timing', {
        include: [...TIMING],
        maxWorkers: 1,
        maxConcurrency: 12,
        sequence: { groupOrder: 1 },
      }),
      lane('examples', { include: EXAMPLES, maxWorkers: 1, sequence: { groupOrder: 2 } }),
    ],
  },
});
