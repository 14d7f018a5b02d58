import { fc } from '../../runs.ts';

const mediaRange = fc
  .tuple(
    fc.constantFrom(
      'application/json',
      'application/graphql-response+json',
      '*/*',
      'text/html',
      'text/event-stream',
      'multipart/mixed',
      'application/x-www-form-urlencoded',
      'application/graphql',
      'multipart/form-data',
      'text/plain',
      'application',
      '/',
      ';',
      '',
    ),
    fc.constantFrom(
      '',
      '; charset=utf-8',
      ';charset=UTF-16',
      '; charset="utf-8"',
      ';q=0',
      ';q=nan',
      '; boundary=x',
      ';;',
      '; charset',
    ),
  )
  .map((parts) => parts.join(''));

/** A header line that a client may send, valid or not. */
export const headerLine: fc.Arbitrary<string> = fc.oneof(
  mediaRange.map((value) => `content-type: ${value}`),
  fc.array(mediaRange, { maxLength: 4 }).map((values) => `accept: ${values.join(', ')}`),
  fc
    .constantFrom('0', '1', '5', '99999999', '-1', '1e3', '0x10', '10, 10', '')
    .map((value) => `content-length: ${value}`),
  fc.constantFrom('gzip', 'br', 'identity', 'x').map((value) => `content-encoding: ${value}`),
  fc.constantFrom('100-continue', 'other').map((value) => `expect: ${value}`),
  fc.constantFrom('"x"', '*', 'W/"x", ,', '"'.repeat(3000)).map((value) => `if-none-match: ${value}`),
  fc.constantFrom('no-cache', 'no-store, max-age=x', ',').map((value) => `cache-control: ${value}`),
  fc
    .constantFrom('https://app.example.com', 'null', 'https://evil.example', '')
    .map((value) => `origin: ${value}`),
  fc.constantFrom('a'.repeat(65), '<script>', '../..', '{}').map((value) => `x-request-id: ${value}`),
  fc.constantFrom('Bearer x', 'Bearer', 'Basic Og==', '').map((value) => `authorization: ${value}`),
  fc.constantFrom('', 'x', 'ä').map((value) => `x-api-key: ${value}`),
  fc.constantFrom('1', '2', 'x').map((value) => `x-cost: ${value}`),
  fc.constantFrom('h2c', 'websocket').map((value) => `connection: upgrade\r\nupgrade: ${value}`),
  fc.constantFrom('close', 'keep-alive', 'x').map((value) => `connection: ${value}`),
  fc
    .tuple(fc.string({ unit: 'binary-ascii', maxLength: 20 }), fc.string({ unit: 'binary', maxLength: 50 }))
    .map(([name, value]) => `${name}: ${value}`),
  fc.constant(`x-long: ${'y'.repeat(20_000)}`),
);
