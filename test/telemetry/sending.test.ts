import { describe, expect, test } from 'vitest';
import { samplingOf } from '../../src/telemetry/trace/sampler.ts';
import { TraceSpan } from '../../src/telemetry/trace/span.ts';
import { SpanQueue, SpansNotTakenError } from '../../src/telemetry/trace/span-queue.ts';
import { startGateway } from '../gateway-under-test.ts';
import { metricsOf } from './metrics-of.ts';
import { startReceiver } from './otlp-receiver.ts';

const QUERY = 'query Q { __typename }';

/** Lines of the log about sending. */
const said = (logged: readonly Record<string, unknown>[]) =>
  logged.filter(({ msg }) => String(msg).startsWith('traces')).map(({ msg, reason }) => [msg, reason]);

describe('a collector that is away', () => {
  test('is noticed once, delays no answer, and gets all spans when it is back', async () => {
    const { endpoint, ...gone } = await startReceiver();
    await gone[Symbol.asyncDispose]();
    await using gateway = await startGateway({ gateway: { otlpEndpoint: endpoint } });
    for (let index = 0; index < 5; index++) expect((await gateway.ask(QUERY)).errors).toBeUndefined();
    await expect
      .poll(() => said(gateway.logged))
      .toEqual([['traces cannot be sent; some may be lost', 'ECONNREFUSED']]);
    await gateway.ask(QUERY);
    await using receiver = await startReceiver(Number(new URL(endpoint).port));
    expect(await receiver.named('query Q', 6)).toHaveLength(6);
    await expect.poll(() => said(gateway.logged)).toHaveLength(2);
    expect(said(gateway.logged)[1]).toEqual(['traces are sent again', undefined]);
    const metrics = await metricsOf(gateway.origin);
    expect(metrics.lines('trace_spans_total')).toEqual(['trace_spans_total{outcome="sent"} 12']);
  });
});

describe('a collector that refuses', () => {
  test('because it is busy is asked again', async () => {
    await using receiver = await startReceiver();
    receiver.status = 503;
    await using gateway = await startGateway({ gateway: { otlpEndpoint: receiver.endpoint } });
    await gateway.ask(QUERY);
    await expect
      .poll(() => said(gateway.logged))
      .toEqual([['traces cannot be sent; some may be lost', 'HTTP 503']]);
    receiver.status = 200;
    expect(await receiver.named('query Q')).toHaveLength(1);
  });

  test('for good is not asked for the same again, and what is lost is counted', async () => {
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
    await expect.poll(() => said(gateway.logged)).toHaveLength(2);
  });
});

describe('the end of a gateway', () => {
  test('sends what has not been sent', async () => {
    await using receiver = await startReceiver();
    const gateway = await startGateway({ gateway: { otlpEndpoint: receiver.endpoint } });
    for (let index = 0; index < 20; index++) await gateway.ask(QUERY);
    await gateway[Symbol.asyncDispose]();
    expect(receiver.spans).toHaveLength(40);
  });

  test('waits two seconds and no longer for a collector that hangs', async () => {
    await using receiver = await startReceiver();
    receiver.status = 'hang';
    const gateway = await startGateway({ gateway: { otlpEndpoint: receiver.endpoint } });
    await gateway.ask(QUERY);
    const endsAt = performance.now();
    await gateway[Symbol.asyncDispose]();
    expect(performance.now() - endsAt).toBeLessThan(4000);
    expect(receiver.requests).toHaveLength(1);
  });
});

test('the sampler of the configuration decides', async () => {
  await using receiver = await startReceiver();
  const gateway = await startGateway({
    gateway: { otlpEndpoint: receiver.endpoint, traceSampling: samplingOf('always_off', 1) },
  });
  await gateway.ask(QUERY);
  await gateway[Symbol.asyncDispose]();
  expect(receiver.requests).toEqual([]);
});

test('a path of the configured address stays before that of traces', async () => {
  await using receiver = await startReceiver();
  const gateway = await startGateway({ gateway: { otlpEndpoint: `${receiver.endpoint}/otel/` } });
  await gateway.ask(QUERY);
  await gateway[Symbol.asyncDispose]();
  expect(receiver.requests.map(({ path }) => path)).toEqual(['/otel/v1/traces']);
});

describe('spans that nobody takes', () => {
  const span = () =>
    new TraceSpan({ traceId: '1', traceState: '', epochMs: 0, report() {} }, undefined, 's', 'internal', {});

  test('wait up to a number, and past it the new ones are lost and counted', async () => {
    const queue = new SpanQueue(
      () => new Promise(() => {}),
      () => {},
    );
    for (let index = 0; index < 10_000; index++) queue.add(span());
    // 512 are being sent, 8192 wait.
    expect(queue.counts).toEqual({ sent: 0, dropped: 10_000 - 512 - 8192 });
  });

  test('are told of once, however many batches are refused', async () => {
    const told: (string | undefined)[] = [];
    const queue = new SpanQueue(
      async () => {
        throw new SpansNotTakenError('HTTP 400', false);
      },
      (problem) => told.push(problem),
    );
    for (let index = 0; index < 1200; index++) queue.add(span());
    await queue.close();
    expect(told).toEqual(['HTTP 400']);
    expect(queue.counts).toEqual({ sent: 0, dropped: 1200 });
  });

  test('go one batch after the other', async () => {
    const batches: number[] = [];
    let underWay = 0;
    const queue = new SpanQueue(
      async (spans) => {
        expect(++underWay).toBe(1);
        await new Promise((resolve) => setTimeout(resolve, 5));
        batches.push(spans.length);
        underWay--;
      },
      () => {},
    );
    for (let index = 0; index < 1200; index++) queue.add(span());
    await queue.close();
    expect(batches).toEqual([512, 512, 176]);
    expect(queue.counts).toEqual({ sent: 1200, dropped: 0 });
  });
});
