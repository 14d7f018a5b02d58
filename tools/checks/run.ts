import process from 'node:process';

/** Writes one line. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Runs a check. Sets exit code 1 if it finds a problem or throws. */
export async function run(check: () => boolean | Promise<boolean>): Promise<void> {
  try {
    if (!(await check())) process.exitCode = 1;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
