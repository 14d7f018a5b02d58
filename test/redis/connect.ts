import { Writable } from 'node:stream';
import { createLog, createMask } from '../../src/log/create-log.ts';
import { RedisConnection } from '../../src/redis/redis-connection.ts';
import { runningMs } from '../faults/standstill.ts';

/** A connection with what it has logged. `using` closes it. */
export interface Connected extends Disposable {
  readonly redis: RedisConnection;
  readonly logged: { readonly msg: string; readonly detail?: string }[];
}

/** Deadline of Redis in tests that are about other things: a machine that stands still is no reason to go on without Redis. */
export const AMPLE_MS = 10_000;

/** Connects, and does not wait for it. @param deadlineMs of a command */
export function connectTo(url: string, deadlineMs = AMPLE_MS): Connected {
  const logged: Connected['logged'] = [];
  const log = createLog(
    'trace',
    createMask(),
    new Writable({
      write(chunk, _encoding, done) {
        logged.push(JSON.parse(String(chunk)));
        done();
      },
    }),
  );
  const redis = new RedisConnection(url, log, { deadlineMs });
  return { redis, logged, [Symbol.dispose]: () => redis.close() };
}

/** Waits until Redis is there. */
export async function isUp({ redis }: Connected): Promise<void> {
  if (redis.state === 'up') return;
  await new Promise<void>((resolve) => {
    const end = redis.onStateChange(() => {
      end();
      resolve();
    });
  });
}

/** How long something takes, in milliseconds in which this process did not stand still, and what comes of it. */
export async function timed<Value>(act: () => Promise<Value>): Promise<[value: Value, tookMs: number]> {
  const startedAt = runningMs();
  const value = await act();
  return [value, runningMs() - startedAt];
}
