import type { Logger } from 'pino';
import { type MonotonicMs, monotonicNow } from '../clock.ts';
import { guarded } from '../guarded.ts';

/** `away` at first, and from a lost connection, or half a second without a reply, until Redis replies again. */
export type RedisState = 'up' | 'away';

/** How long a first connection may take before the log says that Redis is away, in milliseconds. */
const FIRST_MS = 1000;

/** How often one kind of error reply is logged, in milliseconds. */
const LOG_ERROR_MS = 60_000;

/** Kinds of error replies that are remembered; Redis has about twenty, and scripts of others may make up more. */
const MAX_KINDS = 100;

/** Whether an error is a reply of Redis, such as WRONGPASS or NOPERM, and no fault of the connection. */
export function isReplyError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** Whether Redis is there. Logs each change once, and calls listeners. */
export class ConnectionState {
  readonly #log: Logger;
  readonly #listeners = new Set<(state: RedisState) => void>();
  /** When each kind of error reply was logged last. */
  readonly #loggedAt = new Map<string, MonotonicMs>();
  readonly #first: NodeJS.Timeout;
  #state: RedisState = 'away';
  #error: unknown;

  constructor(log: Logger) {
    this.#log = log;
    const logAway = guarded(
      () => this.#logAway(this.#isRejecting ? 'refuses what this program needs' : 'cannot be reached'),
      () => {},
    );
    this.#first = setTimeout(logAway, FIRST_MS);
  }

  get state(): RedisState {
    return this.#state;
  }

  /** Calls `listener` at each change. Returns what ends that. */
  onTurn(listener: (state: RedisState) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Keeps an error of the connection, which says why it is away. */
  onError(error: unknown): void {
    this.#error = error;
  }

  up(): void {
    if (this.#state === 'up') return;
    clearTimeout(this.#first);
    this.#log.info('Redis is up');
    this.#change('up');
  }

  away(detail: string): void {
    if (this.#state === 'away') return;
    this.#logAway(detail);
    this.#change('away');
  }

  /** Redis replied to a command with an error. */
  onErrorReply(error: Error): void {
    const [kind = ''] = error.message.split(' ', 1);
    const now = monotonicNow();
    if (this.#loggedAt.size >= MAX_KINDS && !this.#loggedAt.has(kind)) this.#loggedAt.clear();
    if (now - (this.#loggedAt.get(kind) ?? Number.NEGATIVE_INFINITY) < LOG_ERROR_MS) return;
    this.#loggedAt.set(kind, now);
    this.#log.warn({ detail: error.message }, 'Redis refuses a command; going on without it');
  }

  end(): void {
    clearTimeout(this.#first);
    this.#listeners.clear();
  }

  /** Whether Redis is there and rejects commands, or the credentials at the start of each connection. */
  get #isRejecting(): boolean {
    return this.#loggedAt.size > 0 || isReplyError(this.#error);
  }

  #logAway(detail: string): void {
    this.#log.warn({ detail, err: this.#error }, 'Redis is away; going on without it');
  }

  #change(state: RedisState): void {
    this.#state = state;
    this.#error = undefined;
    for (const listener of this.#listeners) listener(state);
  }
}
