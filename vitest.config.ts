import { defineConfig } from 'vitest/config';

export default defineConfig({
  // graphql 16 names two builds; Node takes `main`, Vite would take `module`, and two graphqls in one process refuse
  // each other's schemas and errors.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },

  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    // What is waited for comes at its own time on a busy machine; nothing here is a promise about speed.
    expect: { poll: { timeout: 15_000 } },
    hookTimeout: 60_000,
  },
});
