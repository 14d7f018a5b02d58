import type { Cluster, Redis, RedisOptions } from 'ioredis';
import { type MonotonicMs, monotonicNow } from '../clock.ts';
import type { RedisNode, RedisTarget } from './redis-url.ts';

/** Timeout for connecting, and for the first byte of a reply, in milliseconds. */
const DEAD_AFTER_MS = 1000;

/** Longest pause before the next attempt to connect, in milliseconds. */
const RECONNECT_MS = 250;

/** How often a reply READONLY, of a master that was demoted, makes a client reconnect, in milliseconds. */
const CHECK_MASTER_MS = 30_000;

/** Certificates are verified whatever NODE_TLS_REJECT_UNAUTHORIZED says: what follows is the password. */
const TLS = { rejectUnauthorized: true } as const;

type Options = Omit<RedisOptions, 'replyMapping'>;

/** A client that sends commands at once or not at all. */
export type Client = Redis | Cluster;

/** A client for commands. Connects by itself, and again when the connection is lost, for ever. Loads ioredis. */
export async function openClient(target: RedisTarget): Promise<Client> {
  const { Cluster, Redis } = await import('ioredis');
  const retry = (attempt: number) => Math.min(50 * attempt, RECONNECT_MS);
  if (target.kind !== 'cluster') return new Redis({ ...optionsOf(target), retryStrategy: retry });
  return new Cluster([...target.nodes], {
    enableOfflineQueue: false,
    clusterRetryStrategy: retry,
    slotsRefreshTimeout: DEAD_AFTER_MS,
    slotsRefreshInterval: 2000,
    // Certificates name hosts, not addresses.
    ...(target.isEncrypted ? { dnsLookup: (host, found) => found(null, host) } : {}),
    redisOptions: commonOptionsOf(target),
  });
}

/** A client that does not reconnect. @param node of a cluster, in which every node receives what is published at any */
export async function openSubscriber(target: RedisTarget, node: RedisNode): Promise<Redis> {
  const { Redis } = await import('ioredis');
  const options = target.kind === 'cluster' ? { ...commonOptionsOf(target), ...node } : optionsOf(target);
  return new Redis({ ...options, retryStrategy: null });
}

function optionsOf(target: RedisTarget): Options {
  const { kind, nodes, master, db, sentinel = {} } = target;
  const [node] = nodes;
  return {
    ...commonOptionsOf(target),
    db,
    enableOfflineQueue: false,
    ...(kind === 'single'
      ? node
      : {
          sentinels: [...nodes],
          name: String(master),
          sentinelCommandTimeout: DEAD_AFTER_MS,
          sentinelRetryStrategy: () => RECONNECT_MS,
          ...(sentinel.username === undefined ? {} : { sentinelUsername: sentinel.username }),
          ...(sentinel.password === undefined ? {} : { sentinelPassword: sentinel.password }),
          ...(target.isEncrypted ? { enableTLSForSentinelMode: true, sentinelTLS: TLS } : {}),
        }),
  };
}

function commonOptionsOf({ username, password, isEncrypted }: RedisTarget): Options {
  let checkedAt = Number.NEGATIVE_INFINITY as MonotonicMs;
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(isEncrypted ? { tls: TLS } : {}),
    connectTimeout: DEAD_AFTER_MS,
    socketTimeout: DEAD_AFTER_MS,
    maxRetriesPerRequest: 0,
    // Whoever waited for the reply has gone on without it.
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    // After a failover the name may lead to the new master; the old one takes no writes.
    reconnectOnError: (error) => {
      const isDemoted = error.message.startsWith('READONLY');
      if (!isDemoted || monotonicNow() - checkedAt < CHECK_MASTER_MS) return false;
      checkedAt = monotonicNow();
      return true;
    },
  };
}
