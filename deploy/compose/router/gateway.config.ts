import { defineConfig } from '@graphql-hive/gateway';

/** Hive Gateway finds this file by its name. */
export const gatewayConfig = defineConfig({
  supergraph: 'supergraph.graphql',
  host: '0.0.0.0',
  port: 4100,
  // Its pages load parts of themselves from another host.
  landingPage: false,
  propagateHeaders: {
    // The router is a client of the gateway. Who may ask the router is for the router to know: here everybody on this machine.
    fromClientToSubgraphs: () => ({ 'x-api-key': process.env.GATEWAY_API_KEY ?? null }),
  },
  // Subscriptions by server-sent events, with the same headers. By GET, which is the default, only queries are taken.
  transportEntries: { 'voice-jobs': { options: { method: 'POST' } } },
});
