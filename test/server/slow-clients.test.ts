import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createHttpServer, TIMEOUTS, type Timeouts } from '../../src/server/http/http-server.ts';
import { startGateway } from '../gateway-under-test.ts';
import { askJobs, JOBS_BODY } from './call.ts';

/** Short enough for a test. Timeouts that a test is not about keep their defaults. */
const SHORT = { headersMs: 300, requestMs: 600, checkMs: 50 };
const HEAD = `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n`;

const opened: Socket[] = [];
const ends: (() => PromiseLike<unknown>)[] = [];
afterEach(async () => {
  for (const socket of opened.splice(0)) socket.destroy();
  for (const end of ends.splice(0)) await end();
});

async function gatewayWith(timeouts: Partial<Timeouts>) {
  const gateway = await startGateway({ timeouts });
  ends.push(() => gateway[Symbol.asyncDispose]());
  return gateway;
}

/** Shortens the request timeouts after a request has arrived, so that a slow machine cannot time it out. */
function setTimeouts(
  server: Server,
  { headersMs, requestMs }: Pick<Timeouts, 'headersMs' | 'requestMs'>,
): void {
  server.headersTimeout = headersMs;
  server.requestTimeout = requestMs;
}

/** A server for responses that the gateway itself never sends. */
async function serverWith(timeouts: Partial<Timeouts>, listener: RequestListener): Promise<string> {
  const server = createHttpServer(listener, { ...TIMEOUTS, ...timeouts });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(async () => {
    server.closeAllConnections();
    await once(server.close(), 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A connection, and everything received on it until the other side closes it. */
function open(origin: string): { socket: Socket; received: () => string; ended: Promise<void> } {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  opened.push(socket);
  let text = '';
  socket.on('data', (data) => {
    text += data;
  });
  // A reset ends it too.
  socket.on('error', () => {});
  const ended = new Promise<void>((resolve) => {
    socket.once('end', resolve);
    socket.once('close', () => resolve());
  });
  return { socket, received: () => text, ended };
}

/** Sends a character every 20 ms until the connection is closed. */
function dribble(socket: Socket, character: string): void {
  const timer = setInterval(() => socket.write(character), 20);
  socket.once('close', () => clearInterval(timer));
  socket.once('end', () => clearInterval(timer));
}

describe('a slow client gets 408 and is disconnected', () => {
  test.each([
    ['sends nothing', ''],
    ['sends endless headers', `${HEAD}x-slow: `],
  ])('when it %s', async (_, begin) => {
    const { origin } = await gatewayWith(SHORT);
    const { socket, received, ended } = open(origin);
    socket.write(begin);
    if (begin !== '') dribble(socket, 'x');
    await ended;
    expect(received()).toMatch(/^HTTP\/1\.1 408 /);
  });

  test.each([
    ['with content-length', 'content-length: 50000\r\n\r\n{', ' '],
    ['with chunked encoding', 'transfer-encoding: chunked\r\n\r\n1\r\n{\r\n', '1\r\n \r\n'],
  ])('when it sends an endless body %s; the request is recorded as finished', async (_, begin, next) => {
    const { origin, emulator, logged } = await gatewayWith(SHORT);
    const { socket, received, ended } = open(origin);
    socket.write(HEAD + begin);
    dribble(socket, next);
    await ended;
    expect(received()).toMatch(/^HTTP\/1\.1 408 /);
    await expect
      .poll(() => logged.filter(({ msg }) => msg === 'request'))
      .toEqual([expect.objectContaining({ path: '/graphql', finished: false })]);
    expect(logged.filter(({ level }) => Number(level) >= 40)).toEqual([]);
    expect(emulator.calls).toEqual([]);
  });

  test('when it does not complete a second request on its connection', async () => {
    const { origin, server } = await gatewayWith({ checkMs: SHORT.checkMs });
    const { socket, received, ended } = open(origin);
    socket.write(`${HEAD}content-length: ${JOBS_BODY.length}\r\n\r\n${JOBS_BODY}`);
    await expect.poll(received).toContain(' 200 ');
    setTimeouts(server, SHORT);
    socket.write(HEAD);
    dribble(socket, 'x');
    await ended;
    expect(received()).toContain(' 408 ');
  });
});

test('a hundred slow clients do not delay the response to another client', async () => {
  const { origin, server } = await gatewayWith({ checkMs: SHORT.checkMs });
  const slow = Array.from({ length: 100 }, () => open(origin));
  for (const { socket } of slow) {
    socket.write(HEAD);
    dribble(socket, 'x');
  }
  for (let asked = 0; asked < 10; asked++) expect((await askJobs(origin)).status).toBe(200);
  setTimeouts(server, SHORT);
  await Promise.all(slow.map(({ ended }) => ended));
  setTimeouts(server, TIMEOUTS);
  expect((await askJobs(origin)).status).toBe(200);
});

test('an idle keep-alive connection is closed after its timeout', async () => {
  const { origin } = await gatewayWith({ keepAliveMs: 100 });
  const { socket, received, ended } = open(origin);
  socket.write(`${HEAD}content-length: ${JOBS_BODY.length}\r\n\r\n${JOBS_BODY}`);
  await ended;
  expect(received()).toMatch(/^HTTP\/1\.1 200 /);
  expect(received()).not.toContain(' 408 ');
});

describe('a response', () => {
  test('may take longer than the request timeout', async () => {
    const { origin, emulator, server } = await gatewayWith({ checkMs: 20 });
    emulator.setLatencyMs(1000);
    const answered = askJobs(origin);
    await expect.poll(() => emulator.inFlight).toBe(1);
    setTimeouts(server, { headersMs: 100, requestMs: 200 });
    expect((await answered).status).toBe(200);
  });

  test('may be sent in pieces for any time', async () => {
    const pieces = 40;
    const origin = await serverWith({ silenceMs: 500, checkMs: 20 }, async (request, response) => {
      const { server } = request.socket as Socket & { server: Server };
      await once(request.resume(), 'end');
      setTimeouts(server, { headersMs: 100, requestMs: 200 });
      let sent = 0;
      const timer = setInterval(() => {
        response.write(`data: ${++sent}\n\n`);
        if (sent === pieces) {
          clearInterval(timer);
          response.end();
        }
      }, 50);
    });
    const response = await fetch(origin, { method: 'POST', body: '{}' });
    expect((await response.text()).match(/data: /g)).toHaveLength(pieces);
  });

  test('that its client never reads is closed', async () => {
    let answering: ServerResponse | undefined;
    const origin = await serverWith({ silenceMs: 300 }, (_request, response) => {
      answering = response;
      response.end(Buffer.alloc(50_000_000));
    });
    const { socket } = open(origin);
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await expect.poll(() => answering?.destroyed).toBe(true);
    expect(answering?.writableFinished).toBe(false);
  });
});

test('the default timeouts are below those of Node, and allow for slow but honest clients', () => {
  const { headersTimeout, requestTimeout, timeout, ...server } = createHttpServer(() => {});
  expect(headersTimeout).toBe(TIMEOUTS.headersMs);
  expect(headersTimeout).toBeLessThan(createServer().headersTimeout);
  expect(requestTimeout).toBeLessThan(createServer().requestTimeout);
  expect(timeout).toBeGreaterThan(0);
  // A load balancer that keeps connections for 60 s must not find them closed.
  expect(server.keepAliveTimeout).toBeGreaterThan(60_000);
});
