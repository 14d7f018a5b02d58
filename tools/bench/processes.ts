import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import process from 'node:process';

/** How much of a server's output is kept for an error message, in characters. */
const KEPT_OUTPUT = 4000;

/** How to start a server. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment except PATH and HOME. */
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
}

/** A server in a child process. `await using` ends it. */
export interface Running extends AsyncDisposable {
  readonly pid: number;
  /** Why it ended; undefined while it runs. */
  ended(): string | undefined;
}

/** Starts a server without waiting for it. */
export function run(launch: Launch): Running {
  const child = spawn(launch.command, launch.args, {
    cwd: launch.folder,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...launch.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output = `${output}${chunk}`.slice(-KEPT_OUTPUT);
    });
  }
  let ended: string | undefined;
  const closed = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      ended = error.message;
      resolve();
    });
    child.once('close', (code, signal) => {
      ended ??= `exit code ${code ?? signal}: ${output.trim()}`;
      resolve();
    });
  });
  const kill = endWithUs(child);
  return {
    pid: child.pid ?? 0,
    ended: () => ended,
    async [Symbol.asyncDispose]() {
      kill();
      await closed;
    },
  };
}

/** Runs a command to its end and returns its output. Rejects with the output if the exit code is not 0. */
export async function output(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  endWithUs(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
  }
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command} failed (exit code ${code}): ${text.trim()}`);
  return text;
}

/** A free port of the loopback address. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Ends the child when this process ends; returns a function that ends it earlier. */
export function endWithUs(child: ChildProcess): () => void {
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('close', () => process.off('exit', kill));
  return kill;
}
