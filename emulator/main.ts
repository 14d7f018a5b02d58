import process from 'node:process';
import { type Emulator, startEmulator } from './emulator.ts';

/** Runs the emulator alone, with its seed and nothing else: `npm run emulator`. */
async function main(): Promise<void> {
  const port = portFrom(process.env.EMULATOR_PORT);
  if (port === null) return fail(`EMULATOR_PORT must be 0 to 65535, got "${process.env.EMULATOR_PORT}"`);
  let emulator: Emulator;
  try {
    emulator = await startEmulator({ port, recordCalls: false });
  } catch (error) {
    const inUse = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    return fail(inUse ? `port ${port} is in use; set EMULATOR_PORT to another` : String(error));
  }
  let isClosing = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // Ctrl-C comes twice under npm: from the terminal, and passed on by npm.
      if (isClosing) return;
      isClosing = true;
      void emulator.close().then(() => process.exit(0));
    });
  }
  process.stdout.write(bootText(emulator));
}

/** 4100 if unset or empty, null if not a port. 0 means any free port. */
function portFrom(text: string | undefined): number | null {
  if (text === undefined || text === '') return 4100;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return port <= 65_535 ? port : null;
}

function bootText({ endpoint, accessKeyId, accessKeySecret, list }: Emulator): string {
  return `Emulator of Alibaba Cloud ICE 2020-11-09 (voice cloning jobs), not the real service: ${endpoint}
  access key id      ${accessKeyId}
  access key secret  ${accessKeySecret}
  jobs               ${list('Basic').length} Basic, ${list('Standard').length} Standard

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
