import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { expect, onTestFinished, test, vi } from 'vitest';
import { MAX_BACKLOG_BYTES, type Outlet, SendBacklog } from '../../src/server/http/send-backlog.ts';
import { startGateway } from '../gateway-under-test.ts';
import { open, subscribeTo } from '../live/raw-socket.ts';
import { STATUS_QUERY } from '../live/subscriber-under-test.ts';
import { fc, runs } from '../runs.ts';

const log = pino({ level: 'silent' });

/** An outlet whose client reads when the test says so. */
class MadeUpOutlet implements Outlet {
  unreadBytes = 0;
  isCut = false;

  cutOff(): void {
    this.isCut = true;
    this.unreadBytes = 0;
  }
}

const MAX = 100;
const CLIENTS = ['a', 'b'] as const;

test('property: a client never exceeds the limit of unread bytes with more than one response, and no connection is closed below it', () => {
  const operation = fc.oneof(
    { arbitrary: fc.record({ kind: fc.constant('send'), outlet: fc.nat(5), bytes: fc.nat(60) }), weight: 4 },
    { arbitrary: fc.record({ kind: fc.constant('read'), outlet: fc.nat(5), bytes: fc.nat(60) }), weight: 2 },
    {
      arbitrary: fc.record({ kind: fc.constant('close'), outlet: fc.nat(5), bytes: fc.constant(0) }),
      weight: 1,
    },
  );
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      const backlog = new SendBacklog(log, MAX);
      const outlets = Array.from({ length: 6 }, () => new MadeUpOutlet());
      const clientOf = (index: number) => CLIENTS[index % 2] as string;
      const waitingOf = (client: string) =>
        outlets.filter((outlet, index) => clientOf(index) === client && outlet.unreadBytes > 0);
      const sum = (some: readonly MadeUpOutlet[]) =>
        some.reduce((bytes, outlet) => bytes + outlet.unreadBytes, 0);
      for (const { kind, outlet: index, bytes } of operations) {
        const client = clientOf(index);
        const outlet = outlets[index] as MadeUpOutlet;
        if (kind === 'read') outlet.unreadBytes = Math.max(0, outlet.unreadBytes - bytes);
        else if (kind === 'close') {
          outlet.unreadBytes = 0;
          backlog.forget(client, outlet);
          outlets[index] = new MadeUpOutlet();
        } else {
          outlet.unreadBytes += bytes;
          const cutBefore = outlets.filter(({ isCut }) => isCut).length;
          const wouldWait = sum(waitingOf(client));
          if (outlet.unreadBytes > 0) backlog.note(client, outlet);
          const waiting = waitingOf(client);
          expect(sum(waiting) <= MAX || waiting.length === 1).toBe(true);
          if (wouldWait <= MAX) expect(outlets.filter(({ isCut }) => isCut)).toHaveLength(cutBefore);
        }
        for (const [at, one] of outlets.entries()) {
          if (!one.isCut) continue;
          backlog.forget(clientOf(at), one);
          outlets[at] = new MadeUpOutlet();
        }
        expect(backlog.bytes).toBe(sum(outlets));
      }
    }),
    { numRuns: runs(500) },
  );
});

test('the connection whose bytes have waited longest is closed first, never one that has read everything', () => {
  const backlog = new SendBacklog(log, MAX);
  const [hasRead, longest, newest] = [new MadeUpOutlet(), new MadeUpOutlet(), new MadeUpOutlet()];
  for (const outlet of [hasRead, longest, newest]) {
    outlet.unreadBytes = 45;
    if (outlet === newest) hasRead.unreadBytes = 0;
    backlog.note('a', outlet);
  }
  expect([hasRead.isCut, longest.isCut, newest.isCut]).toEqual([false, false, false]);
  newest.unreadBytes = 80;
  backlog.note('a', newest);
  expect([hasRead.isCut, longest.isCut, newest.isCut]).toEqual([false, true, false]);
});

/** The backlog of the next gateway that a test starts. */
function spyOnBacklog(): { readonly bytes: () => number; readonly clients: () => unknown[] } {
  const note = vi.spyOn(SendBacklog.prototype, 'note');
  onTestFinished(() => note.mockRestore());
  return {
    bytes: () => (note.mock.contexts[0] as SendBacklog | undefined)?.bytes ?? 0,
    clients: () => [...new Set(note.mock.calls.map(([client]) => client))],
  };
}

