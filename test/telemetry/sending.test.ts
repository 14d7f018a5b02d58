import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { startGateway } from '../gateway-under-test.ts';
import { metricsOf } from './metrics-of.ts';
import { startReceiver } from './otlp-receiver.ts';

const QUERY = 'query Q { __typename }';

/** Too short for a retry: the first comes after about a second. */
const NO_RETRIES = { OTEL_EXPORTER_OTLP_TIMEOUT: '300' };

/** Too long for an export before the end. */
const NO_PERIODIC_EXPORT = { OTEL_BSP_SCHEDULE_DELAY: '86400000' };

type Lines = readonly Record<string, unknown>[];

/** Log lines about exports. */
const said = (logged: Lines) =>
  logged.filter(({ msg }) => String(msg).startsWith('trace ')).map(({ msg, reason }) => [msg, reason]);

const lost = (reason: string) => ['trace spans could not be exported and were dropped', reason];

describe('an unreachable collector', () => {
  test('is logged once, delays no response, and gets spans again when it is back', async () => {
    const { endpoint, ...gone } = await startReceiver();
    await gone[Symbol.asyncDispose]();
    await using gateway = await startGateway({ gateway: { otlpEndpoint: endpoint, otel: NO_RETRIES } });
    const dropped = async () =>
      (await metricsOf(gateway.origin)).sum('voicejobs_trace_spans_total', { outcome: 'dropped' });
    for (let round = 1; round <= 3; round++) {
      expect((await gateway.ask(QUERY)).errors).toBeUndefined();
      await expect.poll(dropped).toBe(2 * round);
    }
    expect(said(gateway.logged)).toEqual([lost('ECONNREFUSED')]);
    await using receiver = await startReceiver(Number(new URL(endpoint).port));
    await gateway.ask('query Back { __typename }');
    await receiver.named('query Back');
    await expect
      .poll(() => said(gateway.logged))
      .toEqual([lost('ECONNREFUSED'), ['trace export resumed', undefined]]);
    expect((await metricsOf(gateway.origin)).lines('voicejobs_trace_spans_total')).toEqual([
      'voicejobs_trace_spans_total{outcome="sent"} 2',
      'voicejobs_trace_spans_total{outcome="dropped"} 6',
    ]);
  });
});

describe('a collector that rejects spans', () => {
  test('because it is busy gets them again', async () => {
    await using receiver = await startReceiver();
    receiver.status = 503;
    await using gateway = await startGateway({ gateway: { otlpEndpoint: receiver.endpoint } });
    await gateway.ask(QUERY);
    await expect.poll(() => receiver.requests.length).toBeGreaterThan(0);
    receiver.status = 200;
    expect(await receiver.named('query Q')).toHaveLength(1);
    expect(said(gateway.logged)).toEqual([]);
  });

  test('permanently does not get them again, and they are counted as dropped', async () => {
    await using receiver = await startReceiver();
    receiver.status = 400;
    await using gateway = await startGateway({ gateway: { otlpEndpoint: receiver.endpoint } });
    await gateway.ask(QUERY);
    await expect
      .poll(async () =>
        (await metricsOf(gateway.origin)).sum('voicejobs_trace_spans_total', { outcome: 'dropped' }),
      )
      .toBe(2);
    receiver.status = 200;
    await gateway.ask('query Next { __typename }');
    await receiver.named('query Next');
    expect(receiver.spans).toHaveLength(2);
    await expect
      .poll(() => said(gateway.logged))
      .toEqual([lost('HTTP 400'), ['trace export resumed', undefined]]);
  });

  test('and hangs does not fill more than the queue; further spans are counted as dropped', async () => {
    await using receiver = await startReceiver();
    receiver.status = 'hang';
    const otel = {
      ...NO_PERIODIC_EXPORT,
      OTEL_BSP_MAX_QUEUE_SIZE: '10',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '10',
    };
    await using gateway = await startGateway({ gateway: { otlpEndpoint: receiver.endpoint, otel } });
    // Two spans each: ten are being sent, ten are queued, and ten are too many.
    for (let request = 0; request < 15; request++) await gateway.ask(QUERY);
    await expect
      .poll(async () => (await metricsOf(gateway.origin)).lines('voicejobs_trace_spans_total'))
      .toEqual(['voicejobs_trace_spans_total{outcome="dropped"} 10']);
    expect(receiver.requests).toHaveLength(1);
  });
});

describe('the end of a gateway', () => {
  test('flushes queued spans', async () => {
    await using receiver = await startReceiver();
    const gateway = await startGateway({
      gateway: { otlpEndpoint: receiver.endpoint, otel: NO_PERIODIC_EXPORT },
    });
    for (let index = 0; index < 20; index++) await gateway.ask(QUERY);
    expect(receiver.spans).toHaveLength(0);
    await gateway[Symbol.asyncDispose]();
    expect(receiver.spans).toHaveLength(40);
  });

  test('does not wait for a hanging collector', async () => {
    await using receiver = await startReceiver();
    receiver.status = 'hang';
    const day = '86400000';
    const otel = { ...NO_PERIODIC_EXPORT, OTEL_EXPORTER_OTLP_TIMEOUT: day, OTEL_BSP_EXPORT_TIMEOUT: day };
    const gateway = await startGateway({ gateway: { otlpEndpoint: receiver.endpoint, otel } });
    await gateway.ask(QUERY);
    // Would take a day.
    await gateway[Symbol.asyncDispose]();
    expect(receiver.requests).toHaveLength(1);
  });
});

