import type { Logger } from 'pino';
import { guarded } from '../guarded.ts';

/** `away` from a lost connection, or half a second without an answer, until Redis answers again; so it begins. */
export type RedisState = 'up' | 'away';

/** How long a first connection may take before Redis is said to be away, in milliseconds. */
const FIRST_MS = 1000;

/** How often one kind of refusal is logged, in milliseconds. */
const LOG_REFUSAL_MS = 60_000;

/** Kinds of refusals that are remembered; Redis has about twenty, and scripts of others may make up more. */
const MAX_REFUSALS = 100;

/** Whether an error is a reply of Redis, such as WRONGPASS or NOPERM, and no fault of the connection. */
export function isReplyError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** Whether Redis is there; logs each turn once, and tells whoever listens. */
export class Presence {
  readonly #log: Logger;
  readonly #listeners = new Set<(state: RedisState) => void>();
  readonly #refusals = new Map<string, number>();
  readonly #first: NodeJS.Timeout;
  #state: RedisState = 'away';
  #error: unknown;

  constructor(log: Logger) {
    this.#log = log;
    const logAway = guarded(
      () => this.#logAway(this.#isRefusing ? 'refuses what this program needs' : 'cannot be reached'),
      () => {},
    );
    this.#first = setTimeout(logAway, FIRST_MS);
  }

  get state(): RedisState {
    return this.#state;
  }

  /** Calls `listener` at each turn. Returns what ends that. */
  onTurn(listener: (state: RedisState) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** An error of the connection, which says why it is away. */
  failed(error: unknown): void {
    this.#error = error;
  }

  up(): void {
    if (this.#state === 'up') return;
    clearTimeout(this.#first);
    this.#log.info('Redis is up');
    this.#turn('up');
  }

  away(detail: string): void {
    if (this.#state === 'away') return;
    this.#logAway(detail);
    this.#turn('away');
  }

  /** Redis is there and does not do what it is asked for. */
  refused(error: Error): void {
    const [kind = ''] = error.message.split(' ', 1);
    const now = performance.now();
    if (this.#refusals.size >= MAX_REFUSALS && !this.#refusals.has(kind)) this.#refusals.clear();
    if (now - (this.#refusals.get(kind) ?? Number.NEGATIVE_INFINITY) < LOG_REFUSAL_MS) return;
    this.#refusals.set(kind, now);
    this.#log.warn({ detail: error.message }, 'Redis refuses a command; going on without it');
  }

  end(): void {
    clearTimeout(this.#first);
    this.#listeners.clear();
  }

  /** Redis is there and rejects commands, or the credentials at the start of each connection. */
  get #isRefusing(): boolean {
    return this.#refusals.size > 0 || isReplyError(this.#error);
  }

  #logAway(detail: string): void {
    this.#log.warn({ detail, err: this.#error }, 'Redis is away; going on without it');
  }

  #turn(state: RedisState): void {
    this.#state = state;
    this.#error = undefined;
    for (const listener of this.#listeners) listener(state);
  }
}