/** A response of 300 kB, of the highest allowed cost. */
const LARGE = `{ customizedVoiceJobs(first: 100) { nodes { ${Array.from({ length: 20 }, (_, at) => `${'x'.repeat(95)}${at}: voiceDesc`).join(' ')} } } }`;

function post(query: string, headers: readonly string[] = []): string {
  const body = JSON.stringify({ query });
  return [
    'POST /graphql HTTP/1.1',
    'host: localhost',
    'content-type: application/json',
    `content-length: ${body.length}`,
    ...headers,
    '',
    body,
  ].join('\r\n');
}

function openSocket(origin: string): Socket {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1');
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  return socket;
}

test('30 clients of one address that pipeline large queries leave at most 16 MiB unread, and slow readers get everything', async () => {
  const backlog = spyOnBacklog();
  await using gateway = await startGateway({ gateway: { cache: { ttlMs: 60_000, staleIfErrorMs: 0 } } });
  // Responses of 3 MB: the second one on a connection exceeds the system's socket buffers.
  const VoiceDesc = 'x'.repeat(1500);
  gateway.emulator.rewritePage((page) => ({
    ...page,
    rows: page.rows.map((row) => ({ ...row, VoiceDesc })),
  }));
  const slow = openSocket(gateway.origin);
  slow.write(post(LARGE, ['connection: close']));
  slow.pause();
  const lazy: Socket[] = [];
  let most = 0;
  for (let at = 0; at < 30; at++) {
    const socket = openSocket(gateway.origin);
    lazy.push(socket);
    socket.pause();
    socket.write(post(LARGE).repeat(4));
    await once(socket, 'connect');
    await sleep(20);
    most = Math.max(most, backlog.bytes());
  }
  const closings = () =>
    gateway.logged.filter(({ msg }) => String(msg).includes('the client does not read its responses'));
  await expect.poll(() => closings().length).toBeGreaterThan(10);
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(MAX_BACKLOG_BYTES);
  expect(closings()[0]).toMatchObject({ client: '127.0.0.1', level: 30 });

  const chunks: Buffer[] = [];
  for (;;) {
    const chunk = slow.read(20_000) ?? slow.read();
    if (chunk !== null) chunks.push(chunk);
    if (slow.readableEnded) break;
    await sleep(2);
  }
  const [, body = ''] = Buffer.concat(chunks).toString().split('\r\n\r\n');
  expect(JSON.parse(body).data.customizedVoiceJobs.nodes).toHaveLength(100);
  for (const socket of lazy) socket.destroy();
  await expect.poll(backlog.bytes).toBe(0);
});

test('unread events and WebSocket messages count like unread responses', async () => {
  const backlog = spyOnBacklog();
  await using gateway = await startGateway();
  const { emulator, origin } = gateway;
  const { JobId } = emulator.insert('Basic', { Status: 'Training', Message: 'x'.repeat(900_000) });
  const change = async (times: number) => {
    for (let at = 0; at < times; at++) {
      emulator.change(JobId, { Status: at % 2 === 0 ? 'PreTraining' : 'Training' });
      await sleep(110);
    }
  };
  const byEvents = openSocket(origin);
  byEvents.pause();
  const body = JSON.stringify({ query: STATUS_QUERY, variables: { jobId: JobId } });
  const head = [
    'POST /graphql HTTP/1.1',
    'host: localhost',
    'accept: text/event-stream',
    'content-type: application/json',
  ];
  byEvents.write([...head, `content-length: ${body.length}`, '', body].join('\r\n'));
  const { socket, say, received } = await open(origin);
  onTestFinished(() => socket.terminate());
  say({ type: 'connection_init' });
  await expect.poll(() => received).toHaveLength(1);
  socket.pause();
  for (let id = 0; id < 3; id++) say(subscribeTo(JobId, String(id)));
  await change(8);
  await expect.poll(backlog.bytes).toBeGreaterThan(900_000);
  expect(backlog.clients()).toEqual(['127.0.0.1']);
  byEvents.destroy();
  socket.terminate();
  await expect.poll(backlog.bytes).toBe(0);
});
