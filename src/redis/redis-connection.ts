import type { Logger } from 'pino';
import { type FaultHandler, guarded, inBackground } from '../guarded.ts';
import { isReplyError, Presence, type RedisState } from './connection-state.ts';
import { Availability } from './health-check.ts';
import { KEY_PREFIX, SELF_TEST } from './lua-scripts.ts';
import { type Client, openClient } from './redis-client.ts';
import { type Hear, Subscriptions } from './redis-subscriber.ts';
import { parseRedisUrl, type RedisTarget, type SentinelCredentials } from './redis-url.ts';
import type { Script } from './script.ts';
import { inTime } from './with-deadline.ts';

/** How long Redis may take for a command, in milliseconds, unless a connection is given another deadline. */
export const DEADLINE_MS = 50;

/** For the self-test: below the prefix of all keys and channels, so that the rights of the gateway cover it. */
const SELF_TEST_KEY = `${KEY_PREFIX}{self-test}`;
const SELF_TEST_CHANNEL = `${KEY_PREFIX}self-test`;

/** What a command answers: null stands for nothing there. */
export type Reply<Text = string> = Text | number | null | readonly Reply<Text>[];

export type Argument = string | number | Buffer;

/** What became of the commands so far. */
export interface RedisCounts {
  answered: number;
  /** Redis answered with an error: it is full, read-only, loading. */
  refused: number;
  /** Missed the deadline, or lost with the connection. */
  lost: number;
  /** Not sent, because Redis was left alone. */
  skipped: number;
}

/** What may be found in Redis, or arrive over it, that no gateway of this version writes. */
export const UNREADABLE_KINDS = [
  'page',
  'job',
  'value',
  'failure',
  'reply',
  'quota',
  'client limit',
  'clock',
  'states',
  'wish',
] as const;

export type UnreadableKind = (typeof UNREADABLE_KINDS)[number];

/** What of a connection can be set; see {@link RedisConnection}. */
export interface ConnectionOptions {
  /** With which the Sentinels let in, where the URL names Sentinels. */
  readonly sentinel?: SentinelCredentials | undefined;
  /** How long Redis may take for a command, in milliseconds. @default {@link DEADLINE_MS} */
  readonly deadlineMs?: number | undefined;
}

/**
 * The one way to Redis. Whatever happens to Redis, a command ends within {@link deadlineMs}, with a reply or with
 * undefined, and never throws. When one misses its deadline, Redis is left alone for half a second: commands end at once, so
 * that only those wait that were under way. The same when a script fails: a Redis that cannot run the scripts counts as away.
 * It is looked for beside them by a self-test, and found within half a second of its return and the time it takes to connect. Commands are never sent twice; one that missed its deadline may still be run by Redis later.
 */
export class RedisConnection {
  readonly counts: Readonly<RedisCounts>;
  /** For what is thrown while a reply or a message of Redis is dealt with where nobody waits for it. Logs it. */
  readonly failed: FaultHandler;
  /** How long Redis may take for a command, in milliseconds. */
  readonly deadlineMs: number;
  readonly #counts: RedisCounts = { answered: 0, refused: 0, lost: 0, skipped: 0 };
  readonly #presence: Presence;
  readonly #availability: Availability;
  readonly #target: RedisTarget;
  readonly #subscriptions: Subscriptions;
  /** Ends each command that is under way. */
  readonly #underWay = new Set<() => void>();
  /** Has a count of each kind from the start: Prometheus sees an increase only of a series that it has seen before. */
  readonly #unreadable = new Map<UnreadableKind, number>(UNREADABLE_KINDS.map((kind) => [kind, 0]));
  readonly #log: Logger;
  #client: Client | undefined;
  #isClosed = false;

  /**
   * Begins to connect, and does not wait for it: a Redis that is away is no reason not to start.
   *
   * @param url as in `REDIS_URL`
   * @param log is told once when Redis goes away, and once when it is back
   * @throws Error that says what is wrong with the URL
   */
  constructor(url: string, log: Logger, { sentinel = {}, deadlineMs = DEADLINE_MS }: ConnectionOptions = {}) {
    this.deadlineMs = deadlineMs;
    this.#target = { ...parseRedisUrl(url), sentinel };
    this.counts = this.#counts;
    this.#log = log;
    this.failed = (error) => log.error({ err: error }, 'unexpected error while dealing with Redis');
    this.#presence = new Presence(log);
    this.#availability = new Availability(this.#presence, {
      giveUp: () => {
        for (const giveUp of this.#underWay) giveUp();
      },
      failed: this.failed,
      ask: () => (this.#client?.status === 'ready' ? this.#passesSelfTest(this.#client) : undefined),
    });
    this.#subscriptions = new Subscriptions(this.#target, this.failed, (error) =>
      this.#presence.refused(error),
    );
    inBackground(this.#open(), this.failed);
  }

