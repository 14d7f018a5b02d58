import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderOf } from '../../examples/install.ts';
import type { Answer } from '../gateway-under-test.ts';

/** examples/federation with a gateway: two neighbours, a supergraph, and Hive Gateway as a process of its own. */
export interface Router extends AsyncDisposable {
  /** Sends a query to the router. */
  ask(query: string, variables?: Record<string, unknown>, headers?: Record<string, string>): Promise<Answer>;
  /** Sends a query to a neighbour, bypassing the router. */
  askNeighbour(name: Neighbour, query: string): Promise<Answer>;
  /** Output of the example so far. */
  readonly output: () => string;
  /** Stops the example with SIGINT, and returns its exit code once all its processes have ended. */
  interrupt(): Promise<number | null>;
}

type Neighbour = 'ratings' | 'campaigns';

/**
 * Starts the example on free ports; its packages must be installed. `await using` stops it.
 *
 * @throws Error with its output if it ends before it is ready
 */
export async function startRouter(gatewayOrigin: string): Promise<Router> {
  const folder = await mkdtemp(join(tmpdir(), 'supergraph-'));
  const [ratings, campaigns, router] = await freePorts(3);
  const child = spawn(process.execPath, ['main.ts'], {
    cwd: folderOf('federation'),
    env: {
      PATH: process.env.PATH,
      GATEWAY_URL: gatewayOrigin,
      RATINGS_PORT: String(ratings),
      CAMPAIGNS_PORT: String(campaigns),
      ROUTER_PORT: String(router),
      SUPERGRAPH: join(folder, 'supergraph.graphql'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const ready = new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk) => {
        output += chunk;
        if (output.includes('The router is at')) resolve();
      });
    }
    void ended.then(() => reject(new Error(`examples/federation ended:\n${output}`)));
  });
  const interrupt = () => {
    child.kill('SIGINT');
    return ended;
  };
  await ready;
  const ports = { ratings, campaigns };
  return {
    ask: (query, variables, headers) => post(router, { query, variables }, headers),
    askNeighbour: (name, query) => post(ports[name], { query }),
    output: () => output,
    interrupt,
    async [Symbol.asyncDispose]() {
      await interrupt();
      await rm(folder, { recursive: true });
    },
  };
}

async function post(port: number | undefined, body: object, headers = {}): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return (await response.json()) as Answer;
}

/** Finds free ports. Holds all of them open until the last is found, so that they are distinct. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
