import process from 'node:process';
import type { Call } from '../../../emulator/calls.ts';
import { startEmulator } from '../../../emulator/emulator.ts';

/** Commands from a test to the emulator. */
export type Command = { readonly latencyMs: number } | { readonly quota: number | null } | 'calls' | 'reset';

/** The first message, once the emulator listens. */
export interface Hello {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  /** The Basic list, in order. */
  readonly jobIds: readonly string[];
}

/** A request and its outcome. */
export type SeenCall = Pick<Call, 'at' | 'action' | 'outcome' | 'params'>;

const emulator = await startEmulator({ basicCount: 1000, stepMs: 0 });

process.on('message', (command: Command) => {
  if (command === 'reset') emulator.resetCalls();
  else if (command !== 'calls') {
    if ('latencyMs' in command) emulator.setLatencyMs(command.latencyMs);
    else emulator.setQuota(command.quota);
  }
  process.send?.(
    emulator.calls.map(({ at, action, outcome, params }): SeenCall => ({ at, action, outcome, params })),
  );
});
process.once('disconnect', () => process.exit());

const { endpoint, accessKeyId, accessKeySecret } = emulator;
const jobIds = emulator.list('Basic').map(({ JobId }) => JobId);
process.send?.({ endpoint, accessKeyId, accessKeySecret, jobIds } satisfies Hello);
