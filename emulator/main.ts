import process from 'node:process';
import { parseArgs } from 'node:util';
import { type Emulator, startEmulator } from './emulator.ts';

/** Differs from the ports of the gateway (4000) and of the examples. */
const DEFAULT_PORT = '4010';

const HELP = `Emulator of Alibaba Cloud ICE 2020-11-09 (voice cloning jobs and voices), for tests and experiments.

Usage: npm run emulator -- [options]

  --port <number>  Port on 127.0.0.1; 0 takes any free port. Default: EMULATOR_PORT, else ${DEFAULT_PORT}.
  --demo           Adds and deletes jobs over time, as with \`npm start\`. By default the list is the same at every start.
  --help           Prints this text.

Faults: curl -X PUT http://127.0.0.1:${DEFAULT_PORT}/faults/throttled; see docs/emulator.md.
`;

/** Settings from the command line and the environment. */
interface Settings {
  readonly port: number;
  readonly demo: boolean;
}

/** Runs the emulator as a program: `npm run emulator`. */
async function main(): Promise<void> {
  const settings = readSettings(process.argv.slice(2), process.env.EMULATOR_PORT);
  if (settings === 'help') {
    process.stdout.write(HELP);
    return;
  }
  if (typeof settings === 'string') return fail(settings);
  const { port, demo } = settings;
  let emulator: Emulator;
  try {
    emulator = await startEmulator({ port, demo, control: true, recordCalls: false });
  } catch (error) {
    const inUse = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    return fail(
      inUse ? `port ${port} is in use; choose another with --port or EMULATOR_PORT` : String(error),
    );
  }
  let isClosing = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // Under npm, Ctrl-C sends the signal twice: from the terminal, and forwarded by npm.
      if (isClosing) return;
      isClosing = true;
      void emulator.close().then(() => process.exit(0));
    });
  }
  process.stdout.write(bootText(emulator));
}

/** Returns the settings, `help`, or an error message. */
function readSettings(args: string[], portVariable: string | undefined): Settings | string {
  let values: { port?: string | undefined; demo: boolean; help: boolean };
  try {
    ({ values } = parseArgs({
      args,
      options: {
        port: { type: 'string' },
        demo: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }));
  } catch (error) {
    // The first sentence names the option; the rest explains arguments with a leading dash.
    return `${(error as Error).message.split('. ')[0]}; see --help`;
  }
  if (values.help) return 'help';
  const name = values.port === undefined ? 'EMULATOR_PORT' : '--port';
  const text = values.port ?? (portVariable || DEFAULT_PORT);
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return port <= 65_535 ? { port, demo: values.demo } : `${name} must be 0 to 65535, got "${text}"`;
}

function bootText({ endpoint, accessKeyId, accessKeySecret, list, voices }: Emulator): string {
  return `Emulator of Alibaba Cloud ICE 2020-11-09 (voice cloning jobs and voices), not the real service: ${endpoint}
  access key id      ${accessKeyId}
  access key secret  ${accessKeySecret}
  jobs               ${list('Basic').length} Basic, ${list('Standard').length} Standard
  voices             ${voices('Basic').length} Basic, ${voices('Standard').length} Standard
  faults             curl ${endpoint}/faults

Point the gateway at it:
  IMS_ENDPOINT=${endpoint} \\
  ALIBABA_CLOUD_ACCESS_KEY_ID=${accessKeyId} \\
  ALIBABA_CLOUD_ACCESS_KEY_SECRET=${accessKeySecret} \\
  npm start
`;
}

function fail(reason: string): void {
  process.stderr.write(`emulator: ${reason}\n`);
  process.exitCode = 1;
}

await main();
