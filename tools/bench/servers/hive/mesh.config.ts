import { defineConfig } from '@graphql-mesh/compose-cli';
import { loadOpenAPISubgraph } from '@omnigraph/openapi';

/** Composes supergraph.graphql from openapi.json: `npm run compose` in tools/bench. */
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
