import process from 'node:process';

/** What the parent process asks for. `sockets` skips the garbage collection. */
export type ProbeRequest = 'vitals' | 'sockets';

/** Resources of a process that may leak. */
export interface Vitals {
  /** Bytes of live objects, measured after a full garbage collection. */
  readonly heapBytes: number;
  /** Open sockets, including those to the upstream; without the listening one. */
  readonly sockets: number;
}

/**
 * Loaded before main.ts (`node --import`) with `--expose-gc`: replies to each message of the parent process with its vitals.
 * Collects garbage only if the heap is requested, because that takes nearly 100 ms. The gateway does not know about it.
 */
process.on('message', async (request: ProbeRequest) => {
  // The second round collects what finalisers of the first one released.
  for (let round = 0; request === 'vitals' && round < 2; round++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const sockets = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
  process.send?.({ heapBytes: process.memoryUsage().heapUsed, sockets } satisfies Vitals);
});
