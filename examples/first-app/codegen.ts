// Types of your operations: npx graphql-codegen
// npm install --save-dev @graphql-codegen/cli @graphql-codegen/client-preset
import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  // A copy of the gateway's schema.graphql, or http://127.0.0.1:4000/graphql of a gateway in development.
  schema: 'schema.graphql',
  documents: 'src/**/*.graphql',
  generates: {
    'src/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: { useTypeImports: true, enumsAsTypes: true, scalars: { DateTime: 'string', ID: 'string' } },
    },
  },
};

export default config;
