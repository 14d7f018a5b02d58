import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

/** How often the gateway is looked at, in milliseconds. */
const EVERY_MS = 100;

/** Asks /health over one connection in a thread of its own, so that the load's own event loop does not count. */
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

/** Milliseconds until the whole answer was there; undefined where none came. */
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
