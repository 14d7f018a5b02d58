import { defineConfig } from 'vitest/config';

export default defineConfig({
  // graphql 16 names two builds; Node takes `main`, Vite would take `module`, and two graphqls in one process refuse
  // each other's schemas and errors.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },

  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
