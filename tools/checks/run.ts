import process from 'node:process';

/** Writes one line. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Runs a check and ends with exit code 1 when it finds something, or cannot read what it is to check. */
export async function run(check: () => boolean | Promise<boolean>): Promise<void> {
  try {
    if (!(await check())) process.exitCode = 1;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
