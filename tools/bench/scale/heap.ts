/** Live memory of a Node process after a full garbage collection, in bytes: V8's heap, and the buffers beside it. */
export interface LiveMemory {
  readonly heapBytes: number;
  readonly bufferBytes: number;
}

interface Reply {
  readonly id?: number;
  readonly result?: { readonly usedSize: number; readonly backingStorageSize: number };
  readonly error?: { readonly message: string };
}

/**
 * Collects the garbage of a process that was started with `--inspect=127.0.0.1:<port>`, and reads what is left.
 *
 * @throws Error when the inspector does not respond as documented
 * @see https://chromedevtools.github.io/devtools-protocol/v8/Runtime/#method-getHeapUsage
 */
export async function liveMemory(inspectPort: number): Promise<LiveMemory> {
  const targets = await (await fetch(`http://127.0.0.1:${inspectPort}/json/list`)).json();
  const socket = new WebSocket(targets[0].webSocketDebuggerUrl);
  const failed = new Promise<never>((_, reject) => {
    socket.addEventListener('error', () => reject(new Error(`no inspector on port ${inspectPort}`)));
    socket.addEventListener('close', () => reject(new Error('the inspector closed its connection')));
  });
  failed.catch(() => undefined);
  const send = (id: number, method: string): Promise<Reply> => {
    const reply = new Promise<Reply>((resolve) => {
      socket.addEventListener('message', ({ data }) => {
        const message: Reply = JSON.parse(String(data));
        if (message.id === id) resolve(message);
      });
    });
    socket.send(JSON.stringify({ id, method }));
    return Promise.race([reply, failed]);
  };
  try {
    await Promise.race([new Promise((opened) => socket.addEventListener('open', opened)), failed]);
    // Finalizers of the first collection free what the second one collects.
    for (const id of [1, 2]) await send(id, 'HeapProfiler.collectGarbage');
    const { result, error } = await send(3, 'Runtime.getHeapUsage');
    if (result === undefined) throw new Error(`Runtime.getHeapUsage: ${error?.message}`);
    return { heapBytes: result.usedSize, bufferBytes: result.backingStorageSize };
  } finally {
    socket.close();
  }
}
