import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MAX_ON_CONNECTION } from '../../src/server/subscriptions/ws-session.ts';
import { fc } from '../runs.ts';
import { fuzzRuns } from './fuzz-runs.ts';
import { type FuzzedGateway, startFuzzedGateway } from './fuzzed-gateway.ts';
import { frame } from './inputs/connections.ts';
import { expectReleased } from './invariants.ts';
import type { Vitals } from './vitals-probe.ts';

/** Poll interval of the gateway in milliseconds. */
const POLL_MS = 100;

const STATUS = 'subscription ($id: ID!) { customizedVoiceJobStatusChanged(jobId: $id) { jobId status } }';

const HANDSHAKE = [
  'GET /graphql HTTP/1.1',
  'host: 127.0.0.1',
  'connection: upgrade',
  'upgrade: websocket',
  'sec-websocket-version: 13',
  'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==',
  'sec-websocket-protocol: graphql-transport-ws',
  '',
  '',
].join('\r\n');

let gateway: FuzzedGateway;
let before: Vitals;
let running: string[];
let ended: string;
beforeAll(async () => {
  gateway = await startFuzzedGateway({ LIVE_POLL_MS: String(POLL_MS) });
  running = gateway.emulator.insertMany('Basic', 3, { Status: 'Training' }).map(({ JobId }) => JobId);
  ended = gateway.emulator.insert('Basic', { Status: 'Success' }).JobId;
  const first = await Client.open();
  first.send([subscribe('1', running[0] as string)]);
  await first.waitFor('"type":"next"');
  first.leave('destroy');
  await first.closed;
  before = await gateway.vitals();
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** Number of open subscriptions according to the gateway's metrics. */
async function subscriptions(): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${gateway.port}/metrics`)).text();
  return Number(/^voicejobs_graphql_subscriptions (\d+)$/m.exec(text)?.[1]);
}

const text = (message: unknown) => frame(typeof message === 'string' ? message : JSON.stringify(message));
const subscribe = (id: string, jobId: string) =>
  text({ type: 'subscribe', id, payload: { query: STATUS, variables: { id: jobId } } });

/** A WebSocket client that controls the segments it sends, as libraries do not. */
class Client {
  readonly #socket: Socket;
  /** Code of the close frame; 0 if the connection ended without one. */
  readonly closed: Promise<number>;
  /** Text of all messages received so far. */
  #received = '';
  #rest = Buffer.alloc(0);
  #closeCode = 0;
  #isOpen = false;

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1' });
    this.#socket.on('error', () => {});
    this.#socket.on('data', (bytes) => {
      this.#rest = Buffer.concat([this.#rest, bytes]);
      this.#read();
    });
    this.closed = new Promise((resolve) => this.#socket.once('close', () => resolve(this.#closeCode)));
    this.#socket.write(HANDSHAKE);
  }

  /** @see https://www.rfc-editor.org/rfc/rfc6455#section-5.2 */
  #read(): void {
    if (!this.#isOpen) {
      const end = this.#rest.indexOf('\r\n\r\n');
      if (end === -1) return;
      this.#isOpen = true;
      this.#rest = this.#rest.subarray(end + 4);
    }
    for (;;) {
      const [first = 0, short = 0] = this.#rest;
      const start = short === 126 ? 4 : 2;
      if (this.#rest.length < start) return;
      const end = start + (short === 126 ? this.#rest.readUInt16BE(2) : short);
      if (this.#rest.length < end) return;
      const body = this.#rest.subarray(start, end);
      this.#rest = this.#rest.subarray(end);
      if (first === 0x81) this.#received += body;
      else if (first === 0x88) {
        this.#closeCode = body.length === 0 ? 1005 : body.readUInt16BE(0);
        this.send([frame('', 8)]);
      }
    }
  }

  /** A client after `connection_ack`. */
  static async open(): Promise<Client> {
    const client = new Client(gateway.port);
    client.send([text({ type: 'connection_init' })]);
    await client.waitFor('connection_ack');
    return client;
  }

  /** Sends frames as one segment. */
  send(frames: readonly Buffer[]): void {
    if (this.#socket.writable) this.#socket.write(Buffer.concat(frames));
  }

  /** Resolves when the gateway has processed all that was sent, or has closed the connection. */
  async settled(): Promise<void> {
    const mark = `mark-${Math.random()}`;
    this.send([text({ type: 'ping', payload: { mark } })]);
    await Promise.race([this.waitFor(mark), this.closed]);
  }

  leave(how: Disconnect): void {
    if (how === 'close frame') this.send([frame('', 8)]);
    else if (how === 'half-close') this.#socket.end();
    else if (how === 'reset') this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  /** Resolves when the received messages contain `words`; never if the connection closes before. */
  waitFor(words: string): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!this.#received.includes(words)) return;
        this.#socket.off('data', look);
        resolve();
      };
      this.#socket.on('data', look);
      look();
    });
  }
}

const DISCONNECTS = ['close frame', 'half-close', 'reset', 'destroy'] as const;
type Disconnect = (typeof DISCONNECTS)[number];

/** Expected state of a client by the protocol alone, independent of the gateway's implementation. */
class Model {
  readonly live = new Set<string>();
  closeCode: number | undefined;

  close(code: number): void {
    this.closeCode ??= code;
    this.live.clear();
  }

  subscribe(id: string): void {
    if (this.closeCode !== undefined) return;
    if (this.live.has(id)) this.close(4409);
    else if (this.live.size < MAX_ON_CONNECTION) this.live.add(id);
  }
}

/** One message: its bytes and their effect on the model. */
interface Step {
  readonly frames: readonly Buffer[];
  readonly apply: (model: Model) => void;
  readonly shown: string;
}

const id = fc.constantFrom('a', 'a', 'b', '__proto__', 'constructor');
let fresh = 0;

const subscribeStep = fc.record({ id, job: fc.nat(2) }).map(
  ({ id, job }): Step => ({
    frames: [subscribe(id, running[job] as string)],
    apply: (model) => model.subscribe(id),
    shown: `subscribe ${id}`,
  }),
);
const completeStep = id.map(
  (id): Step => ({
    frames: [text({ type: 'complete', id })],
    apply: (model) => void model.live.delete(id),
    shown: `complete ${id}`,
  }),
);
/** A burst that reaches the limit of subscriptions on a connection. */
const burstStep = fc.integer({ min: 30, max: 70 }).map((count): Step => {
  const ids = Array.from({ length: count }, () => `burst-${fresh++}`);
  return {
    frames: ids.map((id) => subscribe(id, running[0] as string)),
    apply: (model) => {
      for (const id of ids) model.subscribe(id);
    },
    shown: `subscribe ${count} more`,
  };
});
/** A subscription that ends immediately after its start; no other has its id. */
const overStep = fc.constantFrom('ended', 'nobody').map(
  (which): Step => ({
    frames: [subscribe(`over-${fresh++}`, which === 'ended' ? ended : which)],
    apply: () => {},
    shown: `subscribe to ${which}`,
  }),
);
const harmlessStep = fc.constantFrom('ping', 'pong').map(
  (type): Step => ({
    frames: [text({ type })],
    apply: () => {},
    shown: type,
  }),
);
const fatalStep = fc
  .constantFrom<[unknown, number]>(
    ['junk', 4400],
    [{ type: 'next', id: 'a', payload: {} }, 4400],
    [{ type: 'subscribe', id: 'x'.repeat(1001), payload: { query: STATUS } }, 4400],
    [{ type: 'connection_init' }, 4429],
  )
  .map(
    ([message, code]): Step => ({
      frames: [text(message)],
      apply: (model) => model.close(code),
      shown: `fatal ${code}`,
    }),
  );

const step = (more: fc.Arbitrary<Step>) =>
  fc.record({
    client: fc.nat(2),
    step: fc.oneof(
      { arbitrary: subscribeStep, weight: 6 },
      { arbitrary: completeStep, weight: 5 },
      { arbitrary: harmlessStep, weight: 1 },
      { arbitrary: fatalStep, weight: 1 },
      { arbitrary: more, weight: 1 },
    ),
    endsSegment: fc.boolean(),
  });

const script = fc.record({
  steps: fc.oneof(
    fc.array(step(overStep), { minLength: 1, maxLength: 30 }),
    fc.array(step(burstStep), { minLength: 1, maxLength: 20 }),
  ),
  disconnects: fc.tuple(...[0, 1, 2].map(() => fc.constantFrom(...DISCONNECTS))),
});

test('the gateway counts exactly the subscriptions that clients started and did not complete, for any order and segmentation of messages, and none after they disconnect', () =>
  fc.assert(
    fc.asyncProperty(script, async ({ steps, disconnects }) => {
      const models = [new Model(), new Model(), new Model()];
      const clients = await Promise.all(models.map(() => Client.open()));
      const waiting: Buffer[][] = models.map(() => []);
      for (const { client, step, endsSegment } of steps) {
        step.apply(models[client] as Model);
        waiting[client]?.push(...step.frames);
        if (endsSegment) clients[client]?.send(waiting[client]?.splice(0) ?? []);
      }
      for (const [at, client] of clients.entries()) client.send(waiting[at] as Buffer[]);
      await Promise.all(clients.map((client) => client.settled()));
      const open = models.reduce((sum, { live }) => sum + live.size, 0);
      await expect.poll(subscriptions, { interval: 5 }).toBe(open);
      for (const [at, { closeCode }] of models.entries())
        if (closeCode !== undefined) expect(await clients[at]?.closed).toBe(closeCode);
      for (const [at, client] of clients.entries()) client.leave(disconnects[at] as Disconnect);
      await Promise.all(clients.map(({ closed }) => closed));
      await expect.poll(subscriptions, { interval: 5 }).toBe(0);
    }),
    fuzzRuns('interleavings'),
  ));

test('a client can subscribe again after 3,000 subscribe and complete messages with one id in three segments', async () => {
  const jobId = running[0] as string;
  for (let round = 0; round < 3; round++) {
    const client = await Client.open();
    const pair = [subscribe('1', jobId), text({ type: 'complete', id: '1' })];
    client.send([...Array.from({ length: 1000 }, () => pair).flat(), subscribe('1', jobId)]);
    await client.settled();
    await expect.poll(subscriptions).toBe(1);
    client.leave('destroy');
    await client.closed;
    await expect.poll(subscriptions).toBe(0);
  }
  const client = await Client.open();
  client.send([subscribe('1', jobId)]);
  await client.waitFor('"type":"next"');
  client.leave('close frame');
  await client.closed;
});

test('an SSE subscription ends when CONNECT takes over its connection, and pipelined subscriptions behind it never start', async () => {
  const body = JSON.stringify({ query: STATUS, variables: { id: running[0] } });
  const head = [
    'POST /graphql HTTP/1.1',
    'host: localhost',
    'accept: text/event-stream',
    'content-type: application/json',
  ];
  const post = [...head, `content-length: ${body.length}`, '', body].join('\r\n');
  const socket = connect({ port: gateway.port, host: '127.0.0.1' });
  socket.on('error', () => {}).resume();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(post + post + post);
  await expect.poll(subscriptions).toBe(1);
  socket.write('CONNECT x:1 HTTP/1.1\r\nhost: localhost\r\n\r\n');
  await closed;
  await expect.poll(subscriptions).toBe(0);
});

test('after all interleavings, nothing is polled, all connections are released and no error is logged', async () => {
  await expect.poll(subscriptions).toBe(0);
  await sleep(2 * POLL_MS);
  gateway.emulator.resetCalls();
  await sleep(3 * POLL_MS);
  expect(gateway.emulator.calls).toEqual([]);
  // One more socket: that of `fetch`, for the metrics.
  await expectReleased(gateway, { ...before, sockets: before.sockets + 1 });
});
