import process from 'node:process';

/** What the process that forked this one asks for: everything, or the sockets without a garbage collection. */
export type Asked = 'vitals' | 'sockets';

/** What a process holds that it may have to let go of. */
export interface Vitals {
  /** Of live objects: measured after a full garbage collection. */
  readonly heapBytes: number;
  /** Open sockets, those to the upstream included; not the one that it listens on. */
  readonly sockets: number;
}

/**
 * Loaded before main.ts (`node --import`) with `--expose-gc`: tells the process that forked this one how it is, whenever
 * that sends a message. Collects garbage only where the heap is asked for, because that takes most of 100 ms. The gateway
 * itself knows nothing of it.
 */
process.on('message', async (asked: Asked) => {
  // Finalisers of the first round let go of what the second one takes.
  for (let round = 0; asked === 'vitals' && round < 2; round++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const sockets = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
  process.send?.({ heapBytes: process.memoryUsage().heapUsed, sockets } satisfies Vitals);
});