test('a message of the OpenTelemetry SDK becomes a log line', async () => {
  await using receiver = await startReceiver();
  await using gateway = await startGateway({
    gateway: { otlpEndpoint: receiver.endpoint, otel: { OTEL_BSP_MAX_QUEUE_SIZE: '100' } },
  });
  const lines = gateway.logged.filter(({ source }) => source === 'OpenTelemetry');
  expect(lines).toEqual([
    expect.objectContaining({
      level: 40,
      msg: 'OpenTelemetry SDK message',
      detail: expect.stringMatching(/^BatchSpanProcessor: maxExportBatchSize must/),
    }),
  ]);
});

/** A protobuf field of bytes. */
const field = (number: number, bytes: Buffer) =>
  Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);

/** Response of a collector that rejects some spans. */
const PARTIAL_SUCCESS = {
  'http/protobuf': (rejectedSpans: number, errorMessage: string) =>
    field(1, Buffer.concat([Buffer.from([1 << 3, rejectedSpans]), field(2, Buffer.from(errorMessage))])),
  'http/json': (rejectedSpans: number, errorMessage: string) =>
    // 64-bit integers are strings in OTLP's JSON.
    Buffer.from(JSON.stringify({ partialSuccess: { rejectedSpans: String(rejectedSpans), errorMessage } })),
} as const;
type Protocol = keyof typeof PARTIAL_SUCCESS;

/** Sends the two spans of one request to a collector with a custom response, on a real socket. */
async function afterResponse(protocol: Protocol, status: number, phrase: string, body: Buffer) {
  const server = createServer(async (request, response) => {
    await buffer(request);
    // Node rejects control characters in a reason phrase; a collector may not use Node.
    response.socket?.end(
      Buffer.concat([
        Buffer.from(`HTTP/1.1 ${status} ${phrase}\r\ncontent-length: ${body.length}\r\n\r\n`, 'latin1'),
        body,
      ]),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const otlpEndpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const otel = { OTEL_EXPORTER_OTLP_PROTOCOL: protocol, OTEL_LOG_LEVEL: 'all' };
  const gateway = await startGateway({ gateway: { otlpEndpoint, otel } });
  await gateway.ask(QUERY);
  const counts = async () => (await metricsOf(gateway.origin)).lines('voicejobs_trace_spans_total');
  await expect.poll(async () => (await counts()).length).toBeGreaterThan(0);
  const lines = await counts();
  await gateway[Symbol.asyncDispose]();
  server.closeAllConnections();
  server.close();
  return { logged: gateway.logged, lines };
}

describe.each(['http/protobuf', 'http/json'] as const)('a collector over %s', (protocol) => {
  const secret = randomBytes(8).toString('hex');
  const words = `bad key ${secret}\u009b31m`;

  test.each([
    ['a partial success', 200, 'OK', PARTIAL_SUCCESS[protocol](1, words)],
    ['a partial success that rejects nothing', 200, 'OK', PARTIAL_SUCCESS[protocol](0, words)],
    ['a body that cannot be parsed', 200, 'OK', Buffer.from(words, 'latin1')],
    ['a reason phrase', 401, words, Buffer.from(words)],
    ['a reason phrase and no body', 400, words, Buffer.alloc(0)],
    ['the reason phrase of a redirect', 302, words, Buffer.from(words)],
  ])('that sends texts in %s has none of them in the log, at any level', async (_, ...response) => {
    const { logged } = await afterResponse(protocol, ...response);
    const text = JSON.stringify(logged);
    expect(text).not.toContain(secret);
    expect(text).not.toContain('bad key');
    expect(text).not.toContain('\u009b');
    for (const { msg, source } of logged)
      if (source === 'OpenTelemetry') expect(msg).toBe('OpenTelemetry SDK message');
  });

  test.each([
    [0, ['sent"} 2']],
    [1, ['sent"} 1', 'dropped"} 1']],
    [2, ['dropped"} 2']],
    // More than there were.
    [100, ['dropped"} 2']],
  ])(
    'that rejects %d of two spans in a partial success causes these to be counted as dropped',
    async (rejected, counted) => {
      const { lines, logged } = await afterResponse(
        protocol,
        200,
        'OK',
        PARTIAL_SUCCESS[protocol](rejected, 'no'),
      );
      const shown = lines.filter((line) => !line.endsWith(' 0'));
      expect(shown).toEqual(counted.map((end) => `voicejobs_trace_spans_total{outcome="${end}`));
      expect(said(logged)).toEqual(rejected === 0 ? [] : [lost('partial success')]);
    },
  );
});
