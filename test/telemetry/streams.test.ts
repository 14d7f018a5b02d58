import { describe, expect, test } from 'vitest';
import { startGateway } from '../gateway-under-test.ts';
import { open, subscribeTo } from '../live/raw-socket.ts';
import { subscribe } from '../live/read-events.ts';
import { metricsOf } from './metrics-of.ts';
import { type OtlpReceiver, startReceiver } from './otlp-receiver.ts';

const query = 'subscription Watch($jobId: ID!) { customizedVoiceJobStatusChanged(jobId: $jobId) { status } }';
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

async function all<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const found: Value[] = [];
  for await (const value of values) found.push(value);
  return found;
}

/** A gateway with one finished and one running job. */
async function start(receiver?: OtlpReceiver) {
  const gateway = await startGateway({ gateway: { otlpEndpoint: receiver?.endpoint } });
  const jobs = gateway.emulator.list('Basic');
  const idWith = (isDone: boolean) =>
    String(jobs.find(({ Status }) => /Success|Fail/.test(String(Status)) === isDone)?.JobId);
  return Object.assign(gateway, { done: idWith(true), running: idWith(false) });
}

describe('telemetry of a subscription over server-sent events', () => {
  test('counts a request by operation name, without its duration', async () => {
    await using gateway = await start();
    const events = subscribe(`${gateway.origin}/graphql`, { query, variables: { jobId: gateway.done } });
    expect(await all(events)).toHaveLength(1);
    await expect
      .poll(async () => (await metricsOf(gateway.origin)).lines('voicejobs_graphql_requests_total'))
      .toEqual(['voicejobs_graphql_requests_total{operation="Watch",code="OK"} 1']);
    const metrics = await metricsOf(gateway.origin);
    expect(metrics.sum('voicejobs_http_requests_total', { path: '/graphql' })).toBe(1);
    expect(metrics.sum('voicejobs_http_request_duration_seconds_count', { path: '/graphql' })).toBe(0);
    expect(gateway.logged.find(({ msg }) => msg === 'request')).toMatchObject({
      operation: 'Watch',
      code: 'OK',
    });
  });

  test('counts it as open while it has a subscriber', async () => {
    await using gateway = await start();
    const leave = new AbortController();
    const events = subscribe(
      `${gateway.origin}/graphql`,
      { query, variables: { jobId: gateway.running } },
      { signal: leave.signal },
    );
    await events.next();
    expect((await metricsOf(gateway.origin)).sum('voicejobs_graphql_subscriptions')).toBe(1);
    leave.abort();
    await expect
      .poll(async () => (await metricsOf(gateway.origin)).sum('voicejobs_graphql_subscriptions'))
      .toBe(0);
  });

  test('has a trace from start to end, with the read of its first state', async () => {
    await using receiver = await startReceiver();
    await using gateway = await start(receiver);
    const events = subscribe(
      `${gateway.origin}/graphql`,
      { query, variables: { jobId: gateway.done } },
      { headers: { traceparent: TRACEPARENT } },
    );
    await all(events);
    const [operation] = await receiver.named('subscription Watch');
    const [http] = await receiver.named('POST /graphql');
    expect(operation?.parentSpanId).toBe(http?.spanId);
    expect(receiver.childrenOf(operation as never).map(({ name }) => name)).toEqual([
      'GetCustomizedVoiceJob',
    ]);
    expect(new Set(receiver.spans.map(({ traceId }) => traceId))).toEqual(
      new Set([TRACEPARENT.slice(3, 35)]),
    );
  });
});

describe('telemetry of a subscription over WebSocket', () => {
  test('counts it by operation name, and a rejected one by code', async () => {
    await using gateway = await start();
    const peer = await open(gateway.origin);
    peer.say({ type: 'connection_init' });
    await expect.poll(() => peer.received).toHaveLength(1);
    peer.say(subscribeTo(gateway.running, '1', query));
    peer.say(subscribeTo(gateway.running, '2', 'subscription Bad { nothing }'));
    await expect
      .poll(async () => (await metricsOf(gateway.origin)).lines('voicejobs_graphql_requests_total').sort())
      .toEqual([
        'voicejobs_graphql_requests_total{operation="Watch",code="OK"} 1',
        'voicejobs_graphql_requests_total{operation="none",code="GRAPHQL_VALIDATION_FAILED"} 1',
      ]);
    peer.socket.close();
    await peer.closed;
    await expect
      .poll(async () =>
        (await metricsOf(gateway.origin)).sum('voicejobs_http_requests_total', { status: '101' }),
      )
      .toBe(1);
    expect(
      (await metricsOf(gateway.origin)).sum('voicejobs_http_request_duration_seconds_count', {
        path: '/graphql',
      }),
    ).toBe(0);
  });
});
