import type { Logger } from 'pino';
import { type FaultHandler, guarded, inBackground } from '../guarded.ts';
import { HealthCheck, isReplyError, type RedisState } from './health-check.ts';
import { KEY_PREFIX, type Script, SELF_TEST } from './lua-scripts.ts';
import {
  openClient,
  parseRedisUrl,
  type RedisClient,
  type RedisTarget,
  type SentinelCredentials,
} from './redis-client.ts';
import { type MessageListener, Subscriptions } from './redis-subscriber.ts';

/** Default deadline of a command, in milliseconds. @internal */
export const DEADLINE_MS = 50;

/** Key and channel of the self-test, with the common prefix, so that the same ACL rules apply. */
const SELF_TEST_KEY = `${KEY_PREFIX}{self-test}`;
const SELF_TEST_CHANNEL = `${KEY_PREFIX}self-test`;

/** Reply of Redis to a command; null for a missing value. */
export type Reply<Text = string> = Text | number | null | readonly Reply<Text>[];

/** Argument of a command. */
export type Argument = string | number | Buffer;

/** Commands by outcome: the values of the label `outcome` of `voicejobs_redis_commands_total`. */
interface RedisCounts {
  ok: number;
  /** Redis replied with an error: out of memory, read-only, loading. */
  error: number;
  /** No reply before the deadline, or the connection was lost. */
  lost: number;
  /** Not sent: the previous command missed its deadline, or a script failed. */
  skipped: number;
}

/** Namespace in which replicas of one account share cached reads, the rate limit and events. */
export interface ReplicaNamespace {
  readonly redis: RedisConnection;
  readonly prefix: string;
  /**
   * Part of each key that identifies account and endpoint. Undefined if the account is unknown: then nothing is shared. Rejects while
   * credentials are unavailable.
   */
  readonly account: () => Promise<string | undefined>;
}

/** Values of the label `kind` of `voicejobs_redis_unreadable_values_total`, besides the kinds of rows. */
const UNREADABLE_KINDS = [
  'page',
  'value',
  'failure',
  'reply',
  'quota',
  'client limit',
  'clock',
  'states',
  'interest',
] as const;

/** Options of a {@link RedisConnection}. */
export interface ConnectionOptions {
  readonly sentinel?: SentinelCredentials | undefined;
  readonly deadlineMs?: number | undefined;
}

/**
 * The gateway's access to Redis. A command resolves within {@link deadlineMs} to a reply or undefined, and never throws. After a
 * timeout or a failed script, commands are skipped for half a second; a self-test detects the recovery of Redis within half a second.
 * Commands are never sent twice; Redis may still run a command that timed out.
 */
export class RedisConnection {
  /** Logs errors of timers and listeners. */
  readonly failed: FaultHandler;
  readonly deadlineMs: number;
  readonly counts: RedisCounts = { ok: 0, error: 0, lost: 0, skipped: 0 };
  readonly #health: HealthCheck;
  readonly #target: RedisTarget;
  readonly #subscriptions: Subscriptions;
  /** Functions that end pending commands. */
  readonly #pending = new Set<() => void>();
  /** Starts with every known kind, because `increase()` only sees series that existed before. */
  readonly #unreadable = new Map<string, number>(UNREADABLE_KINDS.map((kind) => [kind, 0]));
  readonly #log: Logger;
  #client: RedisClient | undefined;
  #isClosed = false;

  /**
   * Starts connecting in the background; the gateway starts without Redis too.
   *
   * @param url value of `REDIS_URL`
   * @throws Error if the URL is invalid
   */
  constructor(url: string, log: Logger, { sentinel = {}, deadlineMs = DEADLINE_MS }: ConnectionOptions = {}) {
    this.deadlineMs = deadlineMs;
    this.#target = { ...parseRedisUrl(url), sentinel };
    this.#log = log;
    this.failed = (error) => log.error({ err: error }, 'unexpected error in the Redis client');
    this.#health = new HealthCheck(log, {
      failed: this.failed,
      giveUp: () => {
        for (const giveUp of this.#pending) giveUp();
      },
      selfTest: () => (this.#client?.status === 'ready' ? this.#passesSelfTest(this.#client) : undefined),
    });
    this.#subscriptions = new Subscriptions(this.#target, this.failed, (error) =>
      this.#health.onErrorReply(error),
    );
    inBackground(this.#open(), this.failed);
  }

  get unreadable(): ReadonlyMap<string, number> {
    return this.#unreadable;
  }

  /** Registers a kind of unreadable values: its count starts at 0, so that `increase()` sees the first one. */
  countUnreadable(kind: string): void {
    this.#unreadable.set(kind, this.#unreadable.get(kind) ?? 0);
  }

  /** Counts an unreadable value or message, and logs the first of each kind. */
  reportUnreadable(kind: string): void {
    const times = this.#unreadable.get(kind) ?? 0;
    this.#unreadable.set(kind, times + 1);
    if (times === 0) this.#log.warn({ kind }, 'unreadable value from Redis ignored');
  }

  get state(): RedisState {
    return this.#health.state;
  }

  /** Calls `listener` at each change of {@link state}. @param listener must not throw @returns a function that removes it */
  onStateChange(listener: (state: RedisState) => void): () => void {
    return this.#health.onStateChange(listener);
  }

  /** Sends a command. Undefined if Redis is down, times out, or replies with an error. */
  command(name: string, ...args: Argument[]): Promise<Reply | undefined> {
    return this.#send(async (client) => client.call(name, args));
  }

