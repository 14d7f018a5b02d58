import type { Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type HttpResponse, Transport } from '../../src/upstream/transport.ts';
import { fc, runs } from '../runs.ts';
import { ScriptedServer } from './scripted-server.ts';

const MAX_BODY_BYTES = 1000;

/** Outcome of a request: the response, or the kind of error. */
type Outcome = Pick<HttpResponse, 'status' | 'text'> | { readonly error: string; readonly message: string };

/** A server that sends given bytes, with a transport connected to it. Both end with the test. */
async function startDialogue() {
  let respond: (socket: Socket) => void = () => {};
  const server = await ScriptedServer.start((socket) => respond(socket));
  const transport = new Transport({
    origin: server.origin,
    proxy: undefined,
    maxConnections: 10,
    maxBodyBytes: MAX_BODY_BYTES,
    connectTimeoutMs: 5000,
  });
  onTestFinished(async () => {
    transport.close();
    await server[Symbol.asyncDispose]();
  });
  return {
    server,
    /** Sends a request and handles it on the server in the given way. */
    ask(treatment: (socket: Socket) => void): Promise<Outcome> {
      respond = treatment;
      return new Promise((resolve) =>
        transport.send(
          { method: 'POST', path: '/', headers: {} },
          ({ status, text }) => resolve({ status, text }),
          ({ name, message, ...error }) =>
            resolve({ error: 'kind' in error ? String(error.kind) : name, message }),
        ),
      );
    },
  };
}

/** Writes bytes in pieces, one per iteration of the event loop, and then closes the connection if `ends`. */
function inPieces(bytes: Buffer, cuts: readonly number[], ends: boolean): (socket: Socket) => void {
  const places = [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  );
  return (socket) => {
    const write = (start: number, index: number) => {
      const place = places[index];
      if (place === undefined) {
        if (ends) socket.end();
        return;
      }
      socket.write(bytes.subarray(start, place));
      setImmediate(write, place, index + 1);
    };
    write(0, 0);
  };
}

const head = (...fields: string[]) =>
  `HTTP/1.1 200 OK\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n`;

/** Texts of up to 1,000 bytes. */
const bodyText = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((text) => !text.startsWith('\ufeff'));

/** Encodings of one body by servers. */
const written = fc.oneof(
  bodyText.map((text) => {
    const body = Buffer.from(text);
    return { text, bytes: Buffer.concat([Buffer.from(head(`Content-Length: ${body.length}`)), body]) };
  }),
  fc
    .record({ text: bodyText, sizes: fc.array(fc.integer({ min: 1, max: 40 })), trailer: fc.boolean() })
    .map(({ text, sizes, trailer }) => {
      const body = Buffer.from(text);
      const parts: Buffer[] = [Buffer.from(head('transfer-encoding: Chunked'))];
      const left = [...sizes];
      for (let at = 0; at < body.length; ) {
        const size = Math.min(left.shift() ?? body.length, body.length - at);
        const data = body.subarray(at, at + size);
        parts.push(Buffer.from(`${size.toString(16).toUpperCase()};a=b\r\n`), data, Buffer.from('\r\n'));
        at += size;
      }
      parts.push(Buffer.from(`0\r\n${trailer ? 'x-sum: 1\r\n' : ''}\r\n`));
      return { text, bytes: Buffer.concat(parts) };
    }),
);

test('property: a response is the same however it is split into pieces, and bytes after it are no part of it', async () => {
  const shared = await startDialogue();
  const interim = fc.constantFrom(
    '',
    'HTTP/1.1 102 Processing\r\n\r\n',
    'HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n',
  );
  const after = fc.constantFrom('', 'HTTP/1.1 200 OK\r\n\r\n');
  await fc.assert(
    fc.asyncProperty(
      written,
      interim,
      after,
      fc.array(fc.nat(1000), { maxLength: 8 }),
      async ({ text, bytes }, before, more, cuts) => {
        const all = Buffer.concat([Buffer.from(before), bytes, Buffer.from(more)]);
        // Separate connections: bytes that arrive after the next request was sent would count as its response, which HTTP/1.1
        // cannot prevent.
        const { ask } = more === '' ? shared : await startDialogue();
        expect(await ask(inPieces(all, cuts, false))).toEqual({ status: 200, text });
      },
    ),
  );
});

test('property: a response that is truncated by the end of the connection is never accepted', async () => {
  const { ask } = await startDialogue();
  await fc.assert(
    fc.asyncProperty(
      written,
      fc.nat(),
      fc.array(fc.nat(1000), { maxLength: 3 }),
      async ({ bytes }, at, cuts) => {
        const rest = bytes.subarray(0, at % bytes.length);
        const outcome = await ask(inPieces(rest, cuts, true));
        expect(outcome).toMatchObject({ error: rest.includes('\r\n\r\n') ? 'truncated' : 'broken' });
      },
    ),
  );
});

