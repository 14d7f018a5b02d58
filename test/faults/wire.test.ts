import { gzipSync } from 'node:zlib';
import { describe, test } from 'vitest';
import type { UpstreamErrorCode } from '../../src/errors.ts';
import { MAX_ATTEMPTS } from '../../src/upstream/resilience/retry-rules.ts';
import { UPSTREAM_TEXT } from './confidential-texts.ts';
import type { RequestHandler } from './front.ts';
import { FOREIGN_PAGE, headText, responseText } from './http-text.ts';
import { type FaultCase, runCase } from './run-case.ts';

const BAD = 'UPSTREAM_BAD_RESPONSE';
const AWAY = 'UPSTREAM_UNAVAILABLE';
const SLOW = 'UPSTREAM_TIMEOUT';

type Row = [
  title: string,
  handler: RequestHandler,
  code: UpstreamErrorCode | undefined,
  attempts: FaultCase['attempts'],
];

/** Sends bytes, and leaves the connection open. */
const says =
  (...parts: (string | Buffer)[]): RequestHandler =>
  ({ socket }) => {
    for (const part of parts) socket.write(part);
  };

/** Sends bytes, and closes the connection. */
const ends =
  (...parts: (string | Buffer)[]): RequestHandler =>
  ({ socket }) => {
    for (const part of parts) socket.write(part);
    socket.end();
  };

const CUT_GZIP = gzipSync(FOREIGN_PAGE).subarray(0, 40);

