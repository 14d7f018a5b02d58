import { expect } from 'vitest';
import type { EmulatorOptions } from '../../emulator/emulator.ts';
import { type GatewayUnderTest, type GatewayUnderTestOptions, startGateway } from '../gateway-under-test.ts';
import { AMPLE_MS } from './connect.ts';

/** Replicas that share a Redis and the emulator of the first replica. */
export interface Fleet extends AsyncDisposable {
  readonly replicas: readonly [GatewayUnderTest, ...GatewayUnderTest[]];
  readonly emulator: GatewayUnderTest['emulator'];
}

/** A TTL longer than any test. */
const FOR_EVER = { ttlMs: 3_600_000, staleIfErrorMs: 3_600_000 };

/** Starts replicas and waits until each is connected to Redis. */
export async function startFleet(
  count: number,
  redisUrl: string,
  { emulator, gateway }: { emulator?: EmulatorOptions; gateway?: GatewayUnderTestOptions } = {},
): Promise<Fleet> {
  const options = { cache: FOR_EVER, redisUrl, redisDeadlineMs: AMPLE_MS, ...gateway };
  const first = await startGateway({
    emulator: { basicCount: 1000, standardCount: 42, ...emulator },
    gateway: options,
  });
  const others = await Promise.all(
    Array.from({ length: count - 1 }, () =>
      startGateway({ origin: first.emulator.endpoint, emulator: { basicCount: 0 }, gateway: options }),
    ),
  );
  const replicas = [first, ...others] as const;
  await Promise.all(replicas.map(hasRedis));
  return {
    replicas,
    emulator: first.emulator,
    async [Symbol.asyncDispose]() {
      for (const replica of replicas) await replica[Symbol.asyncDispose]();
    },
  };
}

/** Waits until the last logged state of Redis is up. */
export async function hasRedis({ logged }: GatewayUnderTest): Promise<void> {
  const lastTurn = () => logged.findLast(({ msg }) => String(msg).startsWith('Redis is '))?.msg;
  await expect.poll(lastTurn, { interval: 10 }).toBe('Redis is up');
}
