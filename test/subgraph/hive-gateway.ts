import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { folderOf } from '../../examples/install.ts';
import { freePort } from '../free-port.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Files of a configuration of Hive Gateway: of the example, or of the Compose file. */
const CONFIGURATIONS = {
  example: [
    join(folderOf('federation'), 'gateway.config.ts'),
    join(folderOf('federation'), 'subscriptions.ts'),
  ],
  compose: [join(ROOT, 'deploy/compose/router/gateway.config.ts')],
} as const;

/** Hive Gateway in a process of its own. */
export interface HiveGateway extends AsyncDisposable {
  readonly url: string;
  readonly output: () => string;
}

/**
 * Starts Hive Gateway with a committed configuration and a supergraph of the gateway alone.
 *
 * @param gatewayOrigin URL of the subgraph in the supergraph
 */
export async function startHiveGateway(
  configuration: keyof typeof CONFIGURATIONS,
  gatewayOrigin: string,
  env: Readonly<Record<string, string>>,
): Promise<HiveGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'hive-gateway-'));
  for (const file of CONFIGURATIONS[configuration])
    await cp(file, join(folder, file.split('/').at(-1) as string));
  await symlink(join(folderOf('federation'), 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  const supergraph = await readFile(join(ROOT, 'deploy/compose/router/supergraph.graphql'), 'utf8');
  await writeFile(
    join(folder, 'supergraph.graphql'),
    supergraph.replaceAll('http://gateway:4000', gatewayOrigin),
  );
  const port = await freePort();
  const program = join(folderOf('federation'), 'node_modules/@graphql-hive/gateway/dist/bin.js');
  const child = spawn(
    process.execPath,
    [program, 'supergraph', '--port', String(port), '--host', '127.0.0.1'],
    {
      cwd: folder,
      env: { PATH: process.env.PATH, ROUTER_PORT: String(port), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
    });
  }
  const ended = once(child, 'close');
  const url = `http://127.0.0.1:${port}`;
  for (;;) {
    const isReady = await fetch(`${url}/readiness`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) break;
    if (child.exitCode !== null) throw new Error(`Hive Gateway ended:\n${output}`);
    await wait(100);
  }
  return {
    url: `${url}/graphql`,
    output: () => output,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}
