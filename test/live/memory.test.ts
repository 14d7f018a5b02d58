import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startEmulator } from '../../emulator/emulator.ts';
import { startArguments } from '../../tools/bench/peers/gateway.ts';
import { runGateway } from '../process/gateway-process.ts';
import { STATUS_QUERY } from './subscriber-under-test.ts';

const COUNT = 1000;

const ROOT = join(import.meta.dirname, '../..');
/** As in package.json. */
const NPM_START = startArguments();

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Of a process, in kB. */
function residentKb(pid: number | undefined): number {
  // A minimal Linux image has no ps.
  if (process.platform === 'linux')
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)]));
}

/** Opens WebSockets with one subscription to the same job each, and waits until each has received its state. */
async function openSockets(origin: string, jobId: string, count: number): Promise<WebSocket[]> {
  const payload = { query: STATUS_QUERY, variables: { jobId } };
  const sockets = Array.from(
    { length: count },
    () => new WebSocket(`${origin.replace('http', 'ws')}/graphql`, 'graphql-transport-ws'),
  );
  await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<void>((resolve, reject) => {
          socket.on('error', reject);
          socket.on('open', () => socket.send('{"type":"connection_init"}'));
          socket.on('message', (data) => {
            const { type } = JSON.parse(String(data));
            if (type === 'connection_ack')
              socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload }));
            else if (type === 'next') resolve();
          });
        }),
    ),
  );
  return sockets;
}

/** Maximum memory per subscriber, in kB. */
const MAX_SUBSCRIBER_KB = 50;

/** Memory of code loaded with the first and compiled with the first hundreds of subscribers, divided by {@link COUNT}. */
const ONE_TIME_KB = 50;

const HISTORIES: readonly [history: string, rounds: number, mostKb: number][] = [
  ['of a process that has had some before', 8, MAX_SUBSCRIBER_KB],
  ['of one that has just started, and no more than that again once', 0, MAX_SUBSCRIBER_KB + ONE_TIME_KB],
];

test.for(HISTORIES)(
  `${COUNT} subscribers by WebSocket take at most ${MAX_SUBSCRIBER_KB} kB each %s`,
  async ([, rounds, mostKb], { annotate }) => {
    const emulator = await startEmulator({ stepMs: 0 });
    const env = {
      IMS_ENDPOINT: emulator.endpoint,
      ALIBABA_CLOUD_ACCESS_KEY_ID: emulator.accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: emulator.accessKeySecret,
    };
    await using gateway = runGateway(env, [], { node: NPM_START, folder: ROOT });
    const origin = await gateway.origin;
    const { JobId } = emulator.insert('Basic', { Status: 'Training' });
    for (let round = 0; round < rounds; round++) {
      for (const socket of await openSockets(origin, JobId, 50)) socket.close();
      await sleep(100);
    }
    await sleep(400);
    const before = residentKb(gateway.child.pid);
    const sockets = await openSockets(origin, JobId, COUNT);
    await sleep(1500);
    const growthKb = (residentKb(gateway.child.pid) - before) / COUNT;
    await annotate(`${growthKb.toFixed(1)} kB each, ${Math.round(before / 1000)} MB before`);
    expect(growthKb).toBeLessThan(mostKb);
    for (const socket of sockets) socket.close();
    const metrics = async () => (await fetch(`${origin}/metrics`)).text();
    await expect.poll(metrics).toMatch(/^voicejobs_graphql_subscriptions 0$/m);
    await emulator.close();
  },
);
