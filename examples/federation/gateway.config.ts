import { defineConfig } from '@graphql-hive/gateway';
import { byEvents, byWebSocket } from './subscriptions.ts';

/** Hive Gateway finds this file by its name. */
export const gatewayConfig = defineConfig({
  supergraph: process.env.SUPERGRAPH ?? 'supergraph.graphql',
  host: '127.0.0.1',
  port: Number(process.env.ROUTER_PORT ?? 4100),
  logging: 'warn',
  // Its page loads scripts from another host.
  landingPage: false,
  // Hive Gateway sends `x-request-id` to every subgraph by itself.
  propagateHeaders: {
    fromClientToSubgraphs({ request, subgraphName }) {
      if (subgraphName !== 'voice-jobs') return;
      return {
        // The user's token, for a gateway that accepts tokens.
        authorization: request.headers.get('authorization'),
        // The router's own key, for a gateway that accepts API keys.
        'x-api-key': process.env.GATEWAY_API_KEY ?? null,
      };
    },
  },
  transportEntries: {
    'voice-jobs': process.env.SUBSCRIPTIONS === 'websocket' ? byWebSocket : byEvents,
  },
});
