import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CodegenConfig } from '@graphql-codegen/cli';
import { graphqlSync, printSchema } from 'graphql';
import { configurationPage } from './src/config/describe.ts';
import { createSchema } from './src/schema/index.ts';
import { createSubgraphSchema } from './src/schema/subgraph.ts';

/** The operations, a file each, in the order of their names; read by codegen, the order would differ from run to run. */
function readOperations(): string[] {
  const folder = join(import.meta.dirname, 'operations');
  const files = readdirSync(folder).filter((name) => name.endsWith('.graphql'));
  return files.sort().map((name) => readFileSync(join(folder, name), 'utf8'));
}

/** The subgraph as a router reads it, directives and all. */
function printSubgraph(): string {
  const { data, errors } = graphqlSync({ schema: createSubgraphSchema(), source: '{ _service { sdl } }' });
  if (!data) throw new Error(`the subgraph cannot be printed: ${errors}`);
  return (data as unknown as { _service: { sdl: string } })._service.sdl;
}

/** How the operations' types look: scalars as JSON brings them, nothing that type stripping cannot strip. */
const TYPES = { useTypeImports: true, enumsAsTypes: true, scalars: { DateTime: 'string', ID: 'string' } };

/**
 * Everything in the repository that is written by a program. `npm run codegen` writes it, `npm run check` fails when it
 * is out of date.
 */
const config: CodegenConfig = {
  schema: printSchema(createSchema()),
  documents: readOperations(),
  // The order of definition is part of the documentation: states are listed as a job goes through them.
  config: { sort: false },
  importExtension: '.ts',
  generates: {
    'schema.graphql': { plugins: ['schema-ast'] },
    'subgraph.graphql': { plugins: ['add'], config: { content: printSubgraph() } },
    'docs/configuration.md': { plugins: ['add'], config: { content: configurationPage() } },
    'operations/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: TYPES,
    },
    'operations/generated/sdk.ts': {
      plugins: ['typescript-generic-sdk'],
      config: {
        documentMode: 'external',
        importDocumentNodeExternallyFrom: './graphql.ts',
        importOperationTypesFrom: 'Operations',
        useTypeImports: true,
      },
    },
  },
};

export default config;
