import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { endWithUs } from '../../../tools/bench/processes.ts';
import type { Command, Hello, SeenCall } from './emulator-child.ts';

/** The emulator in a process of its own. `await using` stops it. */
export interface EmulatorProcess extends Hello, AsyncDisposable {
  /** Applies a setting, if any. Returns the requests since the last reset. */
  tell(command: Command): Promise<readonly SeenCall[]>;
}

export async function startEmulatorProcess(): Promise<EmulatorProcess> {
  const child = fork(join(import.meta.dirname, 'emulator-child.ts'), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const kill = endWithUs(child);
  const closed = once(child, 'close');
  const [hello] = (await once(child, 'message')) as [Hello];
  return {
    ...hello,
    async tell(command) {
      const told = once(child, 'message');
      child.send(command);
      const [calls] = await told;
      return calls as SeenCall[];
    },
    async [Symbol.asyncDispose]() {
      kill();
      await closed;
    },
  };
}
