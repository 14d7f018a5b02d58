import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import pino from 'pino';
import { expect, test } from 'vitest';
import { RequestContext } from '../../src/server/http/request-context.ts';
import { RequestRecorder } from '../../src/server/record/request-recorder.ts';
import { MetricSet } from '../../src/telemetry/metric-set.ts';
import { startGateway } from '../gateway-under-test.ts';
import { askJobs, call } from './call.ts';

const seriesOf = (metrics: string) =>
  metrics
    .split('\n')
    .filter((line) => line.startsWith('voicejobs_http_requests_total{'))
    .sort();

test('requests are counted by path, status and client, cached responses included', async () => {
  await using gateway = await startGateway({ gateway: { cache: { ttlMs: 60_000, staleIfErrorMs: 0 } } });
  for (let time = 0; time < 3; time++) await askJobs(gateway.origin);
  await askJobs(gateway.origin, { accept: 'application/graphql-response+json' }, { body: '{' });
  await call(`${gateway.origin}/health`);
  await call(`${gateway.origin}/nowhere/${'x'.repeat(30)}`);
  await call(`${gateway.origin}/elsewhere`);
  const { text } = await call(`${gateway.origin}/metrics`);
  expect(seriesOf(text)).toEqual([
    'voicejobs_http_requests_total{path="/graphql",status="200",client="anonymous"} 3',
    'voicejobs_http_requests_total{path="/graphql",status="400",client="anonymous"} 1',
    'voicejobs_http_requests_total{path="/health",status="200",client="anonymous"} 1',
    'voicejobs_http_requests_total{path="other",status="404",client="anonymous"} 2',
  ]);
});

test('a request whose client leaves before the response is counted with status none', async () => {
  await using gateway = await startGateway();
  gateway.emulator.setLatencyMs(500);
  const left = new AbortController();
  const asked = fetch(`${gateway.origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"query":"{ customizedVoiceJobs { totalCount } }"}',
    signal: left.signal,
  });
  await expect.poll(() => gateway.emulator.inFlight).toBe(1);
  left.abort();
  await expect(asked).rejects.toThrow();
  await expect
    .poll(async () => seriesOf((await call(`${gateway.origin}/metrics`)).text))
    .toContain('voicejobs_http_requests_total{path="/graphql",status="none",client="anonymous"} 1');
});

test('the first hundred token clients have a series each, all others share one', async () => {
  const metrics = new MetricSet();
  const recorder = new RequestRecorder({
    clients: ['web'],
    operations: [],
    requiresCredentials: true,
    metrics,
    log: pino({ level: 'silent' }),
  });
  const record = (status: number, client?: string) => {
    const request = Object.assign(new IncomingMessage(new Socket()), { url: '/graphql' });
    const response = new ServerResponse(request).writeHead(status);
    const context = new RequestContext(request, response, undefined, () => '');
    context.auth = {
      client: client === undefined ? undefined : { name: client, id: client },
      failure: undefined,
    };
    recorder.record(context);
  };
  for (let index = 0; index < 300; index++) record(200, `client-${index}`);
  record(200, 'client-0');
  record(200, 'web');
  record(401);
  const series = seriesOf(await metrics.text());
  const timesOf = (name: string) =>
    Number(series.find((line) => line.includes(`client="${name}"`))?.split(' ')[1]);
  expect(series).toHaveLength(100 + 3);
  expect(timesOf('client-0')).toBe(2);
  expect(timesOf('client-99')).toBe(1);
  expect(timesOf('other')).toBe(200);
  expect(timesOf('web')).toBe(1);
  expect(timesOf('anonymous')).toBe(1);
});
