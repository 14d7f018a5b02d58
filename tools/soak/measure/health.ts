import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

/** How long the gateway takes for the least it can do: what its event loop keeps everybody waiting. */
export interface HealthWatch {
  /** Milliseconds of each look so far, in their order. */
  readonly tookMs: readonly number[];
  /** Looks that got no answer. */
  readonly missed: number;
  /** Ends the watch and its connection. */
  stop(): Promise<void>;
}

/** Looks at /health until it is stopped. */
export function watchHealth(origin: string): HealthWatch {
  const tookMs: number[] = [];
  let missed = 0;
  const worker = new Worker(join(import.meta.dirname, 'health-worker.ts'), { workerData: origin });
  worker.on('message', (took: number | undefined) => {
    if (took === undefined) missed += 1;
    else tookMs.push(took);
  });
  return {
    tookMs,
    get missed() {
      return missed;
    },
    async stop() {
      const ended = once(worker, 'exit');
      worker.postMessage('stop');
      await ended;
    },
  };
}
