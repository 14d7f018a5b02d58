import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { stripVTControlCharacters } from 'node:util';
import { onTestFinished } from 'vitest';
import { WARM } from '../process/gateway-process.ts';

export const root = join(import.meta.dirname, '../..');

/** Exit code and output of a program. */
export interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Runs a program to its end, with an environment of PATH alone, in which this Node comes first. */
export function runProgram(
  cwd: string,
  file: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Ended> {
  const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter);
  return new Promise((resolve, reject) => {
    const child = execFile(file, args, { cwd, env: { PATH, HOME: cwd, ...env } }, (error, stdout, stderr) => {
      const output = stripVTControlCharacters(stdout + stderr);
      // A null code means that it never started, or was killed.
      if (child.exitCode === null) reject(error);
      else resolve({ code: child.exitCode, output });
    });
  });
}

/** Runs a program of tools/checks/ in a folder as the npm scripts do, with the compile cache of `npm start`. */
export const runCheck = (name: string, args: readonly string[] = [], cwd = root) =>
  runProgram(cwd, process.execPath, [...WARM, join(root, 'tools/checks', name), ...args]);

/** Creates a folder with these files, which is removed after the test. */
export async function folderWith(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'voice-jobs-schema-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)));
  return folder;
}

/** Replaces every occurrence of a text. Fails if there is none. */
export function exchange(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`there is no ${from} to exchange`);
  return text.replaceAll(from, to);
}

/** Compares a schema with its version after one replacement. */
export async function compare(old: string, from: string, to: string, files: Record<string, string> = {}) {
  const changed = exchange(old, from, to);
  const folder = await folderWith({ 'old.graphql': old, 'new.graphql': changed, ...files });
  return runCheck('breaking-changes.ts', ['old.graphql', 'new.graphql'], folder);
}
