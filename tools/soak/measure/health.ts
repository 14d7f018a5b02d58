import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

/** Measures the fastest possible response of the gateway, which shows the delay of its event loop. */
export interface HealthWatch {
  /** Milliseconds of each request so far, in order. */
  readonly tookMs: readonly number[];
  /** Number of requests without a response. */
  readonly missed: number;
  /** Stops the worker and closes its connection. */
  stop(): Promise<void>;
}

/** Requests /health until it is stopped. */
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
