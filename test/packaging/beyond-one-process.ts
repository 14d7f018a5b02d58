import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { startEmulator } from '../../emulator/emulator.ts';
import { post } from '../answers/asking.ts';
import type { GatewayUnderTest } from '../gateway-under-test.ts';
import { follow, TRANSPORTS } from '../live/subscriber-under-test.ts';
import { startRedis } from '../redis/redis-server.ts';
import { startReceiver } from '../telemetry/otlp-receiver.ts';
import { type BuiltPackage, runBundle } from './built-package.ts';

/** Tests of features that use other processes. */
export function reachesOut(built: () => BuiltPackage): void {
  test('page sharing through Redis', async () => {
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

  test.each(['http/protobuf', 'http/json'])('trace export as %s', async (protocol) => {
    await using receiver = await startReceiver();
    await using gateway = runBundle(built().folder, {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_BSP_SCHEDULE_DELAY: '1',
    });
    await post({ origin: await gateway.origin } as GatewayUnderTest, { query: 'query Q { __typename }' });
    expect(await receiver.named('query Q')).toHaveLength(1);
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(receiver.resource['service.version']).toBe(version);
    expect(gateway.output.stdout).not.toContain('"level":40');
  });

  test('spans for a provider that another copy of the API has registered', async () => {
    const provider = pathToFileURL(join(import.meta.dirname, '../telemetry/external-provider.ts')).href;
    await using gateway = runBundle(built().folder, {}, [], ['--import', provider]);
    await post({ origin: await gateway.origin } as GatewayUnderTest, { query: 'query Q { __typename }' });
    gateway.child.kill('SIGTERM');
    expect(await gateway.ended).toBe(0);
    expect(gateway.output.stderr).toContain('span {"name":"query Q"');
  });
}