  /** How often something was found in Redis, or heard by way of it, that this program does not write, by kind. */
  get unreadable(): ReadonlyMap<UnreadableKind, number> {
    return this.#unreadable;
  }

  /** Counts what this program does not write, and logs the first of each kind. */
  foundUnreadable(kind: UnreadableKind): void {
    const times = this.#unreadable.get(kind) ?? 0;
    this.#unreadable.set(kind, times + 1);
    if (times === 0)
      this.#log.warn({ kind }, 'Redis holds something that cannot be read; going on without it');
  }

  get state(): RedisState {
    return this.#presence.state;
  }

  /** Calls `listener` at each turn of {@link state}; it must not throw. Returns what ends that. */
  onTurn(listener: (state: RedisState) => void): () => void {
    return this.#presence.onTurn(listener);
  }

  /** Sends a command. Undefined when Redis is away, too slow, or answers with an error. */
  command(name: string, ...args: Argument[]): Promise<Reply | undefined> {
    return this.#send(async (client) => client.call(name, args));
  }

  /**
   * Runs a script.
   *
   * @param keys all with one hash tag (`{…}`)
   * @returns as {@link command}; undefined also when the script fails
   */
  run(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<Reply | undefined> {
    return this.#send((client) => runOn(client, 'call', script, keys, args), this.deadlineMs, true);
  }

  /** As {@link run}, where texts of the reply are bytes. @param deadlineMs where it is to be shorter than usual */
  runForBytes(
    script: Script,
    keys: readonly string[],
    args: readonly Argument[],
    deadlineMs = this.deadlineMs,
  ): Promise<Reply<Buffer> | undefined> {
    return this.#send((client) => runOn(client, 'callBuffer', script, keys, args), deadlineMs, true);
  }

  /** Tells all who have subscribed, on every replica. Whether Redis took it; nobody knows who heard it. */
  async publish(channel: string, message: string): Promise<boolean> {
    return (await this.command('publish', channel, message)) !== undefined;
  }

  /**
   * Hears what is published on a channel, over a connection of its own that is opened with the first subscription and
   * comes back by itself. What is published while it is away is missed. So `hear` is given undefined each time it begins
   * to hear, the first time included: whoever must not miss anything looks then.
   *
   * @param hear must not throw
   * @returns what ends it
   */
  subscribe(channel: string, hear: Hear): () => void {
    return this.#subscriptions.add(channel, hear);
  }

  /** Lets go of Redis; what is under way ends with undefined. */
  close(): void {
    this.#isClosed = true;
    this.#availability.end();
    this.#presence.end();
    this.#client?.disconnect();
    this.#subscriptions.close();
  }

  async #open(): Promise<void> {
    const client = await openClient(this.#target);
    if (this.#isClosed) {
      client.disconnect();
      return;
    }
    this.#client = client;
    const { failed } = this;
    client.on(
      'error',
      guarded((error) => {
        if (isReplyError(error)) this.#counts.refused++;
        this.#presence.failed(error);
      }, failed),
    );
    client.on(
      'close',
      guarded(() => this.#availability.lost('lost the connection'), failed),
    );
    client.on(
      'ready',
      guarded(() => this.#availability.look(), failed),
    );
  }

  async #send<Text>(
    send: (client: Client) => Promise<unknown>,
    deadlineMs = this.deadlineMs,
    isScript = false,
  ): Promise<Reply<Text> | undefined> {
    if (this.#availability.isLeftAlone || this.#client === undefined) {
      this.#counts.skipped++;
      return undefined;
    }
    const { outcome, giveUp } = inTime(send(this.#client), deadlineMs, () => this.#availability.cameLate());
    this.#underWay.add(giveUp);
    const result = await outcome;
    this.#underWay.delete(giveUp);
    if (result.kind === 'answer') {
      this.#counts.answered++;
      return result.value as Reply<Text>;
    }
    if (result.kind === 'error' && isReplyError(result.error)) {
      this.#counts.refused++;
      this.#presence.refused(result.error);
      // Somebody else's key of another type spoils what is about that key, and nothing else.
      if (isScript && !result.error.message.includes('WRONGTYPE'))
        this.#availability.scriptFailed('a script failed');
      return undefined;
    }
    this.#counts.lost++;
    if (result.kind === 'error') this.#availability.lost(result.error.message);
    else this.#availability.missed();
    return undefined;
  }

  async #passesSelfTest(client: Client): Promise<boolean> {
    const testing = runOn(client, 'call', SELF_TEST, [SELF_TEST_KEY], [SELF_TEST_CHANNEL]);
    const result = await inTime(testing, this.deadlineMs, () => {}).outcome;
    if (result.kind === 'error' && isReplyError(result.error)) {
      this.#counts.refused++;
      this.#presence.refused(result.error);
    }
    return result.kind === 'answer';
  }
}

/** By its name, which Redis knows but for the first time. */
async function runOn(
  client: Client,
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
