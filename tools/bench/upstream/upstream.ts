import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { endWithUs } from '../processes.ts';
import type { Command, Hello } from './process.ts';

/** The emulated service in a child process, with and without signatures. `await using` ends it. */
export interface Upstream extends Hello, AsyncDisposable {
  readonly pid: number;
  /** Delays every response from now on. In milliseconds. */
  setLatencyMs(latencyMs: number): Promise<void>;
  /** Resets `calls`. */
  reset(): Promise<void>;
  /** Number of requested pages since the last `reset`, with and without signatures. */
  calls(): Promise<number>;
}

/** Starts the upstream; rejects if it ends before it listens. */
export async function startUpstream(): Promise<Upstream> {
  const child = fork(join(import.meta.dirname, 'process.ts'), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const kill = endWithUs(child);
  const closed = once(child, 'close');
  const answer = async <T>(): Promise<T> => {
    const message = await Promise.race([once(child, 'message'), closed.then(() => undefined)]);
    if (message === undefined) throw new Error('The upstream ended.');
    return message[0] as T;
  };
  const tell = (command: Command): Promise<number> => {
    const told = answer<number>();
    child.send(command);
    return told;
  };
  const hello = await answer<Hello>();
  return {
    ...hello,
    pid: child.pid ?? 0,
    setLatencyMs: async (latencyMs) => void (await tell({ latencyMs })),
    reset: async () => void (await tell('reset')),
    calls: () => tell('count'),
    async [Symbol.asyncDispose]() {
      kill();
      await closed;
    },
  };
}
