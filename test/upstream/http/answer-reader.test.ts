import { describe, expect, test } from 'vitest';
import { AnswerReader } from '../../../src/upstream/http/answer-reader.ts';
import { UnreadableAnswerError } from '../../../src/upstream/http/unreadable.ts';
import { fc, runs } from '../../runs.ts';

const MAX_BODY_BYTES = 1000;

/** Feeds bytes in pieces; each piece is overwritten after it was read, as a socket's memory is. */
function read(bytes: Buffer, cuts: readonly number[] = []): { reader: AnswerReader; end: number } {
  const reader = new AnswerReader(MAX_BODY_BYTES);
  const places = [...cuts, bytes.length].sort((a, b) => a - b);
  let start = 0;
  for (const place of places) {
    const piece = Buffer.from(bytes.subarray(start, place));
    const end = reader.read(piece);
    piece.fill(0);
    if (reader.isWhole) return { reader, end: start + end };
    start = place;
  }
  return { reader, end: start };
}

const head = (...fields: string[]) =>
  `HTTP/1.1 200 OK\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n`;

/** Texts of up to 1,000 bytes. */
const text = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((text) => !text.startsWith('\ufeff'));

/** How servers write one body. */
const written = fc.oneof(
  text.map((text) => {
    const body = Buffer.from(text);
    return { text, bytes: Buffer.concat([Buffer.from(head(`Content-Length: ${body.length}`)), body]) };
  }),
  fc
    .record({ text, sizes: fc.array(fc.integer({ min: 1, max: 40 })), trailer: fc.boolean() })
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

test('an answer is the same in whatever pieces it comes, and ends where it ends', () => {
  const interim = fc.constantFrom(
    '',
    'HTTP/1.1 100 Continue\r\n\r\n',
    'HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n',
  );
  const after = fc.constantFrom('', 'HTTP/1.1 200 OK\r\n\r\n');
  fc.assert(
    fc.property(written, interim, after, fc.array(fc.nat(1000)), ({ text, bytes }, before, more, cuts) => {
      const all = Buffer.concat([Buffer.from(before), bytes, Buffer.from(more)]);
      const { reader, end } = read(
        all,
        cuts.map((cut) => cut % (all.length + 1)),
      );
      expect(reader.isWhole).toBe(true);
      expect(reader.answer()).toMatchObject({ status: 200, text });
      expect(end).toBe(before.length + bytes.length);
    }),
  );
});

test('an answer that was cut is never whole', () => {
  fc.assert(
    fc.property(written, fc.nat(), ({ bytes }, at) => {
      const { reader } = read(bytes.subarray(0, at % bytes.length));
      expect(reader.isWhole).toBe(false);
      expect(reader.isWholeAtEnd).toBe(false);
    }),
  );
});

test('bytes of any kind are an answer, the beginning of one, or refused, and nothing else happens', () => {
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
  fc.assert(
    fc.property(fc.array(piece), fc.array(fc.nat(500)), (pieces, cuts) => {
      const bytes = Buffer.concat(pieces);
      try {
        const { reader } = read(
          bytes,
          cuts.map((cut) => cut % (bytes.length + 1)),
        );
        if (reader.isWhole) expect(reader.answer().status).toBe(200);
      } catch (error) {
        expect(error).toBeInstanceOf(UnreadableAnswerError);
      }
    }),
    { numRuns: runs(2000) },
  );
});

test('without a length and without chunks an answer ends with its connection, and no other follows', () => {
  const { reader } = read(Buffer.from(`${head('server: x')}{"a":"声"}`), [40, 44]);
  expect(reader.isWhole).toBe(false);
  expect(reader.isWholeAtEnd).toBe(true);
  expect(reader.answer().text).toBe('{"a":"声"}');
  expect(reader.head?.isLast).toBe(true);
});

test('a byte order mark is no part of a text, however it comes', () => {
  const body = Buffer.from('\ufeff{}');
  const withLength = Buffer.concat([Buffer.from(head(`content-length: ${body.length}`)), body]);
  expect(read(withLength).reader.answer().text).toBe('{}');
  expect(read(withLength, [withLength.length - 3]).reader.answer().text).toBe('{}');
  const inChunks = Buffer.concat([
    Buffer.from(`${head('transfer-encoding: chunked')}5\r\n`),
    body,
    Buffer.from('\r\n0\r\n\r\n'),
  ]);
  expect(read(inChunks).reader.answer().text).toBe('{}');
});

test('headers are known by their names in lower case; of several the first', () => {
  const { reader } = read(
    Buffer.from(head('X-Acs-Request-Id:  R-1 \t', 'x-acs-request-id: R-2', 'content-length: 0', 'empty:')),
  );
  const { header } = reader.answer();
  expect([header('x-acs-request-id'), header('empty'), header('server')]).toEqual(['R-1', '', undefined]);
});

/** [head's fields, whether another answer may follow, how long the server keeps the connection] */
const CONNECTIONS: [string[], boolean, number | undefined][] = [
  [[], false, undefined],
  [['connection: close'], true, undefined],
  [['Connection: Upgrade, CLOSE'], true, undefined],
  [['connection: closed'], false, undefined],
  [['connection: keep-alive', 'Keep-Alive: timeout=5, max=100'], false, 5000],
  [['keep-alive: max=7,timeout=12'], false, 12_000],
  [['keep-alive: timeout=soon'], false, undefined],
];

test.each(CONNECTIONS)('%j: last %s, kept for %s ms', (fields, isLast, idleMs) => {
  const { reader } = read(Buffer.from(head(...fields, 'content-length: 0')));
  expect(reader.head).toMatchObject({ isLast, idleMs });
});

test('HTTP/1.0 keeps no connection', () => {
  const { reader } = read(Buffer.from('HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n'));
  expect(reader.head?.isLast).toBe(true);
});

test.each([204, 304])('an answer of status %i has no body, whatever its head says', (status) => {
  const { reader, end } = read(Buffer.from(`HTTP/1.1 ${status} X\r\ncontent-length: 7\r\n\r\n`));
  expect(reader.isWhole).toBe(true);
  expect(reader.answer()).toMatchObject({ status, text: '' });
  expect(end).toBeGreaterThan(30);
});

describe('refused, because it is not HTTP or may mean different things to different readers:', () => {
  const whole = (...fields: string[]) => head(...fields);
  test.each([
    ['not HTTP/1', 'ICE/1.0 200 OK\r\n'],
    ['not HTTP/1', 'HTTP/2 200\r\n'],
    ['not a head of HTTP/1', 'HTTP/1.2 200 OK\r\n\r\n'],
    ['not a head of HTTP/1', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['not a head of HTTP/1', 'HTTP/1.1 099 OK\r\n\r\n'],
    ['not a head of HTTP/1', 'HTTP/1.1 200 OK\nserver: x\r\n\r\n'],
    ['not a head of HTTP/1', whole('server : x')],
    ['not a head of HTTP/1', whole(': x')],
    ['not a head of HTTP/1', whole('no colon')],
    ['not a head of HTTP/1', whole('a: b', ' folded')],
    ['not a head of HTTP/1', whole('a: \0')],
    ['not a head of HTTP/1', whole('a: b\nc: d')],
    ['more than one content-length', whole('content-length: 1', 'content-length: 2')],
    ['more than one content-length', whole('content-length: 1', 'Content-Length: 1')],
    ['content-length holds "1, 1", expected a number', whole('content-length: 1, 1')],
    ['content-length holds "-1", expected a number', whole('content-length: -1')],
    ['content-length holds "0x10", expected a number', whole('content-length: 0x10')],
    ['content-length holds "999999999999"…, expected a number', whole('content-length: 9999999999999999')],
    ['more than one transfer-encoding', whole('transfer-encoding: chunked', 'transfer-encoding: chunked')],
    ['transfer-encoding holds "gzip, chunke"…, expected chunked', whole('transfer-encoding: gzip, chunked')],
    ['transfer-encoding holds "identity", expected chunked', whole('transfer-encoding: identity')],
    ['both a length and chunks', whole('content-length: 1', 'transfer-encoding: chunked')],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    ['more than 16 announcements', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(17)],
    ['more than 16384 bytes of head', whole(`a: ${'x'.repeat(16_384)}`)],
    ['more than 16384 bytes of head', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(4000)}`],
    ['more than 1000 bytes of body', whole('content-length: 1001')],
    ['more than 1000 bytes of body', `${whole('a: b')}${'x'.repeat(1001)}`],
    [
      'more than 1000 bytes of body',
      `${whole('transfer-encoding: chunked')}${`64\r\n${'x'.repeat(100)}\r\n`.repeat(11)}`,
    ],
    ['chunks that are none', `${whole('transfer-encoding: chunked')}zz\r\n`],
    ['chunks that are none', `${whole('transfer-encoding: chunked')}-1\r\n`],
    ['chunks that are none', `${whole('transfer-encoding: chunked')}1\nx\r\n`],
    ['chunks that are none', `${whole('transfer-encoding: chunked')}1\r\nxy\r\n`],
    ['chunks that are none', `${whole('transfer-encoding: chunked')}fffffffffffffffff\r\n`],
    ['chunks that are none', `${whole('transfer-encoding: chunked')}1;${'x'.repeat(1100)}`],
    ['chunks that are none', `${whole('transfer-encoding: chunked')}0\r\n${'x: y\r\n'.repeat(40)}`],
  ])('%s: %j', (message, bytes) => {
    expect(() => read(Buffer.from(bytes, 'latin1'))).toThrow(new UnreadableAnswerError(message));
    expect(() =>
      read(
        Buffer.from(bytes, 'latin1'),
        Array.from(bytes, (_, index) => index),
      ),
    ).toThrow(UnreadableAnswerError);
  });
});
