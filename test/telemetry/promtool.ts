import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { part } from '../parts/needs.ts';

/** Output of promtool, and whether it succeeded. */
export interface Said {
  readonly code: number;
  readonly output: string;
}

/**
 * Runs promtool. Skips the test if it is missing.
 *
 * @param input on stdin
 */
export async function promtool(args: readonly string[], input = ''): Promise<Said> {
  const child = spawn(part('promtool'), args, { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => {}).end(input);
  // Rejects if it cannot be started.
  const closed = once(child, 'close');
  const [[code], stdout, stderr] = await Promise.all([closed, text(child.stdout), text(child.stderr)]);
  return { code, output: stdout + stderr };
}
