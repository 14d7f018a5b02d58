import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { EXAMPLES, type Example, folderOf, install } from './install.ts';

/** Port at which examples expect the gateway. */
const GATEWAY_PORT = 4000;

await main(process.argv[2]);

/** Installs an example's packages, starts the gateway unless one is running, then the example. */
async function main(name: string | undefined): Promise<void> {
  const example = EXAMPLES.find((known) => known === name);
  if (example === undefined) {
    process.stderr.write(
      `There is no example ${name ?? '(none given)'}. There are ${EXAMPLES.join(', ')}.\n`,
    );
    process.exitCode = 1;
    return;
  }
  await install(example);
  const gateway = (await isListening(GATEWAY_PORT)) ? undefined : startGateway();
  process.exitCode = await run(example);
  gateway?.kill();
}

function startGateway() {
  const gateway = spawn(process.execPath, [join(import.meta.dirname, '../src/main.ts')], {
    env: { ...process.env, HOST: '127.0.0.1', PORT: String(GATEWAY_PORT), LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  process.once('exit', () => gateway.kill());
  return gateway;
}

/** Resolves when the example ends; Ctrl-C reaches both, because they share a terminal. */
async function run(example: Example): Promise<number> {
  const child = spawn('npm', ['start', '--silent'], { cwd: folderOf(example), stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, 'close');
  return code ?? 0;
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
