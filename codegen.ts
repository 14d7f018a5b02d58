import type { CodegenConfig } from '@graphql-codegen/cli';
import { printSchema } from 'graphql';
import { configurationPage } from './src/config/describe.ts';
import { createSchema } from './src/schema/index.ts';

/**
 * Everything in the repository that is written by a program. `npm run codegen` writes it, `npm run check` fails when it
 * is out of date.
 */
const config: CodegenConfig = {
  schema: printSchema(createSchema()),
  // The order of definition is part of the documentation: states are listed as a job goes through them.
  config: { sort: false },
  generates: {
    'schema.graphql': { plugins: ['schema-ast'] },
    'docs/configuration.md': { plugins: ['add'], config: { content: configurationPage() } },
  },
};

export default config;
