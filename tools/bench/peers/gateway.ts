import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { connection } from '../dialects.ts';
import { CACHE_TTL_MS, type Peer, rootFolder } from './peer.ts';

/** This project, as an operator starts it. */
export const gateway: Peer = {
  name: 'gateway',
  what: 'this gateway; the only one that signs its calls, and whose calls are verified',
  dialect: connection,
  readyPath: '/ready',
  installed: { folder: rootFolder, packages: undefined },
  async launch({ port, cached, upstream }) {
    return {
      command: process.execPath,
      args: startArguments(),
      env: {
        NODE_ENV: 'production',
        HOST: '127.0.0.1',
        PORT: String(port),
        LOG_LEVEL: 'error',
        IMS_UPSTREAM: 'alibaba',
        IMS_ENDPOINT: upstream.endpoint,
        ALIBABA_CLOUD_ACCESS_KEY_ID: upstream.accessKeyId,
        ALIBABA_CLOUD_ACCESS_KEY_SECRET: upstream.accessKeySecret,
        CACHE_TTL_MS: String(cached ? CACHE_TTL_MS : 0),
        // The quota of the account is not what is measured.
        IMS_MAX_REQUESTS_PER_SECOND: '100000',
      },
      folder: rootFolder,
    };
  },
};

/** The arguments that `npm start` passes to Node. npm itself takes as long as the start, and is not measured. */
export function startArguments(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(rootFolder, 'package.json'), 'utf8'));
  // `exec` replaces the shell by node, so that signals to npm reach it.
  const [exec, node, ...rest] = scripts.start.split(' ');
  if (exec !== 'exec' || node !== 'node')
    throw new Error(`npm start does not begin with exec node: ${scripts.start}`);
  return rest;
}
