import { describe, expect, test } from 'vitest';
import { hashApiKey } from '../../src/auth/api-key.ts';
import { startTrusting } from '../documents/trusted.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { askJobs, call } from '../server/call.ts';
import { metricsOf } from './metrics-of.ts';

const KEY = 'key-of-a-client-0123456789';
const WITH_KEY = { 'x-api-key': KEY };
const auth = { apiKeys: [hashApiKey('web', KEY)], jwt: undefined };

/** Rejections by reason, once there are this many. */
async function refusals(gateway: GatewayUnderTest, count: number, headers = {}): Promise<string[]> {
  const metrics = () => metricsOf(gateway.origin, headers);
  await expect.poll(async () => (await metrics()).sum('voicejobs_http_requests_rejected_total')).toBe(count);
  return (await metrics())
    .lines('voicejobs_http_requests_rejected_total')
    .map((line) => line.replace(/^.*reason="(\w+)"} /, '$1 '))
    .sort();
}

describe('voicejobs_http_requests_rejected_total counts by reason', () => {
  test('missing and wrong credentials', async () => {
    await using gateway = await startGateway({ gateway: { auth } });
    await askJobs(gateway.origin);
    await call(`${gateway.origin}/metrics`);
    await askJobs(gateway.origin, { 'x-api-key': 'another-key-0123456789' });
    await askJobs(gateway.origin, WITH_KEY);
    expect(await refusals(gateway, 3, WITH_KEY)).toEqual(['bad_key 1', 'no_credential 2']);
    // The request for metrics is not a GraphQL request.
    expect((await metricsOf(gateway.origin, WITH_KEY)).sum('voicejobs_graphql_requests_total')).toBe(3);
  });

  test('requests above the rate limit', async () => {
    await using gateway = await startGateway({ gateway: { auth, limits: { requestsPerMinute: 2 } } });
    for (let time = 0; time < 5; time++) await askJobs(gateway.origin, WITH_KEY);
    expect(await refusals(gateway, 3, WITH_KEY)).toEqual(['rate_limit 3']);
    const metrics = await metricsOf(gateway.origin, WITH_KEY);
    expect(metrics.sum('voicejobs_graphql_requests_total', { code: 'RATE_LIMITED' })).toBe(3);
  });

  test('wrong credentials as such, even if the rate limit rejects them', async () => {
    await using gateway = await startGateway({ gateway: { auth, limits: { requestsPerMinute: 2 } } });
    for (let time = 0; time < 5; time++)
      await askJobs(gateway.origin, { 'x-api-key': 'another-key-0123456789' });
    await askJobs(gateway.origin);
    expect(await refusals(gateway, 6, WITH_KEY)).toEqual(['bad_key 5', 'rate_limit 1']);
  });

  test('operations over the cost limit, and bodies that are not JSON or too long', async () => {
    await using gateway = await startGateway({
      gateway: { limits: { depth: 3, complexity: 50, bodyBytes: 2000 } },
    });
    await gateway.ask('{ customizedVoiceJobs { edges { node { jobId } } } }');
    await gateway.ask('query Dear { customizedVoiceJobs(first: 100) { nodes { jobId } } }');
    await askJobs(gateway.origin, { 'content-type': 'text/plain' });
    await askJobs(gateway.origin, {}, { body: 'x'.repeat(3000) });
    expect(await refusals(gateway, 4)).toEqual(['body_too_large 1', 'not_json 1', 'too_complex 2']);
    const metrics = await metricsOf(gateway.origin);
    expect(metrics.lines('voicejobs_graphql_requests_total').sort()).toEqual([
      'voicejobs_graphql_requests_total{operation="Dear",code="OPERATION_TOO_COMPLEX"} 1',
      'voicejobs_graphql_requests_total{operation="none",code="BAD_REQUEST"} 2',
      'voicejobs_graphql_requests_total{operation="none",code="OPERATION_TOO_COMPLEX"} 1',
    ]);
  });

  test('untrusted documents', async () => {
    await using gateway = await startTrusting('only');
    await askJobs(gateway.origin);
    expect(await refusals(gateway, 1)).toEqual(['untrusted_document 1']);
  });

  test('neither malformed requests nor a failing upstream', async () => {
    await using gateway = await startGateway();
    gateway.emulator.fault({ kind: 'notSuccess' });
    await askJobs(gateway.origin);
    await gateway.ask('{ nothing }');
    await call(`${gateway.origin}/nowhere`);
    await expect
      .poll(async () => (await metricsOf(gateway.origin)).sum('voicejobs_http_requests_total'))
      .toBe(3);
    expect((await metricsOf(gateway.origin)).lines('voicejobs_http_requests_rejected_total')).toEqual([]);
  });
});

describe('/metrics', () => {
  test('requires a credential if authentication is on', async () => {
    await using gateway = await startGateway({ gateway: { auth } });
    for (const headers of [{}, { 'x-api-key': 'another-key-0123456789' }] as Record<string, string>[]) {
      const { status, text } = await call(`${gateway.origin}/metrics`, { headers });
      expect(status).toBe(401);
      expect(text).not.toContain('_total');
    }
    expect((await metricsOf(gateway.origin, WITH_KEY)).text).toContain('voicejobs_http_requests_total');
  });

  test('contains the metrics of its own gateway and those of the process', async () => {
    await using one = await startGateway();
    await using other = await startGateway();
    await askJobs(one.origin);
    await expect
      .poll(async () =>
        (await metricsOf(one.origin)).sum('voicejobs_http_requests_total', { path: '/graphql' }),
      )
      .toBe(1);
    const metrics = await metricsOf(other.origin);
    expect(metrics.sum('voicejobs_http_requests_total', { path: '/graphql' })).toBe(0);
    for (const name of [
      'process_resident_memory_bytes',
      'process_cpu_seconds_total',
      'process_start_time_seconds',
      'process_open_fds',
      'nodejs_heap_size_used_bytes',
      'nodejs_eventloop_lag_p99_seconds',
    ])
      expect(metrics.lines(name), name).toHaveLength(1);
    expect(metrics.sum('process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
  });
});
