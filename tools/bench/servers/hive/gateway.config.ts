import process from 'node:process';
import { defineConfig } from '@graphql-hive/gateway';

const ttl = Number(process.env.CACHE_TTL_MS);

export const gatewayConfig = defineConfig({
  supergraph: './supergraph.graphql',
  ...(ttl > 0 ? { responseCaching: { session: () => null, ttl } } : {}),
});
