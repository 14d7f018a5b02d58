import type { RedisConnection } from './redis-connection.ts';

/** Where replicas of one account share what they read, their quota and their events. */
export interface ReplicaNamespace {
  readonly redis: RedisConnection;
  /** Of all keys. */
  readonly prefix: string;
  /**
   * The part of each key that separates accounts and endpoints. Undefined where the account cannot be known: then nothing
   * is shared. Rejects while there are no credentials; until then nothing is shared either.
   */
  readonly account: () => Promise<string | undefined>;
}
