import type { Logger } from 'pino';
import { later, type MonotonicMs, monotonicNow, NEVER } from '../clock.ts';
import { type FaultHandler, guarded } from '../guarded.ts';

/** `away` at first, and from a lost connection, or half a second without a reply, until Redis replies again. */
export type RedisState = 'up' | 'away';

/** How long a first connection may take before the log says that Redis is away, in milliseconds. */
const FIRST_MS = 1000;

/** Pause after a missed deadline, and between self-tests while Redis is away, in milliseconds. */
const PAUSE_MS = 500;

/** The same where the reply came after all: whoever waited for it has done its next steps without Redis by then. */
const SHORT_PAUSE_MS = 100;

/** After so long a missed deadline is forgotten, in milliseconds. */
const FORGET_MISS_MS = 5000;

/** Longest pause after a script failed although the self-test had passed, and when such a failure is forgotten, in milliseconds. */
const MAX_SCRIPT_PAUSE_MS = 30_000;
const FORGET_FAILURE_MS = 120_000;

/** How often one kind of error reply is logged, in milliseconds. */
const LOG_ERROR_MS = 60_000;

/** Kinds of error replies that are remembered; Redis has about twenty. */
const MAX_KINDS = 100;

/** Whether an error is a reply of Redis, such as WRONGPASS or NOPERM, and no fault of the connection. */
export function isReplyError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

interface CheckedConnection {
  readonly failed: FaultHandler;
  giveUp(): void;
  /** Whether Redis passes the self-test in time; undefined without a connection, whose start begins the next probe. */
  selfTest(): Promise<boolean> | undefined;
}

/** Decides whether commands are sent or skipped. Logs each change of the state once, and calls listeners. */
export class HealthCheck {
  readonly #log: Logger;
  readonly #connection: CheckedConnection;
  readonly #listeners = new Set<(state: RedisState) => void>();
  readonly #loggedAt = new Map<string, MonotonicMs>();
  readonly #first: NodeJS.Timeout;
  #state: RedisState = 'away';
  #error: unknown;
  #isPaused = true;
  #timer: NodeJS.Timeout | undefined;
  #missedAt = NEVER;
  #isFirstMiss = false;
  #scriptFailedAt = NEVER;
  #scriptPauseMs = PAUSE_MS;
  #isEnded = false;

  constructor(log: Logger, connection: CheckedConnection) {
    this.#log = log;
    this.#connection = connection;
    const logAway = guarded(() => {
      const isRejecting = this.#loggedAt.size > 0 || isReplyError(this.#error);
      this.#logAway(isRejecting ? 'Redis rejects required commands' : 'cannot connect');
    }, connection.failed);
    this.#first = setTimeout(logAway, FIRST_MS);
  }

  get state(): RedisState {
    return this.#state;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Calls `listener` at each change of {@link state}. Returns what ends that. */
  onTurn(listener: (state: RedisState) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** A command missed its deadline. Once may mean that Redis or this machine was busy; twice, that Redis is slow. */
  onTimeout(): void {
    if (this.#isPaused) return;
    const now = monotonicNow();
    this.#isFirstMiss = now - this.#missedAt > FORGET_MISS_MS;
    this.#missedAt = now;
    this.#pause();
  }

  /** A reply came after its deadline. */
  onLateReply(): void {
    if (!this.#isPaused || !this.#isFirstMiss || this.#isEnded) return;
    clearTimeout(this.#timer);
    const resume = guarded(() => this.#resume(), this.#connection.failed);
    this.#timer = setTimeout(resume, Math.max(0, later(this.#missedAt, SHORT_PAUSE_MS) - monotonicNow()));
  }

  /** Redis replied to a command with an error. */
  onErrorReply(error: Error): void {
    const [kind = ''] = error.message.split(' ', 1);
    const now = monotonicNow();
    if (this.#loggedAt.size >= MAX_KINDS && !this.#loggedAt.has(kind)) this.#loggedAt.clear();
    if (now - (this.#loggedAt.get(kind) ?? NEVER) < LOG_ERROR_MS) return;
    this.#loggedAt.set(kind, now);
    this.#log.warn({ detail: error.message }, 'Redis rejected a command, continuing without it');
  }

  /** A script failed. The pause doubles with each further failure, so that the state does not change twice a second. */
  onScriptFailure(): void {
    if (this.#isPaused || this.#isEnded) return;
    const now = monotonicNow();
    const isAgain = now - this.#scriptFailedAt < FORGET_FAILURE_MS;
    this.#scriptPauseMs = isAgain ? Math.min(2 * this.#scriptPauseMs, MAX_SCRIPT_PAUSE_MS) : PAUSE_MS;
    this.#scriptFailedAt = now;
    this.#isFirstMiss = false;
    this.#pause(this.#scriptPauseMs);
    this.#away('a script failed');
  }

  /** An error of the connection, for the log. */
  onError(error: unknown): void {
    this.#error = error;
  }

  /** There is no connection, or nothing comes over it, or the self-test failed. @param detail for the log */
  onDisconnect(detail: string): void {
    this.#isFirstMiss = false;
    this.#pause();
    if (!this.#isEnded) this.#away(detail);
  }

  /** Runs the self-test, now and after each pause until it passes. */
  async probe(): Promise<void> {
    const testing = this.#isEnded ? undefined : this.#connection.selfTest();
    if (testing === undefined) return;
    clearTimeout(this.#timer);
    const hasPassed = await testing;
    if (this.#isEnded) return;
    if (hasPassed) this.#resume();
    else this.onDisconnect('self-test failed or timed out');
  }

  end(): void {
    this.#isEnded = true;
    this.#pause();
    clearTimeout(this.#first);
    this.#listeners.clear();
  }

  #pause(pauseMs = PAUSE_MS): void {
    this.#isPaused = true;
    clearTimeout(this.#timer);
    const probe = guarded(() => this.probe(), this.#connection.failed);
    if (!this.#isEnded) this.#timer = setTimeout(probe, pauseMs);
    this.#connection.giveUp();
  }

  #resume(): void {
    clearTimeout(this.#timer);
    this.#isPaused = false;
    if (this.#state === 'up') return;
    clearTimeout(this.#first);
    this.#log.info('Redis is up');
    this.#change('up');
  }

  #away(detail: string): void {
    if (this.#state === 'away') return;
    this.#logAway(detail);
    this.#change('away');
  }

  #logAway(detail: string): void {
    this.#log.warn({ detail, err: this.#error }, 'Redis is unavailable, continuing without it');
  }

  #change(state: RedisState): void {
    this.#state = state;
    this.#error = undefined;
    for (const listener of this.#listeners) listener(state);
  }
}
