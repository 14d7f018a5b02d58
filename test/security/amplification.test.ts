import { connect } from 'node:net';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { askWithCost } from '../limits/told.ts';

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** Sends bytes on a new connection. @returns everything received until the gateway closes it */
function exchange(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(gateway.origin).port), '127.0.0.1');
    let received = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(received));
    socket.write(text);
  });
}

/** Maximum size of a response beyond that of its request, in bytes: the usual headers and a sentence. */
const MAX_EXTRA_BYTES = 2000;

const QUERY = '{ __typename }';
const REQUESTS = [
  ['a query by GET', 'GET', `/graphql?query=${encodeURIComponent(QUERY)}`, ''],
  ['a query by POST', 'POST', '/graphql', JSON.stringify({ query: QUERY })],
  ['a query of the subgraph', 'POST', '/subgraph', JSON.stringify({ query: QUERY })],
  ['an invalid query', 'POST', '/graphql', JSON.stringify({ query: '{ x }' })],
  [
    'a subscription',
    'POST',
    '/graphql',
    JSON.stringify({ query: 'subscription { customizedVoiceJobStatusChanged(jobId: "x") { jobId } }' }),
  ],
  ['the health check', 'GET', '/health', ''],
] as const;

/** Contents of long headers: empty list elements, separators, and names. */
const HEADER_CONTENTS = [',', ' ,', ';,', 'q,', '*,', 'a/b,', 'x', '"', 'a=b;', '\t'];

describe.each(REQUESTS)('%s', (_, method, target, body) => {
  test.each([
    'accept',
    'accept-encoding',
    'origin',
    'if-none-match',
    'traceparent',
    'x-request-id',
    'cache-control',
  ])('gets a response no longer than the request if its %s header is long', async (header) => {
    for (const fill of HEADER_CONTENTS) {
      const request = [
        `${method} ${target} HTTP/1.1`,
        'host: localhost',
        'content-type: application/json',
        `content-length: ${Buffer.byteLength(body)}`,
        'connection: close',
        `${header}: ${fill.repeat(15_000 / fill.length)}`,
        '',
        body,
      ].join('\r\n');
      const response = await exchange(request);
      expect([fill, response.startsWith('HTTP/1.1 ')]).toEqual([fill, true]);
      expect([fill, Math.max(0, response.length - request.length - MAX_EXTRA_BYTES)]).toEqual([fill, 0]);
    }
  });
});

/** CPU time of client and server in milliseconds: the minimum of several runs, because a machine may stall. */
async function leastCpuMs(run: () => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let runs = 0; runs < 4; runs++) {
    const before = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

test('a body in chunks of one byte takes CPU time linear in the number of chunks', async () => {
  const chunked = (count: number) =>
    [
      'POST /graphql HTTP/1.1',
      'host: localhost',
      'content-type: application/json',
      'connection: close',
      'transfer-encoding: chunked',
      '',
      `${'1\r\n \r\n'.repeat(count)}0\r\n\r\n`,
    ].join('\r\n');
  const [few, many] = [chunked(12_000), chunked(96_000)];
  await exchange(many);
  const ratio = (await leastCpuMs(() => exchange(many))) / (await leastCpuMs(() => exchange(few)));
  // 8 if linear, 64 if quadratic.
  expect(ratio).toBeLessThan(20);
});

test.each([
  ['/graphql', '__schema { types { name } }'],
  ['/graphql', '__type(name: "Query") { name }'],
  ['/subgraph', '_service { sdl }'],
])('many aliases of the schema at %s cost points, a single one does not: %s', async (path, field) => {
  const query = (count: number) =>
    `{ ${Array.from({ length: count }, (_, index) => `a${index}: ${field}`).join(' ')} }`;
  const once = await askWithCost(gateway, { query: query(1) }, {}, path);
  expect(once.extensions?.cost.complexity).toBeLessThanOrEqual(2);
  const often = await askWithCost(gateway, { query: query(30) }, {}, path);
  expect(often.errors?.[0]?.extensions.code).toBe('OPERATION_TOO_COMPLEX');
});
