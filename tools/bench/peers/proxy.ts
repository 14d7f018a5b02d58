import { join } from 'node:path';
import process from 'node:process';
import { pages } from '../dialects.ts';
import { benchFolder, type Peer } from './peer.ts';

/** Lower bound of what uncached responses cost in Node. */
export const proxy: Peer = {
  name: 'proxy',
  what: 'node:http and undici, which request a page for each request, parse it and write it again, without GraphQL, signatures or a cache: the least that an uncached response costs in Node',
  dialect: pages,
  modes: ['cold', 'latency'],
  async launch({ port, upstream }) {
    return {
      command: process.execPath,
      args: [join(benchFolder, 'servers/proxy.ts')],
      env: { PORT: String(port), JOBS_ORIGIN: upstream.restOrigin, NODE_ENV: 'production' },
      folder: benchFolder,
    };
  },
};
