import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startGateway } from '../gateway-under-test.ts';

/** No caches: each executed query calls the upstream. */
const UNCACHED = { cache: { ttlMs: 0, staleIfErrorMs: 0 } };

/** A request for a page of `first` jobs, as bytes. */
function post(first: number): string {
  const body = JSON.stringify({
    query: `{ customizedVoiceJobs(first: ${first}) { nodes { jobId voiceName createTime } } }`,
  });
  return `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

/** A connection on which `requests` requests are sent at once. */
function pipeline(origin: string, requests: number): Socket {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1');
  socket.on('error', () => {});
  socket.write(Array.from({ length: requests }, (_, at) => post(1 + (at % 100))).join(''));
  onTestFinished(() => void socket.destroy());
  return socket;
}

describe('pipelined requests', () => {
  test('get their responses in order', async () => {
    await using gateway = await startGateway({ gateway: UNCACHED });
    const socket = pipeline(gateway.origin, 60);
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk;
    });
    await expect.poll(() => received.match(/HTTP\/1\.1 200/g)?.length, { timeout: 20_000 }).toBe(60);
    const rows = received.split('HTTP/1.1 200').map((response) => response.match(/"jobId"/g)?.length ?? 0);
    expect(rows).toEqual(Array.from({ length: 61 }, (_, at) => at));
  });

  test('are executed one at a time: while the response to one is pending, the upstream gets no call for the next', async () => {
    await using gateway = await startGateway({ gateway: { ...UNCACHED, deadlineMs: 60_000 } });
    const held = Promise.withResolvers<void>();
    gateway.emulator.setLatencyMs(() => held.promise.then(() => 0));
    pipeline(gateway.origin, 50);
    await expect.poll(() => gateway.emulator.calls.length).toBe(1);
    await gateway.ask('{ __typename }');
    expect(gateway.emulator.calls).toHaveLength(1);
    held.resolve();
    await expect.poll(() => gateway.emulator.calls.length, { timeout: 20_000 }).toBe(50);
  });

  test('do not starve other clients: a later request is served before 30 connections with 100 requests each', async () => {
    await using gateway = await startGateway({ gateway: { ...UNCACHED, maxRequestsPerSecond: 100_000 } });
    const sockets = Array.from({ length: 30 }, () => pipeline(gateway.origin, 100));
    for (const socket of sockets) socket.resume();
    await expect.poll(() => gateway.emulator.calls.length).toBeGreaterThan(0);
    await gateway.ask('{ __typename }');
    expect(gateway.emulator.calls.length).toBeLessThan(1500);
    await expect.poll(() => gateway.emulator.calls.length, { timeout: 60_000 }).toBe(3000);
  });

  test('are not executed once their connection is closed', async () => {
    await using gateway = await startGateway({ gateway: { ...UNCACHED, deadlineMs: 60_000 } });
    const held = Promise.withResolvers<void>();
    gateway.emulator.setLatencyMs(() => held.promise.then(() => 0));
    const socket = pipeline(gateway.origin, 50);
    await expect.poll(() => gateway.emulator.calls.length).toBe(1);
    socket.destroy();
    const cancelled = () => gateway.logged.filter(({ code }) => code === 'CANCELLED');
    await expect.poll(() => cancelled().length).toBe(1);
    held.resolve();
    gateway.emulator.setLatencyMs(0);
    await gateway.ask('{ customizedVoiceJob(jobId: "x") { id } }');
    expect(gateway.emulator.calls).toHaveLength(2);
  });

  test('close their connection when more than 100 are queued', async () => {
    await using gateway = await startGateway({ gateway: { ...UNCACHED, deadlineMs: 60_000 } });
    const held = Promise.withResolvers<void>();
    gateway.emulator.setLatencyMs(() => held.promise.then(() => 0));
    onTestFinished(() => held.resolve());
    const socket = pipeline(gateway.origin, 102);
    socket.resume();
    await once(socket, 'close');
    expect(gateway.emulator.calls.length).toBeLessThanOrEqual(1);
  });
});
