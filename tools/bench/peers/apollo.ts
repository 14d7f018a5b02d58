import { join } from 'node:path';
import process from 'node:process';
import { connection } from '../dialects.ts';
import { benchFolder, CACHE_TTL_MS, type Peer } from './peer.ts';

/** The usual hand-written server. */
export const apollo: Peer = {
  name: 'apollo',
  what: "Apollo Server 5 with RESTDataSource and a connection written by hand; its cache is RESTDataSource's",
  dialect: connection,
  installed: { folder: benchFolder, packages: ['@apollo/server', '@apollo/datasource-rest', 'graphql'] },
  async launch({ port, cached, upstream }) {
    return {
      command: process.execPath,
      args: [join(benchFolder, 'servers/apollo/main.ts')],
      env: {
        NODE_ENV: 'production',
        PORT: String(port),
        JOBS_ORIGIN: upstream.restOrigin,
        CACHE_TTL_MS: String(cached ? CACHE_TTL_MS : 0),
      },
      folder: benchFolder,
    };
  },
};
