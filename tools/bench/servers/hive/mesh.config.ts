import { defineConfig } from '@graphql-mesh/compose-cli';
import { loadOpenAPISubgraph } from '@omnigraph/openapi';

/** Makes supergraph.graphql of openapi.json: `npm run compose` in bench. */
export const composeConfig = defineConfig({
  subgraphs: [
    {
      sourceHandler: loadOpenAPISubgraph('VoiceJobs', {
        source: './openapi.json',
        endpoint: '{env.JOBS_ORIGIN}',
      }),
    },
  ],
});
