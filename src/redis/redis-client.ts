import type { Cluster, Redis, RedisOptions } from 'ioredis';
import { monotonicNow, NEVER } from '../clock.ts';

/** Address of a Redis server or Sentinel. */
export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

/** Credentials for Sentinels, which may differ from those of Redis. */
export interface SentinelCredentials {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** A parsed `REDIS_URL`. */
export interface RedisTarget {
  readonly kind: 'single' | 'sentinel' | 'cluster';
  /** The server, the Sentinels, or seed nodes of the cluster. */
  readonly nodes: readonly [RedisNode, ...RedisNode[]];
  readonly master: string | undefined;
  readonly db: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly sentinel?: SentinelCredentials;
  readonly isEncrypted: boolean;
}

const FORMS =
  'redis://host:port/0, redis+sentinel://host:port,host:port/master/0 or redis+cluster://host:port,host:port, with rediss for TLS';

const SCHEME = /^redis(s?)(?:\+(sentinel|cluster))?:\/\//;
const PLACE = /^([^/?#@]+)(?:\/([^?#]*))?$/;
const HOST = /^(\[[\da-f:.]+\]|[^\s:[\]]+)(?::(\d+))?$/i;

/**
 * Parses a `redis://`, `redis+sentinel://` or `redis+cluster://` URL; `rediss` enables TLS. User and password are percent-encoded and
 * belong to Redis; Sentinels have credentials of their own.
 *
 * @throws Error that says what is wrong and what is expected, without any part of the URL that may be a secret
 */
export function parseRedisUrl(text: string): RedisTarget {
  const scheme = SCHEME.exec(text);
  const rest = text.slice(scheme?.[0].length);
  const { credentials, place } = splitCredentials(rest);
  if (scheme === null || place === null) throw new Error(`not of the form ${FORMS}`);
  const [, encrypted, several] = scheme;
  const [, hosts = '', path = ''] = place;
  const kind = (several ?? 'single') as RedisTarget['kind'];
  const [first, ...others] = hosts.split(',').map((host, index) => nodeOf(host.trim(), index, kind));
  if (first === undefined || (kind === 'single' && others.length > 0))
    throw new Error(`several hosts after redis://, which takes one. The forms are ${FORMS}`);
  return {
    kind,
    nodes: [first, ...others],
    ...placeOf(kind, path),
    ...credentialsOf(credentials),
    isEncrypted: encrypted === 's',
  };
}

/** Splits at the last `@`, unless nothing follows it: then it belongs to the path. */
function splitCredentials(text: string) {
  const at = text.lastIndexOf('@');
  const [credentials, place] = [text.slice(0, Math.max(at, 0)), PLACE.exec(text.slice(at + 1))];
  if (at === -1 || place === null) return { credentials: undefined, place: PLACE.exec(text) };
  return { credentials, place: /[\r\n]/.test(credentials) ? null : place };
}

function nodeOf(text: string, index: number, kind: RedisTarget['kind']): RedisNode {
  const match = HOST.exec(text);
  const port = Number(match?.[2] ?? (kind === 'sentinel' ? 26379 : 6379));
  if (match === null || port < 1 || port > 65_535)
    throw new Error(`host ${index + 1}: invalid host name, or a port outside 1 to 65535`);
  return { host: String(match[1]).replace(/^\[|\]$/g, ''), port };
}

function placeOf(kind: RedisTarget['kind'], path: string): Pick<RedisTarget, 'master' | 'db'> {
  const [master, db = ''] = kind === 'sentinel' ? path.split(/\/(.*)/, 2) : [undefined, path];
  if (master === '') throw new Error('missing name of the master, as in /mymaster after the Sentinels');
  if (kind === 'cluster' && db !== '')
    throw new Error('a cluster has only database 0, so the path must be empty');
  if (!/^\d{0,4}$/.test(db)) throw new Error('the database must be a whole number from 0 to 9999');
  return { master, db: Number(db) };
}

function credentialsOf(text = ''): Pick<RedisTarget, 'username' | 'password'> {
  const [username, ...rest] = text.split(':');
  try {
    const decoded = [username, rest.join(':')].map((part) => decodeURIComponent(part ?? '') || undefined);
    return { username: decoded[0], password: decoded[1] };
  } catch {
    throw new Error('the user and the password must be percent-encoded');
  }
}

/** Timeout of connecting, and of the first byte of a reply, in milliseconds. */
const DEAD_AFTER_MS = 1000;

/** Maximum pause before a reconnect, in milliseconds. */
const RECONNECT_MS = 250;

/** Minimum time between reconnects after READONLY, the reply of a demoted master, in milliseconds. */
const CHECK_MASTER_MS = 30_000;

/** Verifies certificates even with NODE_TLS_REJECT_UNAUTHORIZED=0, because the password is sent over the connection. */
const TLS = { rejectUnauthorized: true } as const;

type Options = Omit<RedisOptions, 'replyMapping'>;

export type RedisClient = Redis | Cluster;

/** Opens a client for commands, which always reconnects. Loads ioredis. */
export async function openClient(target: RedisTarget): Promise<RedisClient> {
  const { Cluster, Redis } = await import('ioredis');
  const retry = (attempt: number) => Math.min(50 * attempt, RECONNECT_MS);
  if (target.kind !== 'cluster') return new Redis({ ...optionsOf(target), retryStrategy: retry });
  return new Cluster([...target.nodes], {
    enableOfflineQueue: false,
    clusterRetryStrategy: retry,
    slotsRefreshTimeout: DEAD_AFTER_MS,
    slotsRefreshInterval: 2000,
    // Keeps host names, because certificates name hosts rather than addresses.
    ...(target.isEncrypted ? { dnsLookup: (host, found) => found(null, host) } : {}),
    redisOptions: commonOptionsOf(target),
  });
}

/** Opens a client for Pub/Sub, which does not reconnect. @param node used for a cluster, whose nodes all receive every message */
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
  let checkedAt = NEVER;
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(isEncrypted ? { tls: TLS } : {}),
    connectTimeout: DEAD_AFTER_MS,
    socketTimeout: DEAD_AFTER_MS,
    maxRetriesPerRequest: 0,
    // The caller has continued without the reply.
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    // After a failover the name may resolve to the new master; the old one rejects writes.
    reconnectOnError: (error) => {
      const isDemoted = error.message.startsWith('READONLY');
      if (!isDemoted || monotonicNow() - checkedAt < CHECK_MASTER_MS) return false;
      checkedAt = monotonicNow();
      return true;
    },
  };
}
