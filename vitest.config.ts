import { configDefaults, defineConfig } from 'vitest/config';

const EVERYTHING = 'test/**/*.test.ts';

/**
 * Tests of what happens in time: deadlines, quotas of a second, processes that are killed. They need a core to themselves,
 * or they would tell how busy the machine is.
 */
const IN_TIME = 'test/{faults,live,redis,soak,telemetry}/**/*.test.ts';

export default defineConfig({
  // graphql 16 names two builds; Node takes `main`, Vite would take `module`, and two graphqls in one process refuse
  // each other's schemas and errors.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },

  test: {
    // Finds Redis, Chromium and the like; fails a run in which a secret got out, whatever it was that was tested.
    globalSetup: ['test/parts/setup.ts', 'test/secrets/watch.ts'],
    reporters: [...configDefaults.reporters, './test/parts/notice.ts'],
    testTimeout: 60_000,
    // What is waited for comes at its own time on a busy machine; nothing here is a promise about speed.
    expect: { poll: { timeout: 15_000 } },
    hookTimeout: 60_000,

    projects: [
      {
        extends: true,
        test: {
          name: 'side by side',
          include: [EVERYTHING],
          exclude: [IN_TIME],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'one at a time',
          include: [IN_TIME],
          fileParallelism: false,
          // A machine that stands still for a moment is no defect of ours; what is broken fails three times.
          retry: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
