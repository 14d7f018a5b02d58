import { gzipSync } from 'node:zlib';
import { describe, test } from 'vitest';
import type { UpstreamErrorCode } from '../../src/errors.ts';
import { MAX_ATTEMPTS } from '../../src/upstream/resilience/retry.ts';
import type { Treatment } from './front.ts';
import { answerText, FOREIGN_PAGE, headText } from './http-text.ts';
import { type FaultCase, runCase } from './run-case.ts';
import { WORDS } from './upstream-words.ts';

const BAD = 'UPSTREAM_BAD_RESPONSE';
const AWAY = 'UPSTREAM_UNAVAILABLE';
const SLOW = 'UPSTREAM_TIMEOUT';

type Row = [
  title: string,
  treatment: Treatment,
  code: UpstreamErrorCode | undefined,
  tries: FaultCase['tries'],
];

/** Bytes, and the connection stays open. */
const says =
  (...parts: (string | Buffer)[]): Treatment =>
  ({ socket }) => {
    for (const part of parts) socket.write(part);
  };

/** Bytes, and the end of the connection. */
const ends =
  (...parts: (string | Buffer)[]): Treatment =>
  ({ socket }) => {
    for (const part of parts) socket.write(part);
    socket.end();
  };

const CUT_GZIP = gzipSync(FOREIGN_PAGE).subarray(0, 40);

const NO_HTTP: Row[] = [
  ['words', ends(`${WORDS}\r\n\r\n`), BAD, 1],
  ['a status line of another world', ends('HTTP/9.9 fine\r\n\r\n'), BAD, 1],
  ['a status of four digits', ends('HTTP/1.1 2000 OK\r\ncontent-length: 0\r\n\r\n'), BAD, 1],
  ['an alert of TLS', ends(Buffer.from([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x28])), BAD, 1],
  ['the greeting of HTTP/2', ends(Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')), BAD, 1],
  ['zeros', ends(Buffer.alloc(1000)), BAD, 1],
  ['nothing, and the end', ends(), AWAY, MAX_ATTEMPTS],
  ['half a status line, and the end', ends('HTTP/1.1 20'), AWAY, MAX_ATTEMPTS],
  ['half a header, and the end', ends('HTTP/1.1 200 OK\r\ncontent-le'), AWAY, MAX_ATTEMPTS],
  ['half a header, and nothing more', says('HTTP/1.1 200 OK\r\ncontent-le'), SLOW, 1],
];

const HEADERS: Row[] = [
  ['a flood of headers', ends(headText({ 'x-flood': 'x'.repeat(200_000) })), BAD, 1],
  ['many headers', ends(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(50_000)}\r\n`), BAD, 1],
  ['a header a moment, without end', dribbledHeaders, SLOW, 1],
  ['a header without a name', ends('HTTP/1.1 200 OK\r\n: x\r\n\r\n'), BAD, 1],
  ['a zero in a header', ends(`HTTP/1.1 200 OK\r\nx: \0${WORDS}\r\n\r\n`), BAD, 1],
  ['two lengths', ends(headText({ 'content-length': '5\r\ncontent-length: 7' }), WORDS), BAD, 1],
  ['no number for a length', ends(headText({ 'content-length': WORDS }), WORDS), BAD, 1],
  ['a negative length', ends(headText({ 'content-length': -1 })), BAD, 1],
  [
    'a length and chunks at once',
    ends(headText({ 'content-length': 5, 'transfer-encoding': 'chunked' }), '5\r\nwords\r\n0\r\n\r\n'),
    BAD,
    1,
  ],
];

const BODIES: Row[] = [
  ['that ends too soon', ends(headText({ 'content-length': 900 }), '{"Success":'), BAD, MAX_ATTEMPTS],
  ['that stops too soon', says(headText({ 'content-length': 900 }), '{"Success":'), SLOW, 1],
  ['longer than said', says(headText({ 'content-length': 10 }), FOREIGN_PAGE), BAD, 1],
  ['followed by an answer nobody asked for', says(answerText('{}'), answerText(FOREIGN_PAGE)), BAD, 1],
  ['with a bad chunk', says(headText({ 'transfer-encoding': 'chunked' }), 'zz\r\n{}\r\n0\r\n\r\n'), BAD, 1],
  ['cut between chunks', ends(headText({ 'transfer-encoding': 'chunked' }), '1\r\n{\r\n'), BAD, MAX_ATTEMPTS],
  ['without end to its chunks', says(headText({ 'transfer-encoding': 'chunked' }), '1\r\n{\r\n'), SLOW, 1],
  [
    'in a chunk of 16 exabytes',
    says(headText({ 'transfer-encoding': 'chunked' }), 'fffffffffffffffff\r\n'),
    BAD,
    1,
  ],
  ['said to be gzip and not it', says(answerText(FOREIGN_PAGE, { 'content-encoding': 'gzip' })), BAD, 1],
  ['cut in its gzip', says(answerText(CUT_GZIP, { 'content-encoding': 'gzip' })), BAD, 1],
  [
    'in gzip that grows without end',
    says(answerText(gzipSync(Buffer.alloc(20_000_000, ' ')), { 'content-encoding': 'gzip' })),
    BAD,
    1,
  ],
  ['in zstd, though nobody asked', says(answerText(FOREIGN_PAGE, { 'content-encoding': 'zstd' })), BAD, 1],
  ['in UTF-16', says(answerText(Buffer.from(`\ufeff${FOREIGN_PAGE}`, 'utf16le'))), BAD, 1],
];

const SOUND: Row[] = [
  ['after a hint', hinted('103 Early Hints'), undefined, 1],
  ['after several hints', hinted('103 Early Hints', '102 Processing', '103 Early Hints'), undefined, 1],
  ['a little before the deadline', ({ pass }) => setTimeout(pass, 350), undefined, 1],
];

const INTERIM: Row[] = [
  [
    'to speak another protocol',
    says('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    BAD,
    1,
  ],
  ['for a body that was not announced', hinted('100 Continue'), BAD, 1],
  ['to wait, and nothing after it', says('HTTP/1.1 102 Processing\r\n\r\n'), SLOW, 1],
];

function dribbledHeaders({ socket }: Parameters<Treatment>[0]): void {
  socket.write('HTTP/1.1 200 OK\r\n');
  const timer = setInterval(() => socket.write('x: y\r\n'), 20);
  socket.once('close', () => clearInterval(timer));
}

function hinted(...interim: string[]): Treatment {
  return ({ socket, pass }) => {
    for (const status of interim) socket.write(`HTTP/1.1 ${status}\r\nlink: </${WORDS}>\r\n\r\n`);
    pass();
  };
}

const run = (title: string, treatment: Treatment, code: Row[2], tries: Row[3]) =>
  runCase({
    title,
    begin({ front }) {
      front.treatment = treatment;
      return () => {
        front.treatment = undefined;
      };
    },
    code,
    tries,
  });

describe('instead of HTTP:', () => {
  test.concurrent.each(NO_HTTP)('%s', run);
});
describe('the headers:', () => {
  test.concurrent.each(HEADERS)('%s', run);
});
describe('a body', () => {
  test.concurrent.each(BODIES)('%s', run);
});
describe('asked', () => {
  test.concurrent.each(INTERIM)('%s', run);
});
describe('nobody notices an answer', () => {
  test.concurrent.each(SOUND)('%s', run);
});