test('property: arbitrary bytes are a response, unreadable, truncated or a broken connection, and never affect the next request', async () => {
  const { ask } = await startDialogue();
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom(
        'HTTP/1.1 200 OK\r\n',
        '\r\n',
        'content-length: 3\r\n',
        'transfer-encoding: chunked\r\n',
        '3\r\nabc',
        '0\r\n',
      )
      .map((text) => Buffer.from(text)),
  );
  const sound = Buffer.from(`${head('content-length: 5')}sound`);
  await fc.assert(
    fc.asyncProperty(fc.array(piece), fc.array(fc.nat(500), { maxLength: 3 }), async (pieces, cuts) => {
      let closed: Promise<unknown> = Promise.resolve();
      const outcome = await ask((socket) => {
        closed = new Promise((resolve) => socket.once('close', resolve));
        inPieces(Buffer.concat(pieces), cuts, true)(socket);
      });
      // Waits for all pieces: those that arrive after the next request was sent would count as its response.
      await closed;
      if ('status' in outcome) expect(outcome.status).toBe(200);
      else expect(outcome.error).toMatch(/^(unreadable|broken|truncated)$/);
      expect(await ask((socket) => socket.write(sound))).toEqual({ status: 200, text: 'sound' });
    }),
    { numRuns: runs(500) },
  );
});

test('a byte order mark is no part of the text, however it arrives', async () => {
  const { ask } = await startDialogue();
  const body = Buffer.from('\ufeff{}');
  const withLength = Buffer.concat([Buffer.from(head(`content-length: ${body.length}`)), body]);
  const inChunks = Buffer.concat([
    Buffer.from(`${head('transfer-encoding: chunked')}5\r\n`),
    body,
    Buffer.from('\r\n0\r\n\r\n'),
  ]);
  for (const bytes of [withLength, inChunks])
    for (const cuts of [[], [bytes.length - 3]])
      expect(await ask(inPieces(bytes, cuts, false))).toEqual({ status: 200, text: '{}' });
});

test.each([204, 304])('a response with status %i has no body, whatever its headers say', async (status) => {
  const { ask } = await startDialogue();
  const bytes = Buffer.from(`HTTP/1.1 ${status} X\r\ncontent-length: 7\r\n\r\n`);
  expect(await ask(inPieces(bytes, [], false))).toEqual({ status, text: '' });
});

describe('rejected as invalid HTTP, or as HTTP that readers may interpret differently (request smuggling):', () => {
  const chunked = head('transfer-encoding: chunked');
  test.each([
    ['another protocol', 'SIP/2.0 200 OK\r\n\r\n'],
    ['HTTP/2', 'HTTP/2 200\r\n\r\n'],
    ['HTTP/1.2', 'HTTP/1.2 200 OK\r\n\r\n'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['a line that ends with LF alone', 'HTTP/1.1 200 OK\nserver: x\r\n\r\n'],
    ['a blank before a colon', head('server : x')],
    ['a header without a name', head(': x')],
    ['a header without a colon', head('no colon')],
    ['a zero in a header', head('a: \0')],
    ['a line feed in a header', head('a: b\nc: d')],
    ['two lengths', head('content-length: 1', 'content-length: 2')],
    ['the same length twice', head('content-length: 1', 'Content-Length: 1')],
    ['a list of lengths', head('content-length: 1, 1')],
    ['a negative length', head('content-length: -1')],
    ['a length in hexadecimal digits', head('content-length: 0x10')],
    ['a length beyond any number', head('content-length: 99999999999999999999')],
    ['two transfer codings', head('transfer-encoding: chunked', 'transfer-encoding: chunked')],
    ['a transfer coding around the chunks', head('transfer-encoding: chunked, gzip')],
    ['a transfer coding in the chunks', head('transfer-encoding: gzip, chunked')],
    ['no transfer coding', head('transfer-encoding: identity')],
    ['a status above 599', 'HTTP/1.1 999 X\r\ncontent-length: 0\r\n\r\n'],
    ['a folded header', head('a: b', ' folded')],
    ['a length beside chunks', head('content-length: 1', 'transfer-encoding: chunked')],
    ['chunks beside a length', head('transfer-encoding: chunked', 'content-length: 1')],
    [
      '101 Switching Protocols',
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
    ],
    ['100 Continue', `HTTP/1.1 100 Continue\r\n\r\n${head('content-length: 0')}`],
    ['a header of 16 kB', head(`a: ${'x'.repeat(16_384)}`)],
    ['headers of 16 kB', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(10_000)}`],
    ['a length beyond the limit', head('content-length: 1001')],
    ['a body beyond the limit', `${head('a: b')}${'x'.repeat(1001)}`],
    ['chunks beyond the limit', `${chunked}${`64\r\n${'x'.repeat(100)}\r\n`.repeat(11)}`],
    ['a chunk size of letters', `${chunked}zz\r\n`],
    ['a negative chunk size', `${chunked}-1\r\n`],
    ['a chunk size that ends with LF alone', `${chunked}1\nx\r\n`],
    ['a chunk longer than its size', `${chunked}1\r\nxy\r\n`],
    ['a chunk size of 16 exabytes', `${chunked}fffffffffffffffff\r\n`],
  ])('%s', async (_, text) => {
    const { ask, server } = await startDialogue();
    const bytes = Buffer.from(text, 'latin1');
    const everywhere = Array.from({ length: Math.min(bytes.length, 200) }, (_, index) => index);
    for (const cuts of [[], everywhere]) {
      expect(await ask(inPieces(bytes, cuts, false))).toMatchObject({ error: 'unreadable' });
      await expect.poll(() => server.open).toBe(0);
    }
  });
});
