import { join } from 'node:path';
import process from 'node:process';
import { pages } from '../dialects.ts';
import { benchFolder, CACHE_TTL_MS, type Peer } from './peer.ts';

/** A gateway composed from a description of the upstream. */
export const hive: Peer = {
  name: 'hive',
  what: 'Hive Gateway over an OpenAPI description (Mesh Compose), page numbers passed on; its cache is that of whole responses',
  dialect: pages,
  installed: {
    folder: benchFolder,
    packages: ['@graphql-hive/gateway', '@graphql-mesh/transport-rest', 'graphql'],
  },
  async launch({ port, cached, upstream }) {
    const address = ['--host', '127.0.0.1', '--port', String(port)];
    return {
      command: process.execPath,
      args: [
        join(benchFolder, 'node_modules/@graphql-hive/gateway/dist/bin.js'),
        'supergraph',
        '--config-path',
        'gateway.config.ts',
        ...address,
      ],
      env: {
        NODE_ENV: 'production',
        LOG_LEVEL: 'error',
        JOBS_ORIGIN: upstream.restOrigin,
        CACHE_TTL_MS: String(cached ? CACHE_TTL_MS : 0),
      },
      folder: join(benchFolder, 'servers/hive'),
    };
  },
};
