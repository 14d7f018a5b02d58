import { describe, expect, test } from 'vitest';
import type { Fault } from '../../emulator/faults.ts';
import { startGateway } from '../gateway-under-test.ts';
import { type Metrics, metricsOf } from './metrics-of.ts';

const CACHED = { gateway: { cache: { ttlMs: 60_000, staleIfErrorMs: 60_000 } } };

const UNAVAILABLE: Fault = { kind: 'error', status: 503, code: 'ServiceUnavailable' };

/** Requests are counted after their last byte was sent, possibly after the client has received it. */
const settled = (origin: string, isThere: (metrics: Metrics) => boolean) =>
  expect.poll(async () => isThere(await metricsOf(origin))).toBe(true);

describe('a hundred requests', () => {
  test('are counted as a hundred in every metric', async () => {
    await using gateway = await startGateway(CACHED);
    const ask = (query: string) => gateway.ask(query);
    await ask('query Page { customizedVoiceJobs { nodes { jobId } } }');
    await Promise.all([
      ...Array.from({ length: 59 }, () => ask('query Page { customizedVoiceJobs { nodes { jobId } } }')),
      ...Array.from({ length: 20 }, () => ask('{ customizedVoiceJobs(first: 5) { nodes { jobId } } }')),
      ...Array.from({ length: 10 }, () =>
        ask('query Wrong { customizedVoiceJobs(first: -1) { totalCount } }'),
      ),
      ...Array.from({ length: 10 }, () => ask('query Invalid { nothing }')),
    ]);
    await settled(gateway.origin, (metrics) => metrics.sum('voicejobs_graphql_requests_total') === 100);
    const metrics = await metricsOf(gateway.origin);
    expect(metrics.lines('voicejobs_graphql_requests_total').sort()).toEqual([
      'voicejobs_graphql_requests_total{operation="Page",code="OK"} 60',
      'voicejobs_graphql_requests_total{operation="Wrong",code="BAD_USER_INPUT"} 10',
      'voicejobs_graphql_requests_total{operation="anonymous",code="OK"} 20',
      'voicejobs_graphql_requests_total{operation="none",code="GRAPHQL_VALIDATION_FAILED"} 10',
    ]);
    expect(metrics.sum('voicejobs_http_requests_total', { path: '/graphql' })).toBe(100);
    expect(metrics.sum('voicejobs_http_request_duration_seconds_count', { path: '/graphql' })).toBe(100);
    expect(metrics.sum('voicejobs_graphql_responses_total')).toBe(100);
    expect(metrics.sum('voicejobs_graphql_responses_total', { result: 'cached' })).toBeGreaterThan(0);
    expect(metrics.sum('voicejobs_graphql_responses_total', { result: 'rejected' })).toBe(10);
    expect(metrics.sum('voicejobs_upstream_calls_total')).toBe(gateway.emulator.calls.length);
  });

  test('that are rejected before execution are counted as rejected, whatever the reason', async () => {
    await using gateway = await startGateway({ gateway: { limits: { bodyBytes: 1000 } } });
    const send = (path: string, init: RequestInit = {}) => fetch(gateway.origin + path, init);
    const post = (body: string, type = 'application/json') =>
      send('/graphql', { method: 'POST', body, headers: { 'content-type': type } });
    const statuses = await Promise.all([
      post('{}', 'text/plain'),
      post('{ not json'),
      post(JSON.stringify({ query: ' '.repeat(2000) })),
      post(JSON.stringify({ query: '{ customizedVoiceJobs' })),
      post(JSON.stringify({ query: '{ nothing }' })),
      send('/graphql?query={__typename}&variables=[', { headers: { accept: 'application/json' } }),
      send('/graphql', { method: 'PUT' }),
      send('/graphql?query={__typename}', { headers: { accept: 'image/png' } }),
    ]);
    expect(statuses.map(({ ok }) => ok).filter(Boolean).length).toBeLessThan(statuses.length);
    await settled(
      gateway.origin,
      (metrics) => metrics.sum('voicejobs_graphql_responses_total') === statuses.length,
    );
    const metrics = await metricsOf(gateway.origin);
    expect(metrics.sum('voicejobs_graphql_responses_total', { result: 'rejected' })).toBe(statuses.length);
    expect(gateway.emulator.calls).toHaveLength(0);
    await gateway.ask('{ customizedVoiceJobs { totalCount } }');
    const executed = (of: Metrics) =>
      of.sum('voicejobs_graphql_responses_total', { result: 'executed' }) === 1;
    await settled(gateway.origin, executed);
  });

  test('have as many upstream attempts as the upstream received, each with its outcome', async () => {
    await using gateway = await startGateway();
    for (let index = 0; index < 100; index++) {
      if (index % 10 === 0) gateway.emulator.fault(UNAVAILABLE, { times: 1 });
      await gateway.ask('{ customizedVoiceJobs(first: 1) { totalCount } }');
    }
    const metrics = await metricsOf(gateway.origin);
    expect(gateway.emulator.calls.length).toBe(110);
    expect(metrics.lines('voicejobs_upstream_attempts_total').sort()).toEqual([
      'voicejobs_upstream_attempts_total{action="ListCustomizedVoiceJobs",outcome="OK",attempt="1"} 90',
      'voicejobs_upstream_attempts_total{action="ListCustomizedVoiceJobs",outcome="OK",attempt="2"} 10',
      'voicejobs_upstream_attempts_total{action="ListCustomizedVoiceJobs",outcome="UPSTREAM_UNAVAILABLE",attempt="1"} 10',
    ]);
    expect(metrics.lines('voicejobs_upstream_calls_total')).toEqual([
      'voicejobs_upstream_calls_total{action="ListCustomizedVoiceJobs",outcome="OK"} 100',
    ]);
    expect(metrics.sum('voicejobs_upstream_attempt_duration_seconds_count')).toBe(110);
    expect(metrics.sum('voicejobs_upstream_call_duration_seconds_count')).toBe(100);
    expect(metrics.sum('voicejobs_upstream_queue_wait_seconds_count')).toBe(110);
  });
});

