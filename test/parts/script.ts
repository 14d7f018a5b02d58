import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { part } from './needs.ts';

/** Options of a shell script that calls curl. */
interface Options {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/**
 * Runs a shell script that calls curl, as a reader of the documentation does. Skips the test if curl is missing.
 *
 * @throws Error for a non-zero exit code
 */
export function runScript(file: string, { env, cwd }: Options): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)('sh', [file], { cwd, env: { PATH: pathWithCurl(), ...env } });
}

/** Starts such a script without waiting for its end. */
export function startScript(file: string, args: readonly string[], { env, cwd }: Options): ChildProcess {
  return spawn('sh', [file, ...args], { cwd, env: { PATH: pathWithCurl(), ...env } });
}

/** Value of PATH for a shell whose commands call curl. Skips the test if curl is missing. */
export const pathWithCurl = (): string => [dirname(part('curl')), process.env.PATH].join(delimiter);
