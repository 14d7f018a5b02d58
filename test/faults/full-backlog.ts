import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import type { Emulator } from '../../emulator/emulator.ts';

const BACKLOG = 1;

/** Forwards connections to a variable port. */
const PROGRAM = `
const { connect, createServer } = require('node:net');
const { parentPort, workerData: flag } = require('node:worker_threads');
let target = 0;
const server = createServer((socket) => {
  const back = connect(target, '127.0.0.1');
  for (const end of [socket, back]) end.on('error', () => { socket.destroy(); back.destroy(); });
  socket.pipe(back).pipe(socket);
});
server.listen({ port: 0, host: '127.0.0.1', backlog: ${BACKLOG} }, () => parentPort.postMessage(server.address().port));
parentPort.on('message', (message) => {
  if (typeof message === 'number') target = message;
  else {
    parentPort.postMessage('asleep');
    Atomics.wait(flag, 0, 0);
  }
});
`;

/** A server that can be stopped with a full accept queue. The kernel then lets every further connection attempt hang. */
export class SleepyServer implements AsyncDisposable {
  readonly origin: string;
  readonly #worker: Worker;
  readonly #flag: Int32Array;
  #queue: Socket[] = [];

  private constructor(worker: Worker, flag: Int32Array, port: number) {
    this.#worker = worker;
    this.#flag = flag;
    this.origin = `http://127.0.0.1:${port}`;
  }

  static async start(): Promise<SleepyServer> {
    const flag = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(PROGRAM, { eval: true, workerData: flag });
    const [port] = await once(worker, 'message');
    return new SleepyServer(worker, flag, port);
  }

  passTo({ endpoint }: Emulator): void {
    this.#worker.postMessage(Number(new URL(endpoint).port));
  }

  /** Resolves when no further connection can be made. */
  async sleep(): Promise<void> {
    this.#worker.postMessage('sleep');
    await once(this.#worker, 'message');
    const port = Number(new URL(this.origin).port);
    this.#queue = Array.from({ length: BACKLOG + 1 }, () => connect(port, '127.0.0.1'));
    await Promise.all(this.#queue.map((socket) => once(socket, 'connect')));
  }

  wake(): void {
    for (const socket of this.#queue) socket.destroy();
    Atomics.store(this.#flag, 0, 1);
    Atomics.notify(this.#flag, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.wake();
    await this.#worker.terminate();
  }
}
