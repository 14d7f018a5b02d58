import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { EVENT_STREAM, HttpStream } from '../../src/server/subscriptions/http-stream.ts';
import { OpenStreams } from '../../src/server/subscriptions/open-streams.ts';
import { startGateway } from '../gateway-under-test.ts';
import { open, subscribeTo } from './raw-socket.ts';
import { follow, STATUS_QUERY, TRANSPORTS } from './subscriber-under-test.ts';

afterEach(() => vi.useRealTimers());

/** A client that sends a request and never reads the response. */
function sendAndSleep(origin: string, body = ''): Socket {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1');
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  const head = [
    'POST /graphql HTTP/1.1',
    'host: localhost',
    'accept: text/event-stream',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  socket.pause();
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  return socket;
}

test.each(TRANSPORTS)('a subscriber that reads nothing does not delay others, by %s', async (transport) => {
  await using gateway = await startGateway();
  const { emulator, origin } = gateway;
  const { JobId } = emulator.insert('Basic', { Status: 'Training', Message: 'x'.repeat(1_000_000) });
  const body = JSON.stringify({ query: STATUS_QUERY, variables: { jobId: JobId } });
  if (transport === 'WebSocket') {
    const { say, received, socket } = await open(origin);
    onTestFinished(() => socket.terminate());
    say({ type: 'connection_init' });
    await expect.poll(() => received).toHaveLength(1);
    socket.pause();
    say(subscribeTo(JobId));
  } else sendAndSleep(origin, body);
  const reader = follow(transport, origin, JobId);
  await expect.poll(() => reader.statuses).toHaveLength(1);
  const statuses = Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? 'PreTraining' : 'Training'));
  for (const [index, Status] of statuses.entries()) {
    emulator.change(JobId, { Status: Status as 'Training' });
    await expect.poll(() => reader.statuses, { interval: 10 }).toHaveLength(index + 2);
  }
  emulator.change(JobId, { Status: 'Success' });
  await reader.ended;
  expect(reader.statuses).toHaveLength(12);
});

test('for a subscriber that does not read, at most one event is pending, until it is disconnected', async () => {
  let taken = 0;
  let tooSlow = 0;
  const faults: unknown[] = [];
  const failed = (error: unknown) => faults.push(error);
  const streams = new OpenStreams(failed, 20);
  const server = createServer((_request, response) => {
    const stream = new HttpStream(response, [], {
      format: EVENT_STREAM,
      tooSlow: () => tooSlow++,
      failed,
      readTimeoutMs: 200,
    });
    const remove = streams.add(stream, () => true);
    response.once('close', remove);
    const text = 'x'.repeat(1_000_000);
    const next = async () => {
      taken++;
      return { done: false as const, value: { data: { text } } };
    };
    void stream.send({ next }, () => []);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const socket = sendAndSleep(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await expect.poll(() => tooSlow).toBe(1);
  // The system's buffers of both sides, and one event.
  expect(taken).toBeGreaterThan(0);
  expect(taken).toBeLessThan(20);
  const takenThen = taken;
  await sleep(100);
  // One event for which the system made room at the last moment.
  expect(taken).toBeLessThanOrEqual(takenThen + 1);
  socket.resume();
  await once(socket, 'close');
  expect(faults).toEqual([]);
});

test('a WebSocket that does not respond to pings is closed at the third heartbeat', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  await using gateway = await startGateway();
  const { socket, closed } = await open(gateway.origin);
  const lively = await open(gateway.origin);
  onTestFinished(() => lively.socket.terminate());
  socket.pause();
  for (let beat = 0; beat < 5; beat++) {
    vi.advanceTimersByTime(12_000);
    await sleep(50);
  }
  const cut = expect.objectContaining({ msg: 'WebSocket closed: no reply to pings' });
  expect(gateway.logged.filter(({ msg }) => String(msg).includes('WebSocket closed'))).toEqual([cut]);
  socket.resume();
  expect(await closed).toEqual({ code: 1013, reason: expect.stringMatching(/^Too slow/) });
  expect(lively.socket.readyState).toBe(lively.socket.OPEN);
});

test('a client that sends pings but reads nothing is closed before replies fill the memory', async () => {
  await using gateway = await startGateway();
  const { socket, say } = await open(gateway.origin);
  onTestFinished(() => socket.terminate());
  socket.pause();
  const ping = { type: 'ping', payload: { text: 'x'.repeat(90_000) } };
  const cutOff = () => gateway.logged.find(({ msg }) => String(msg).includes('WebSocket closed'));
  for (let sent = 0; sent < 400 && cutOff() === undefined; sent++) {
    say(ping);
    await sleep(1);
  }
  expect(cutOff()).toMatchObject({ msg: 'WebSocket closed: the client does not read' });
  expect(Number(cutOff()?.bufferedBytes)).toBeLessThan(1_200_000);
  const line = expect.objectContaining({ msg: 'request', status: 101 });
  await expect.poll(() => gateway.logged).toContainEqual(line);
});

test('an idle event stream sends a comment every 12 s', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  await using gateway = await startGateway();
  const { JobId } = gateway.emulator.insert('Basic', { Status: 'Training' });
  const response = await fetch(`${gateway.origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query: STATUS_QUERY, variables: { jobId: JobId } }),
  });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let text = '';
  const read = async () => {
    const { value } = await reader.read();
    text += new TextDecoder().decode(value);
  };
  while (!text.includes('TRAINING')) await read();
  text = '';
  for (let beat = 0; beat < 3; beat++) {
    vi.advanceTimersByTime(12_000);
    await read();
  }
  expect(text).toBe(':\n\n:\n\n:\n\n');
  await reader.cancel();
});
