import { createRequire } from 'node:module';
import process from 'node:process';
import { pino } from 'pino';
import { createGateway } from '../../src/gateway.ts';

/** Starts a gateway without Redis, and prints the CommonJS modules that it loaded, one path per line. */
createGateway(
  {
    deadlineMs: 1000,
    maxRequestsPerSecond: 10,
    cache: { ttlMs: 1000, staleIfErrorMs: 1000 },
    redisUrl: undefined,
    livePollMs: 1000,
    auth: { apiKeys: [], jwt: undefined },
    corsOrigins: [],
    trustedDocuments: undefined,
    limits: { bodyBytes: 1000, requestsPerMinute: 0, depth: 5, complexity: 100, searchCalls: 10 },
    graphiql: false,
    console: undefined,
    introspection: false,
  },
  {
    kind: 'emulator',
    origin: 'http://127.0.0.1:9',
    credentials: async () => ({ accessKeyId: 'x', accessKeySecret: 'y' }),
  },
  pino({ level: 'silent' }),
);
process.stdout.write(Object.keys(createRequire(import.meta.url).cache).join('\n'));
process.exit();
