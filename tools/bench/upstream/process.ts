import process from 'node:process';
import { startEmulator } from '../../../emulator/emulator.ts';
import { startRestFront } from './rest-front.ts';

/** Jobs per list: enough Basic jobs for 500 windows of 10, and a thousand Standard jobs for a walk. */
const COUNTS = { basicCount: 5000, standardCount: 1000 };

/** Commands from the bench. */
export type Command = { readonly latencyMs: number } | 'reset' | 'count';

/** Sent once, when the upstream listens. */
export interface Hello {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly restOrigin: string;
  /** Ids in upstream order. */
  readonly jobIds: { readonly BASIC: readonly string[]; readonly STANDARD: readonly string[] };
}

/** The emulator and a REST front for the same lists, controlled by the parent process. */
const emulator = await startEmulator({ ...COUNTS, stepMs: 0, recordCalls: false });
const front = await startRestFront(emulator);
let signedCalls = 0;
emulator.beforePage(() => {
  signedCalls += 1;
});

process.on('message', (command: Command) => {
  if (command === 'reset') {
    signedCalls = 0;
    front.reset();
  } else if (command !== 'count') {
    emulator.setLatencyMs(command.latencyMs);
    front.setLatencyMs(command.latencyMs);
  }
  process.send?.(signedCalls + front.calls);
});
process.once('disconnect', () => process.exit());

const { endpoint, accessKeyId, accessKeySecret } = emulator;
const jobIds = {
  BASIC: emulator.list('Basic').map((row) => row.JobId),
  STANDARD: emulator.list('Standard').map((row) => row.JobId),
};
process.send?.({ endpoint, accessKeyId, accessKeySecret, restOrigin: front.origin, jobIds } satisfies Hello);
