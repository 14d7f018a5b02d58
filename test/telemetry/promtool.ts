import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** What promtool said, and whether it was content. */
export interface Said {
  readonly code: number;
  readonly output: string;
}

/**
 * Runs the promtool that PROMTOOL_PATH names, or the one of the system.
 *
 * @param input on stdin
 * @throws with one line that says how to get one when there is none
 */
export async function promtool(args: readonly string[], input = ''): Promise<Said> {
  const file = process.env.PROMTOOL_PATH ?? 'promtool';
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const failed = once(child, 'error').then(() => {
    throw new Error(
      `No promtool at ${file}: install it (Debian and Ubuntu: apt-get install --no-install-recommends prometheus) or name another in PROMTOOL_PATH.`,
    );
  });
  failed.catch(() => {});
  child.stdin.on('error', () => {}).end(input);
  const ended = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
  const [[code], stdout, stderr] = await Promise.race([ended, failed]);
  return { code, output: stdout + stderr };
}
