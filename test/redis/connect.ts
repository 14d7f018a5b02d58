import { Writable } from 'node:stream';
import { createLog, createMask } from '../../src/log/create-log.ts';
import { RedisConnection } from '../../src/redis/redis-connection.ts';

/** A connection and its log. `using` closes it. */
export interface Connected extends Disposable {
  readonly redis: RedisConnection;
  readonly logged: { readonly msg: string; readonly detail?: string }[];
}

/** Redis deadline in tests that are not about it, so that a machine that stands still does not count as an outage of Redis. */
export const AMPLE_MS = 10_000;

/** Connects in the background. @param deadlineMs deadline of a command */
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

/** Waits until Redis is up. */
export async function isUp({ redis }: Connected): Promise<void> {
  if (redis.state === 'up') return;
  await new Promise<void>((resolve) => {
    const end = redis.onStateChange(() => {
      end();
      resolve();
    });
  });
}
