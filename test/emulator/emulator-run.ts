import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { WARM } from '../process/gateway-process.ts';
import { until } from './signed-request.ts';

const main = join(import.meta.dirname, '../../emulator/main.ts');

/** The program emulator/main.ts as `npm run emulator` starts it, with the compile cache of `npm start`. */
export interface EmulatorProgram {
  readonly child: ChildProcess;
  /** Its output so far. */
  readonly output: { stdout: string; stderr: string };
  /** Its exit code after its end; null if a signal ended it. */
  readonly ended: Promise<number | null>;
}

/** A running program that listens. */
export interface EmulatorRun extends EmulatorProgram {
  readonly endpoint: string;
  /** SIGKILL. */
  end(): Promise<void>;
}

/** Starts the program without waiting for it. */
export function spawnEmulator(args: readonly string[], port = ''): EmulatorProgram {
  const env = { PATH: process.env.PATH, EMULATOR_PORT: port };
  const child = spawn(process.execPath, [...WARM, main, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk) => (output.stdout += chunk));
  child.stderr?.on('data', (chunk) => (output.stderr += chunk));
  return { child, output, ended: once(child, 'close').then(([code]) => code as number | null) };
}

/** Starts the program and waits until it listens. */
export async function runEmulator(args: readonly string[], port = ''): Promise<EmulatorRun> {
  const program = spawnEmulator(args, port);
  const { child, output, ended } = program;
  await until(() => output.stdout.includes('npm start'));
  const [, endpoint = ''] = /service: (http:\S+)/.exec(output.stdout) ?? [];
  const end = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  return { ...program, endpoint, end };
}