test('counters used by alerts start at 0', async () => {
  await using gateway = await startGateway();
  const { text } = await metricsOf(gateway.origin);
  for (const series of [
    'voicejobs_graphql_requests_total{operation="none",code="INTERNAL_SERVER_ERROR"} 0',
    'voicejobs_upstream_circuit_breaker_trips_total 0',
    'voicejobs_upstream_rate_limit_decreases_total 0',
    'voicejobs_subscription_polling_paused 0',
  ])
    expect(text.split('\n'), series).toContain(series);
});

describe('voicejobs_cache_reads_total', () => {
  test('distinguishes misses, shared reads and hits of pages', async () => {
    await using gateway = await startGateway(CACHED);
    gateway.emulator.setLatencyMs(100);
    const page = (first: number) => `{ customizedVoiceJobs(first: ${first}) { nodes { jobId } } }`;
    await Promise.all([1, 2, 3, 4].map((first) => gateway.ask(page(first))));
    await gateway.ask(page(5));
    const metrics = await metricsOf(gateway.origin);
    expect(metrics.sum('voicejobs_cache_reads_total', { kind: 'page', result: 'miss' })).toBe(1);
    expect(metrics.sum('voicejobs_cache_reads_total', { kind: 'page', result: 'shared' })).toBe(3);
    expect(metrics.sum('voicejobs_cache_reads_total', { kind: 'page', result: 'hit' })).toBe(1);
  });

  test('distinguishes misses, shared reads and hits of jobs and totals', async () => {
    await using gateway = await startGateway(CACHED);
    const [first, second] = (await gateway.ask('{ customizedVoiceJobs { nodes { jobId } } }')).data
      .customizedVoiceJobs.nodes;
    await gateway.ask('{ customizedVoiceJobs { totalCount } }');
    await gateway.ask(`{ customizedVoiceJob(jobId: "${first.jobId}") { status } }`);
    await gateway.ask(`{ customizedVoiceJob(jobId: "${second.jobId}x") { status } }`);
    const metrics = await metricsOf(gateway.origin);
    expect(metrics.lines('voicejobs_cache_reads_total').sort()).toEqual([
      'voicejobs_cache_reads_total{kind="job",result="hit"} 1',
      'voicejobs_cache_reads_total{kind="job",result="miss"} 1',
      'voicejobs_cache_reads_total{kind="page",result="miss"} 1',
      'voicejobs_cache_reads_total{kind="total",result="hit"} 1',
    ]);
  });

  test('counts nothing without a cache', async () => {
    await using gateway = await startGateway();
    await gateway.ask('{ customizedVoiceJobs { nodes { jobId } } }');
    expect((await metricsOf(gateway.origin)).lines('voicejobs_cache_reads_total')).toEqual([]);
  });
});

