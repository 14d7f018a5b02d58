import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { startEmulator } from '../../emulator/emulator.ts';
import { post } from '../answers/asking.ts';
import type { GatewayUnderTest } from '../gateway-under-test.ts';
import { follow, TRANSPORTS } from '../live/following.ts';
import { startRedis } from '../redis/redis-server.ts';
import { type BuiltPackage, runBundle } from './built-package.ts';

/** Tests of what reaches out to others. */
export function reachesOut(built: () => BuiltPackage): void {
  test('what shares pages over Redis', async () => {
    await using redis = await startRedis();
    const emulator = await startEmulator({ stepMs: 0 });
    const env = {
      IMS_ENDPOINT: emulator.endpoint,
      ALIBABA_CLOUD_ACCESS_KEY_ID: emulator.accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: emulator.accessKeySecret,
      REDIS_URL: redis.url,
      CACHE_TTL_MS: '600000',
    };
    await using one = runBundle(built().folder, env);
    await using other = runBundle(built().folder, env);
    for (const { origin, output } of [one, other]) {
      await expect.poll(() => output.stdout).toContain('"Redis is up"');
      const at = { origin: await origin } as GatewayUnderTest;
      const { text } = await post(at, { query: '{ customizedVoiceJobs { totalCount } }' });
      expect(JSON.parse(text)).toEqual({ data: { customizedVoiceJobs: { totalCount: 271 } } });
    }
    expect(emulator.calls).toHaveLength(1);
    await emulator.close();
  });

  test.each(TRANSPORTS)('subscriptions, by %s', async (transport) => {
    const emulator = await startEmulator({ stepMs: 0 });
    const done = emulator.list('Basic').find(({ Status }) => Status === 'Success');
    await using gateway = runBundle(built().folder, {
      IMS_ENDPOINT: emulator.endpoint,
      ALIBABA_CLOUD_ACCESS_KEY_ID: emulator.accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: emulator.accessKeySecret,
    });
    const following = follow(transport, await gateway.origin, String(done?.JobId));
    await following.ended;
    expect(following.statuses).toEqual(['SUCCESS']);
    await emulator.close();
  });

  test('what sends traces', async () => {
    const collector = createServer().listen(0, '127.0.0.1');
    await once(collector, 'listening');
    const batch = once(collector, 'request');
    await using gateway = runBundle(built().folder, {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
    });
    await post({ origin: await gateway.origin } as GatewayUnderTest, { query: '{ __typename }' });
    const [request, response] = await batch;
    expect(request.url).toBe('/v1/traces');
    const { resourceSpans } = JSON.parse(await text(request));
    expect(resourceSpans[0].scopeSpans[0].spans).not.toEqual([]);
    response.end('{}');
    collector.closeAllConnections();
    collector.close();
  });
}
