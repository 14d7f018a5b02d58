import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import process from 'node:process';
import { parseOptions, UsageError } from './options.ts';
import { problems } from './report/problems.ts';
import { report } from './report/report.ts';
import { soak } from './soak.ts';

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<void> {
  try {
    const options = parseOptions(args);
    if (!existsSync('/proc/self/fd'))
      throw new UsageError('The soak looks at processes in /proc, which is not here.');
    const { minutes, seed, clients } = options;
    tell(`${minutes} minutes, ${clients} clients; again with --seed=${seed}`);
    const { judge, figures, logFile } = await soak(options, tell);
    tell(`\n${report(judge, figures)}`);
    if (problems(judge, figures).length > 0) {
      tell(`\nThe gateway's log, by request id: ${logFile}`);
      process.exitCode = 1;
    } else await rm(dirname(logFile), { recursive: true });
  } catch (error) {
    process.stderr.write(
      `${error instanceof UsageError ? error.message : `The soak failed: ${explain(error)}`}\n`,
    );
    process.exitCode = 1;
  }
}

function explain(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}