describe('upstream state in the metrics', () => {
  test('shows the quota, and the rate after throttling', async () => {
    await using gateway = await startGateway({ gateway: { maxRequestsPerSecond: 40 } });
    const quota = async () => {
      const metrics = await metricsOf(gateway.origin);
      return [
        metrics.sum('voicejobs_upstream_rate_limit_configured_requests_per_second'),
        metrics.sum('voicejobs_upstream_rate_limit_requests_per_second'),
        metrics.sum('voicejobs_upstream_rate_limit_decreases_total'),
      ];
    };
    expect(await quota()).toEqual([40, 40, 0]);
    gateway.emulator.fault({ kind: 'error', status: 400, code: 'Throttling.User' }, { times: 1 });
    await gateway.ask('{ customizedVoiceJobs { totalCount } }');
    const [configured, present, slowed] = await quota();
    expect([configured, slowed]).toEqual([40, 1]);
    expect(present).toBeLessThan(40);
  });

  test('shows the circuit, and the number of queued calls', async () => {
    await using gateway = await startGateway({ gateway: { maxRequestsPerSecond: 1 } });
    gateway.emulator.setLatencyMs(300);
    const asked = Promise.all(
      [1, 2].map((first) => gateway.ask(`{ customizedVoiceJobs(first: ${first}) { nodes { jobId } } }`)),
    );
    await settled(gateway.origin, (metrics) => metrics.sum('voicejobs_upstream_queue_length') === 1);
    await asked;
    const metrics = await metricsOf(gateway.origin);
    expect(metrics.sum('voicejobs_upstream_queue_length')).toBe(0);
    expect(metrics.sum('voicejobs_upstream_queue_wait_seconds_count')).toBe(2);
    // The second one waits for the next second; the duration of the first depends on the machine.
    expect(metrics.sum('voicejobs_upstream_queue_wait_seconds_bucket', { le: '0.1' })).toBeLessThanOrEqual(1);
    expect(metrics.sum('voicejobs_upstream_circuit_breaker_state', { state: 'closed' })).toBe(1);
    expect(metrics.sum('voicejobs_upstream_circuit_breaker_state')).toBe(1);
  });

  test('shows an open circuit', async () => {
    await using gateway = await startGateway();
    gateway.emulator.fault({ kind: 'empty', status: 500 });
    for (let index = 0; index < 12; index++)
      await gateway.ask(`{ customizedVoiceJobs(first: ${index}) { totalCount } }`);
    const metrics = await metricsOf(gateway.origin);
    expect(metrics.sum('voicejobs_upstream_circuit_breaker_trips_total')).toBe(1);
    expect(metrics.sum('voicejobs_upstream_circuit_breaker_state', { state: 'open' })).toBe(1);
    expect(metrics.sum('voicejobs_upstream_circuit_breaker_state')).toBe(1);
  });
});

describe('durations in the metrics', () => {
  test('are in the correct bucket, and buckets are cumulative', async () => {
    await using gateway = await startGateway();
    gateway.emulator.setLatencyMs(120);
    await gateway.ask('{ customizedVoiceJobs { totalCount } }');
    await settled(
      gateway.origin,
      (found) => found.sum('voicejobs_http_request_duration_seconds_count') === 1,
    );
    const metrics = await metricsOf(gateway.origin);
    const buckets = metrics
      .lines('voicejobs_http_request_duration_seconds_bucket')
      .filter((line) => line.includes('"/graphql"'))
      .map((line) => [/le="([^"]+)"/.exec(line)?.[1], Number(line.split(' ').at(-1))] as const);
    const counts = buckets.map(([, count]) => count);
    expect(counts).toEqual([...counts].sort((one, other) => one - other));
    expect(counts.at(-1)).toBe(1);
    const seconds = metrics.sum('voicejobs_http_request_duration_seconds_sum', { path: '/graphql' });
    expect(seconds).toBeGreaterThanOrEqual(0.12);
    for (const [bound, count] of buckets)
      expect(count).toBe(seconds <= (bound === '+Inf' ? Infinity : Number(bound)) ? 1 : 0);
  });

  test('of the upstream are separate from waits for a slot', async () => {
    await using gateway = await startGateway({ gateway: { maxRequestsPerSecond: 1 } });
    await Promise.all(
      [1, 2].map((first) => gateway.ask(`{ customizedVoiceJobs(first: ${first}) { nodes { jobId } } }`)),
    );
    const metrics = await metricsOf(gateway.origin);
    expect(metrics.sum('voicejobs_upstream_call_duration_seconds_sum')).toBeGreaterThan(0.8);
    expect(metrics.sum('voicejobs_upstream_attempt_duration_seconds_sum')).toBeLessThan(0.8);
    expect(metrics.sum('voicejobs_upstream_queue_wait_seconds_sum')).toBeGreaterThan(0.8);
  });
});
