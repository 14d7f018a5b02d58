import type { RedisConnection } from './connection.ts';

/** Where replicas of one account meet. */
export interface SharedSpace {
  readonly redis: RedisConnection;
  /** Of all keys. */
  readonly prefix: string;
  /** A part of each key that tells one account and region from others. Rejects while it is not known. */
  readonly account: () => Promise<string>;
}
