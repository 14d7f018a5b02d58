import { describe, expect, test } from 'vitest';
import { startGateway } from '../gateway-under-test.ts';
import { metricsOf } from './metrics-of.ts';
import { startReceiver } from './otlp-receiver.ts';

const QUERY = 'query Q { __typename }';

/** So that no retry fits in: the first comes after about a second. */
const NO_RETRIES = { OTEL_EXPORTER_OTLP_TIMEOUT: '300' };

/** So long that nothing is sent before the end. */
const LATE = { OTEL_BSP_SCHEDULE_DELAY: '86400000' };

type Lines = readonly Record<string, unknown>[];

/** What the log says of sending. */
const said = (logged: Lines) =>
  logged.filter(({ msg }) => String(msg).startsWith('traces')).map(({ msg, reason }) => [msg, reason]);

const lost = (reason: string) => ['traces cannot be sent; some are lost', reason];

describe('a collector that is away', () => {
  test('is logged once, delays no response, and gets the spans that are made when it is back', async () => {
    const { endpoint, ...gone } = await startReceiver();
    await gone[Symbol.asyncDispose]();
    await using gateway = await startGateway({ gateway: { otlpEndpoint: endpoint, otel: NO_RETRIES } });
    const dropped = async () =>
      (await metricsOf(gateway.origin)).sum('trace_spans_total', { outcome: 'dropped' });
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
      .toEqual([lost('ECONNREFUSED'), ['traces are sent again', undefined]]);
    expect((await metricsOf(gateway.origin)).lines('trace_spans_total')).toEqual([
      'trace_spans_total{outcome="sent"} 2',
      'trace_spans_total{outcome="dropped"} 6',
    ]);
  });
});

describe('a collector that does not accept spans', () => {
  test('because it is busy is asked again', async () => {
    await using receiver = await startReceiver();
    receiver.status = 503;
    await using gateway = await startGateway({ gateway: { otlpEndpoint: receiver.endpoint } });
    await gateway.ask(QUERY);
    await expect.poll(() => receiver.requests.length).toBeGreaterThan(0);
    receiver.status = 200;
    expect(await receiver.named('query Q')).toHaveLength(1);
    expect(said(gateway.logged)).toEqual([]);
  });

  test('for good is not asked for the same again, and the lost spans are counted', async () => {
    await using receiver = await startReceiver();
    receiver.status = 400;
    await using gateway = await startGateway({ gateway: { otlpEndpoint: receiver.endpoint } });
    await gateway.ask(QUERY);
    await expect
      .poll(async () => (await metricsOf(gateway.origin)).sum('trace_spans_total', { outcome: 'dropped' }))
      .toBe(2);
    receiver.status = 200;
    await gateway.ask('query Next { __typename }');
    await receiver.named('query Next');
    expect(receiver.spans).toHaveLength(2);
    await expect
      .poll(() => said(gateway.logged))
      .toEqual([lost('HTTP 400'), ['traces are sent again', undefined]]);
  });

  test('and hangs makes no more spans wait than the queue may hold; the others are counted', async () => {
    await using receiver = await startReceiver();
    receiver.status = 'hang';
    const otel = { ...LATE, OTEL_BSP_MAX_QUEUE_SIZE: '10', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '10' };
    await using gateway = await startGateway({ gateway: { otlpEndpoint: receiver.endpoint, otel } });
    // Two spans each: ten are being sent, ten wait, and ten are too many.
    for (let request = 0; request < 15; request++) await gateway.ask(QUERY);
    await expect
      .poll(async () => (await metricsOf(gateway.origin)).lines('trace_spans_total'))
      .toEqual(['trace_spans_total{outcome="dropped"} 10']);
    expect(receiver.requests).toHaveLength(1);
  });
});

describe('the end of a gateway', () => {
  test('sends the spans that wait', async () => {
    await using receiver = await startReceiver();
    const gateway = await startGateway({ gateway: { otlpEndpoint: receiver.endpoint, otel: LATE } });
    for (let index = 0; index < 20; index++) await gateway.ask(QUERY);
    expect(receiver.spans).toHaveLength(0);
    await gateway[Symbol.asyncDispose]();
    expect(receiver.spans).toHaveLength(40);
  });

  test('does not wait for a collector that hangs', async () => {
    await using receiver = await startReceiver();
    receiver.status = 'hang';
    const day = '86400000';
    const otel = { ...LATE, OTEL_EXPORTER_OTLP_TIMEOUT: day, OTEL_BSP_EXPORT_TIMEOUT: day };
    const gateway = await startGateway({ gateway: { otlpEndpoint: receiver.endpoint, otel } });
    await gateway.ask(QUERY);
    // Would take a day.
    await gateway[Symbol.asyncDispose]();
    expect(receiver.requests).toHaveLength(1);
  });
});

test('a message of the SDK is a line of the log', async () => {
  await using receiver = await startReceiver();
  await using gateway = await startGateway({
    gateway: { otlpEndpoint: receiver.endpoint, otel: { OTEL_BSP_MAX_QUEUE_SIZE: '100' } },
  });
  const lines = gateway.logged.filter(({ source }) => source === 'OpenTelemetry');
  expect(lines).toEqual([
    expect.objectContaining({
      level: 40,
      msg: expect.stringMatching(/^BatchSpanProcessor: maxExportBatchSize must/),
    }),
  ]);
});