const NO_HTTP: Row[] = [
  ['plain text', ends(`${UPSTREAM_TEXT}\r\n\r\n`), BAD, 1],
  ['an unknown HTTP version', ends('HTTP/9.9 fine\r\n\r\n'), BAD, 1],
  ['a four-digit status', ends('HTTP/1.1 2000 OK\r\ncontent-length: 0\r\n\r\n'), BAD, 1],
  ['a TLS alert', ends(Buffer.from([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x28])), BAD, 1],
  ['the HTTP/2 preface', ends(Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')), BAD, 1],
  ['zero bytes', ends(Buffer.alloc(1000)), BAD, 1],
  ['an immediate end', ends(), AWAY, MAX_ATTEMPTS],
  ['half a status line and the end', ends('HTTP/1.1 20'), AWAY, MAX_ATTEMPTS],
  ['half a header and the end', ends('HTTP/1.1 200 OK\r\ncontent-le'), AWAY, MAX_ATTEMPTS],
  ['half a header and no end', says('HTTP/1.1 200 OK\r\ncontent-le'), SLOW, 1],
];

const HEADERS: Row[] = [
  ['one huge header', ends(headText({ 'x-flood': 'x'.repeat(200_000) })), BAD, 1],
  ['too many headers', ends(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(50_000)}\r\n`), BAD, 1],
  ['endless headers', dribbledHeaders, SLOW, 1],
  ['a header without a name', ends('HTTP/1.1 200 OK\r\n: x\r\n\r\n'), BAD, 1],
  ['a NUL byte in a header', ends(`HTTP/1.1 200 OK\r\nx: \0${UPSTREAM_TEXT}\r\n\r\n`), BAD, 1],
  [
    'two content-length values',
    ends(headText({ 'content-length': '5\r\ncontent-length: 7' }), UPSTREAM_TEXT),
    BAD,
    1,
  ],
  ['an invalid content-length', ends(headText({ 'content-length': UPSTREAM_TEXT }), UPSTREAM_TEXT), BAD, 1],
  ['a negative content-length', ends(headText({ 'content-length': -1 })), BAD, 1],
  [
    'content-length and chunked encoding',
    ends(headText({ 'content-length': 5, 'transfer-encoding': 'chunked' }), '5\r\nwords\r\n0\r\n\r\n'),
    BAD,
    1,
  ],
];

const BODIES: Row[] = [
  ['that ends early', ends(headText({ 'content-length': 900 }), '{"Success":'), BAD, MAX_ATTEMPTS],
  ['that stalls', says(headText({ 'content-length': 900 }), '{"Success":'), SLOW, 1],
  ['longer than its content-length', says(headText({ 'content-length': 10 }), FOREIGN_PAGE), BAD, 1],
  ['followed by an unsolicited response', says(responseText('{}'), responseText(FOREIGN_PAGE)), BAD, 1],
  [
    'with an invalid chunk',
    says(headText({ 'transfer-encoding': 'chunked' }), 'zz\r\n{}\r\n0\r\n\r\n'),
    BAD,
    1,
  ],
  [
    'truncated between chunks',
    ends(headText({ 'transfer-encoding': 'chunked' }), '1\r\n{\r\n'),
    BAD,
    MAX_ATTEMPTS,
  ],
  ['whose chunks never end', says(headText({ 'transfer-encoding': 'chunked' }), '1\r\n{\r\n'), SLOW, 1],
  [
    'with a chunk of 16 exabytes',
    says(headText({ 'transfer-encoding': 'chunked' }), 'fffffffffffffffff\r\n'),
    BAD,
    1,
  ],
  [
    'labelled as gzip but uncompressed',
    says(responseText(FOREIGN_PAGE, { 'content-encoding': 'gzip' })),
    BAD,
    1,
  ],
  ['in truncated gzip', says(responseText(CUT_GZIP, { 'content-encoding': 'gzip' })), BAD, 1],
  [
    'in a gzip bomb',
    says(responseText(gzipSync(Buffer.alloc(20_000_000, ' ')), { 'content-encoding': 'gzip' })),
    BAD,
    1,
  ],
  ['in unrequested zstd', says(responseText(FOREIGN_PAGE, { 'content-encoding': 'zstd' })), BAD, 1],
  ['in UTF-16', says(responseText(Buffer.from(`\ufeff${FOREIGN_PAGE}`, 'utf16le'))), BAD, 1],
];

const SOUND: Row[] = [
  ['after 103 Early Hints', hinted('103 Early Hints'), undefined, 1],
  [
    'after several interim responses',
    hinted('103 Early Hints', '102 Processing', '103 Early Hints'),
    undefined,
    1,
  ],
  ['shortly before the deadline', ({ pass }) => setTimeout(pass, 350), undefined, 1],
];

const INTERIM: Row[] = [
  [
    'that switch protocols',
    says('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    BAD,
    1,
  ],
  ['that request a body (100)', hinted('100 Continue'), BAD, 1],
  ['without a final response', says('HTTP/1.1 102 Processing\r\n\r\n'), SLOW, 1],
];

function dribbledHeaders({ socket }: Parameters<RequestHandler>[0]): void {
  socket.write('HTTP/1.1 200 OK\r\n');
  const timer = setInterval(() => socket.write('x: y\r\n'), 20);
  socket.once('close', () => clearInterval(timer));
}

function hinted(...interim: string[]): RequestHandler {
  return ({ socket, pass }) => {
    for (const status of interim) socket.write(`HTTP/1.1 ${status}\r\nlink: </${UPSTREAM_TEXT}>\r\n\r\n`);
    pass();
  };
}

const run = (title: string, handler: RequestHandler, code: Row[2], attempts: Row[3]) =>
  runCase({
    title,
    begin({ front }) {
      front.handler = handler;
      return () => {
        front.handler = undefined;
      };
    },
    code,
    attempts,
  });

describe('an upstream that does not speak HTTP:', () => {
  test.concurrent.each(NO_HTTP)('%s', run);
});
describe('an upstream response with headers:', () => {
  test.concurrent.each(HEADERS)('%s', run);
});
describe('an upstream response with a body', () => {
  test.concurrent.each(BODIES)('%s', run);
});
describe('an upstream response with interim responses:', () => {
  test.concurrent.each(INTERIM)('%s', run);
});
describe('a valid but unusual upstream response', () => {
  test.concurrent.each(SOUND)('%s', run);
});
