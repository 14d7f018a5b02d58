import { hashApiKey } from '../../src/auth/api-key.ts';
import { type GatewayUnderTest, type GatewayUnderTestOptions, startGateway } from '../gateway-under-test.ts';

/** A gateway as with NODE_ENV=production and otherwise default settings. */
export function startProduction(gateway: GatewayUnderTestOptions = {}): Promise<GatewayUnderTest> {
  return startGateway({
    gateway: {
      introspection: false,
      graphiql: false,
      cache: { ttlMs: 2000, staleIfErrorMs: 60_000 },
      ...gateway,
    },
  });
}

/** A valid key, and the configuration that accepts it. */
export const KEY = 'c5b1f9f2-8e4a-4a6e-9a3d-3f3c1b8f2d10';
export const AUTH = { apiKeys: [hashApiKey('web', KEY)], jwt: undefined };
