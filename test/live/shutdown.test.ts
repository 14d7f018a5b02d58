import { createClient } from 'graphql-ws';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type Emulator, startEmulator } from '../../emulator/emulator.ts';
import { freePort } from '../free-port.ts';
import type { Answer } from '../gateway-under-test.ts';
import { runGateway } from '../process/gateway-process.ts';
import { follow, STATUS_QUERY } from './subscriber-under-test.ts';

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A gateway in a child process, with an emulator that outlives it. */
function run(emulator: Emulator, port: number) {
  return runGateway({
    PORT: String(port),
    IMS_ENDPOINT: emulator.endpoint,
    ALIBABA_CLOUD_ACCESS_KEY_ID: emulator.accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: emulator.accessKeySecret,
    LIVE_POLL_MS: '100',
    IMS_MAX_REQUESTS_PER_SECOND: '1000',
  });
}

test('at shutdown streams end at once, so that clients reconnect elsewhere, while a running request finishes', async () => {
  const emulator = await startEmulator({ stepMs: 0 });
  await using gateway = run(emulator, 0);
  const origin = await gateway.origin;
  const { JobId } = emulator.insert('Basic', { Status: 'Training' });
  const byEvents = follow('server-sent events', origin, JobId);
  const bySocket = follow('WebSocket', origin, JobId);
  await expect.poll(() => [byEvents.statuses, bySocket.statuses]).toEqual([['TRAINING'], ['TRAINING']]);
  emulator.setLatencyMs(1500);
  const asked = fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ customizedVoiceJobs(type: STANDARD) { totalCount } }' }),
  });
  await sleep(300);
  gateway.child.kill('SIGTERM');
  await expect(byEvents.ended).rejects.toThrow('the connection was lost');
  await expect(bySocket.ended).rejects.toMatchObject({
    code: 1012,
    reason: 'Service restart: connect again.',
  });
  const ready = await fetch(`${origin}/ready`);
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({ reason: 'shutting down' });
  await expect(follow('server-sent events', origin, JobId).ended).rejects.toThrow('HTTP 503');
  await expect(follow('WebSocket', origin, JobId).ended).rejects.toThrow('503');
  expect((await asked).status).toBe(200);
  expect(await gateway.ended).toBe(0);
  await emulator.close();
});

test('a client that reconnects continues with the current state, and misses no final one', async () => {
  const emulator = await startEmulator({ stepMs: 0 });
  const port = await freePort();
  const { JobId } = emulator.insert('Basic', { Status: 'PreTraining' });
  const first = run(emulator, port);
  const origin = await first.origin;
  const client = createClient({
    url: `${origin.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait: () => sleep(50) as Promise<void>,
    shouldRetry: () => true,
  });
  const statuses: string[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    const next = (answer: unknown) => {
      statuses.push((answer as Answer).data.customizedVoiceJobStatusChanged.status);
    };
    const operation = { query: STATUS_QUERY, variables: { jobId: JobId } };
    client.subscribe(operation, { next, error: reject, complete: resolve });
  });
  await expect.poll(() => statuses).toEqual(['PRE_TRAINING']);
  first.child.kill('SIGTERM');
  expect(await first.ended).toBe(0);
  emulator.change(JobId, { Status: 'Training' });
  await using second = run(emulator, port);
  await second.origin;
  await expect.poll(() => statuses).toEqual(['PRE_TRAINING', 'TRAINING']);
  emulator.change(JobId, { Status: 'Success' });
  await ended;
  expect(statuses).toEqual(['PRE_TRAINING', 'TRAINING', 'SUCCESS']);
  await client.dispose();
  await emulator.close();
});