  /**
   * Runs a script. Undefined as for {@link command}, and if the script fails.
   *
   * @param keys all with one hash tag (`{…}`)
   */
  run(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<Reply | undefined> {
    return this.#send((client) => runOn(client, 'call', script, keys, args), this.deadlineMs, true);
  }

  /** As {@link run}, with strings of the reply as bytes. @param deadlineMs deadline of this command */
  runForBytes(
    script: Script,
    keys: readonly string[],
    args: readonly Argument[],
    deadlineMs = this.deadlineMs,
  ): Promise<Reply<Buffer> | undefined> {
    return this.#send((client) => runOn(client, 'callBuffer', script, keys, args), deadlineMs, true);
  }

  /** Publishes a message. Whether Redis accepted it, which does not mean that any replica received it. */
  async publish(channel: string, message: string): Promise<boolean> {
    return (await this.command('publish', channel, message)) !== undefined;
  }

  /**
   * Subscribes to a channel, over a connection that all subscriptions share and that reconnects. Messages are lost while it is
   * disconnected: `listener` gets undefined whenever it starts to receive, including the first time.
   *
   * @param listener must not throw
   * @returns a function that unsubscribes
   */
  subscribe(channel: string, listener: MessageListener): () => void {
    return this.#subscriptions.add(channel, listener);
  }

  /** Closes all connections; pending commands resolve to undefined. */
  close(): void {
    this.#isClosed = true;
    this.#health.end();
    this.#client?.disconnect();
    this.#subscriptions.close();
  }

  async #open(): Promise<void> {
    const client = await openClient(this.#target);
    if (this.#isClosed) return client.disconnect();
    this.#client = client;
    const { failed } = this;
    const onError = (error: unknown) => {
      if (isReplyError(error)) this.counts.error++;
      this.#health.onError(error);
    };
    client.on('error', guarded(onError, failed));
    const onClose = guarded(() => this.#health.onDisconnect('connection closed'), failed);
    client.on('close', onClose);
    const onReady = guarded(() => this.#health.probe(), failed);
    client.on('ready', onReady);
  }

  async #send<Text>(
    send: (client: RedisClient) => Promise<unknown>,
    deadlineMs = this.deadlineMs,
    isScript = false,
  ): Promise<Reply<Text> | undefined> {
    if (this.#health.isPaused || this.#client === undefined) {
      this.counts.skipped++;
      return undefined;
    }
    const { outcome, giveUp } = withDeadline(send(this.#client), deadlineMs, () =>
      this.#health.onLateReply(),
    );
    this.#pending.add(giveUp);
    const result = await outcome;
    this.#pending.delete(giveUp);
    if (result.kind === 'reply') {
      this.counts.ok++;
      return result.value as Reply<Text>;
    }
    if (this.#isErrorReply(result)) {
      // WRONGTYPE concerns one key that another program wrote, so it says nothing about Redis as a whole.
      if (isScript && !result.error.message.includes('WRONGTYPE')) this.#health.onScriptFailure();
      return undefined;
    }
    this.counts.lost++;
    if (result.kind === 'error') this.#health.onDisconnect(result.error.message);
    else this.#health.onTimeout();
    return undefined;
  }

  async #passesSelfTest(client: RedisClient): Promise<boolean> {
    const testing = runOn(client, 'call', SELF_TEST, [SELF_TEST_KEY], [SELF_TEST_CHANNEL]);
    const result = await withDeadline(testing, this.deadlineMs, () => {}).outcome;
    this.#isErrorReply(result);
    return result.kind === 'reply';
  }

  /** Counts and logs an error reply. */
  #isErrorReply(result: DeadlineOutcome<unknown>): result is { kind: 'error'; error: Error } {
    if (result.kind !== 'error' || !isReplyError(result.error)) return false;
    this.counts.error++;
    this.#health.onErrorReply(result.error);
    return true;
  }
}

type DeadlineOutcome<Value> =
  | { readonly kind: 'reply'; readonly value: Value }
  | { readonly kind: 'error'; readonly error: Error }
  | { readonly kind: 'timeout' };

/**
 * Waits for a reply until a deadline. A reply that arrived while this process was busy is in time: the socket is read before the
 * deadline takes effect.
 *
 * @param onLateReply called when a reply or an error arrives after the deadline
 * @returns the outcome, and a function that ends the wait as a timeout
 */
function withDeadline<Value>(
  reply: Promise<Value>,
  deadlineMs: number,
  onLateReply: () => void,
): { readonly outcome: Promise<DeadlineOutcome<Value>>; readonly giveUp: () => void } {
  const { promise: outcome, resolve } = Promise.withResolvers<DeadlineOutcome<Value>>();
  let isOver = false;
  const end = (result: DeadlineOutcome<Value>) => {
    if (!isOver) resolve(result);
    else if (result.kind !== 'timeout') onLateReply();
    isOver = true;
    clearTimeout(timer);
  };
  const giveUp = () => end({ kind: 'timeout' });
  const timer = setTimeout(() => setImmediate(giveUp), deadlineMs);
  reply.then(
    (value) => end({ kind: 'reply', value }),
    (error: Error) => end({ kind: 'error', error }),
  );
  return { outcome, giveUp };
}

/** Uses EVALSHA; falls back to EVAL when the script is not cached yet (NOSCRIPT). */
async function runOn(
  client: RedisClient,
  call: 'call' | 'callBuffer',
  { sha, lua }: Script,
  keys: readonly string[],
  args: readonly Argument[],
): Promise<unknown> {
  const rest = [keys.length, ...keys, ...args];
  try {
    return await client[call]('evalsha', [sha, ...rest]);
  } catch (error) {
    if (!(error as Error).message.startsWith('NOSCRIPT')) throw error;
    return client[call]('eval', [lua, ...rest]);
  }
}
