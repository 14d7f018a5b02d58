import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pages } from '../dialects.ts';
import { benchFolder, CACHE_TTL_MS, type Peer } from './peer.ts';

const PACKAGE = '@tailcallhq/core-linux-x64-gnu';
const binary = join(benchFolder, 'node_modules', PACKAGE, 'bin/tailcall');

/** A compiled server. */
export const tailcall: Peer = {
  name: 'tailcall',
  what: 'Tailcall 1.0.0 (Rust, a thread for each core; the last on npm that runs on glibc 2.36), page numbers passed on; its cache is @cache',
  dialect: pages,
  installed: { folder: benchFolder, packages: [PACKAGE] },
  missing: () => (existsSync(binary) ? undefined : `${PACKAGE} has no binary for this platform`),
  async launch({ port, cached, upstream, scratch }) {
    const template = await readFile(join(benchFolder, 'servers/tailcall/jobs.graphql'), 'utf8');
    const config = join(scratch, `tailcall-${port}.graphql`);
    await writeFile(
      config,
      template
        .replace('port: 8000', `port: ${port}`)
        .replace('http://127.0.0.1:9000', upstream.restOrigin)
        .replace('@cache(maxAge: 2000)', cached ? `@cache(maxAge: ${CACHE_TTL_MS})` : ''),
    );
    return {
      command: binary,
      args: ['start', config],
      env: { TC_TRACKER: 'false', TAILCALL_LOG_LEVEL: 'error' },
      folder: scratch,
    };
  },
};
