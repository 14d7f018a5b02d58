import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { Recording } from '../secrets/recording.ts';
import { secretsIn } from '../secrets/secrets-in.ts';

const root = join(import.meta.dirname, '../..');

/** A gateway in a child process with its own environment, as an operator starts it. */
export interface GatewayProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  /** Its output so far. */
  readonly output: { stdout: string; stderr: string };
  /** The origin on which it listens; rejects with its output if it ends first. */
  readonly origin: Promise<string>;
  /** Its exit code after its end; null if a signal ended it. */
  readonly ended: Promise<number | null>;
}

/** A program to run. */
export interface Program {
  /** Arguments of Node: options and file. */
  readonly node: readonly string[];
  readonly folder: string;
}

/** Options of `npm start` that enable Node's compile cache, with which a start takes a third of the CPU. */
export const WARM = ['--import', pathToFileURL(join(root, 'src/enable-compile-cache.js')).href];

const SOURCES: Program = { node: [...WARM, join(root, 'src/main.ts')], folder: root };

/** Runs src/main.ts, or another program, with this Node. Of the tester's environment it gets only PATH. */
export function runGateway(
  env: Record<string, string>,
  args: readonly string[] = [],
  { node, folder }: Program = SOURCES,
): GatewayProcess {
  const child = spawn(process.execPath, [...node, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  const recording = new Recording();
  for (const { name, value } of secretsIn(env)) recording.keepSecret(name, value);
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const origin = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      output.stdout += chunk;
      recording.add(String(chunk));
      const url = /"url":"([^"]+)\/graphql"/.exec(output.stdout)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.stderr.on('data', (chunk) => {
      output.stderr += chunk;
      recording.add(String(chunk));
    });
    void ended.then(() => recording.end());
    void ended.then(() => reject(new Error(`the gateway ended: ${output.stderr}`)));
  });
  origin.catch(() => {});
  return {
    child,
    output,
    origin,
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
