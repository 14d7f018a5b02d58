import { defineConfig } from '@graphql-hive/gateway';
import { byEvents, byWebSocket } from './subscriptions.ts';

/** Hive Gateway finds this file by its name. */
export const gatewayConfig = defineConfig({
  supergraph: process.env.SUPERGRAPH ?? 'supergraph.graphql',
  host: '127.0.0.1',
  port: Number(process.env.ROUTER_PORT ?? 4100),
  logging: 'warn',
  // Its pages load parts of themselves from another host.
  landingPage: false,
  // `x-request-id` goes to every subgraph without being asked to.
  propagateHeaders: {
    fromClientToSubgraphs({ request, subgraphName }) {
      if (subgraphName !== 'voice-jobs') return;
      return {
        // Who asks, for a gateway that takes tokens.
        authorization: request.headers.get('authorization'),
        // Who the router is, for a gateway that takes API keys.
        'x-api-key': process.env.GATEWAY_API_KEY ?? null,
      };
    },
  },
  transportEntries: {
    'voice-jobs': process.env.SUBSCRIPTIONS === 'websocket' ? byWebSocket : byEvents,
  },
});
