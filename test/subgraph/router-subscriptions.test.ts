import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { install } from '../../examples/install.ts';
import { hashApiKey } from '../../src/auth/api-key.ts';
import { type Answer, type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { subscribe } from '../live/read-events.ts';
import { startHiveGateway } from './hive-gateway.ts';

const KEY = randomBytes(18).toString('base64url');
const WRONG_KEY = randomBytes(18).toString('base64url');
const STATUS = `subscription ($jobId: ID!) {
  customizedVoiceJobStatusChanged(jobId: $jobId) { jobId status }
}`;

let gateway: GatewayUnderTest;
beforeAll(async () => {
  await install('federation');
  gateway = await startGateway({
    gateway: { auth: { apiKeys: [hashApiKey('router', KEY)], jwt: undefined } },
  });
}, 900_000);
afterAll(() => gateway?.[Symbol.asyncDispose]());

/** The documented configurations, one for each transport of subscriptions to the gateway. */
const ROUTERS = [
  ['the example, by server-sent events', 'example', {}, 'POST /subgraph 200'],
  ['the example, by WebSocket', 'example', { SUBSCRIPTIONS: 'websocket' }, 'GET /subgraph 101'],
  ['the Compose file', 'compose', {}, 'POST /subgraph 200'],
] as const;

async function start(configuration: 'example' | 'compose', env: Record<string, string>) {
  const router = await startHiveGateway(configuration, gateway.origin, env);
  onTestFinished(() => router[Symbol.asyncDispose]());
  gateway.logged.length = 0;
  return router;
}

const requests = () =>
  gateway.logged
    .filter(({ msg }) => msg === 'request')
    .map(({ method, path, status }) => `${method} ${path} ${status}`);

describe.each(ROUTERS)('Hive Gateway configured by %s', (_, configuration, env, request) => {
  test('passes each state of a job to the subscriber, then completes', async () => {
    const router = await start(configuration, { GATEWAY_API_KEY: KEY, ...env });
    const { JobId: jobId } = gateway.emulator.insert('Basic', { Status: 'Training' });
    const statuses: string[] = [];
    for await (const { data, errors } of subscribe<Answer>(router.url, {
      query: STATUS,
      variables: { jobId },
    })) {
      expect(errors).toBeUndefined();
      statuses.push(data.customizedVoiceJobStatusChanged.status);
      if (statuses.length === 1) gateway.emulator.change(jobId, { Status: 'Success' });
    }
    expect(statuses).toEqual(['TRAINING', 'SUCCESS']);
    await expect.poll(requests).toContain(request);
  });

  test.each([
    ['a wrong key', { GATEWAY_API_KEY: WRONG_KEY }],
    ['no key', {}],
  ])(
    'with %s the router returns an error at once for a rejected subscription, without a retry',
    async (_, keys) => {
      const router = await start(configuration, { ...keys, ...env });
      const left = new AbortController();
      onTestFinished(() => left.abort());
      const response = await fetch(router.url, {
        method: 'POST',
        headers: { accept: 'text/event-stream', 'content-type': 'application/json' },
        body: JSON.stringify({ query: STATUS, variables: { jobId: 'any' } }),
        signal: left.signal,
      });
      // The stream ends by itself; a router that retried would keep it open.
      const text = await response.text();
      expect(text).toContain('"errors"');
      // Hive Gateway passes on neither code nor reason of a close frame; the gateway's log has them.
      if (!request.includes('101')) expect(text).toContain('"code":"UNAUTHENTICATED"');
      await expect.poll(requests).toHaveLength(1);
      expect(gateway.logged).toContainEqual(
        expect.objectContaining({ msg: 'request', refused: expect.any(String) }),
      );
      expect(gateway.emulator.calls.filter(({ params }) => params.JobId === 'any')).toEqual([]);
    },
  );
});
