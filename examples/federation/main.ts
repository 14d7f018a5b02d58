import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compose } from './compose.ts';
import { untilReady } from './ready.ts';
import { campaignsOf } from './subgraphs/campaigns.ts';
import { readJobs } from './subgraphs/jobs.ts';
import { ratingsOf } from './subgraphs/ratings.ts';
import { serve } from './subgraphs/serve.ts';

/** Time to wait for a gateway that is starting, in milliseconds. */
const PATIENCE_MS = 30_000;

const {
  GATEWAY_URL = 'http://127.0.0.1:4000',
  RATINGS_PORT = '4001',
  CAMPAIGNS_PORT = '4002',
  ROUTER_PORT = '4100',
  SUPERGRAPH = fileOf('supergraph.graphql'),
} = process.env;

if (!(await untilReady(`${GATEWAY_URL}/ready`, AbortSignal.timeout(PATIENCE_MS)))) {
  throw new Error(`No gateway is ready at ${GATEWAY_URL}.`);
}
const jobs = await readJobs(GATEWAY_URL);
await using ratings = await serve('ratings', ratingsOf(jobs), Number(RATINGS_PORT));
await using campaigns = await serve('campaigns', campaignsOf(jobs), Number(CAMPAIGNS_PORT));
const voiceJobs = { name: 'voice-jobs', url: `${GATEWAY_URL}/subgraph` };
await writeFile(SUPERGRAPH, await compose([voiceJobs, ratings, campaigns]));
process.exitCode = await route(`http://127.0.0.1:${ROUTER_PORT}`);

/** Runs Hive Gateway, which reads gateway.config.ts, until Ctrl-C ends it. */
async function route(url: string): Promise<number> {
  const hiveGateway = fileOf('node_modules/@graphql-hive/gateway/dist/bin.js');
  const router = spawn(process.execPath, [hiveGateway, 'supergraph'], {
    cwd: import.meta.dirname,
    env: { ...process.env, SUPERGRAPH, ROUTER_PORT },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => router.kill(signal));
  const ended = new AbortController();
  const code = once(router, 'close').then(([code]) => {
    ended.abort();
    return code ?? 0;
  });
  if (await untilReady(`${url}/readiness`, ended.signal)) await invite(`${url}/graphql`);
  return code;
}

async function invite(url: string): Promise<void> {
  const query = await readFile(fileOf('query.graphql'), 'utf8');
  process.stdout.write(`\nThe router is at ${url}, with a playground for browsers. Try this:\n\n${query}\n`);
}

/** Path of a file in this folder. */
function fileOf(name: string): string {
  return join(import.meta.dirname, name);
}
