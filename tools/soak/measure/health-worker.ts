import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

/** Interval of requests, in milliseconds. */
const EVERY_MS = 100;

/** Requests /health over one connection in a worker thread, so that the event loop of the load does not count. */
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
let stopped = false;
parentPort?.once('message', () => {
  stopped = true;
});
while (!stopped) {
  parentPort?.postMessage(await tookMs());
  await sleep(EVERY_MS);
}
agent.destroy();
parentPort?.close();

/** Milliseconds until the complete response; undefined without one. */
function tookMs(): Promise<number | undefined> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const request = get(`${workerData}/health`, { agent }, (response) => {
      response.resume().on('end', () => {
        resolve(response.statusCode === 200 ? performance.now() - startedAt : undefined);
      });
      response.on('error', () => resolve(undefined));
    });
    request.on('error', () => resolve(undefined));
  });
}
