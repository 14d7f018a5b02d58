import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CodegenConfig } from '@graphql-codegen/cli';
import { addTypenameSelectionDocumentTransform } from '@graphql-codegen/client-preset';
import { graphqlSync, printSchema } from 'graphql';
import { configurationPage } from './src/config/describe.ts';
import { createSchema } from './src/schema/index.ts';
import { createSubgraphSchema } from './src/schema/subgraph.ts';

/** What a folder asks for, a file each, in the order of names; read by codegen, the order would differ from run to run. */
function readDocuments(folder: string): string[] {
  const path = join(import.meta.dirname, folder);
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' });
  const documents = files.filter((name) => name.endsWith('.graphql')).sort();
  return documents.map((name) => readFileSync(join(path, name), 'utf8'));
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
  // The order of definition is part of the documentation: states are listed as a job goes through them.
  config: { sort: false },
  importExtension: '.ts',
  generates: {
    'schema.graphql': { plugins: ['schema-ast'] },
    'subgraph.graphql': { plugins: ['add'], config: { content: printSubgraph() } },
    'docs/configuration.md': { plugins: ['add'], config: { content: configurationPage() } },
    'examples/operations/generated/': {
      documents: readDocuments('examples/operations'),
      preset: 'client',
      presetConfig: {
        fragmentMasking: false,
        persistedDocuments: { hashAlgorithm: 'sha256' },
      },
      // What a cache adds to a text by itself is missing from one that is sent by its id.
      documentTransforms: [addTypenameSelectionDocumentTransform],
      config: TYPES,
    },
    'examples/operations/generated/sdk.ts': {
      documents: readDocuments('examples/operations'),
      plugins: ['typescript-generic-sdk'],
      config: {
        documentMode: 'external',
        importDocumentNodeExternallyFrom: './graphql.ts',
        importOperationTypesFrom: 'Operations',
        useTypeImports: true,
      },
    },
    // The console's: one fragment for each component, which nobody else reads.
    'console/src/generated/': {
      documents: readDocuments('console/src'),
      preset: 'client',
      presetConfig: {
        fragmentMasking: { unmaskFunctionName: 'readFragment' },
        persistedDocuments: { hashAlgorithm: 'sha256' },
      },
      documentTransforms: [addTypenameSelectionDocumentTransform],
      config: TYPES,
    },
  },
};

export default config;
