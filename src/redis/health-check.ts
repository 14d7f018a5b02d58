import type { Logger } from 'pino';
import { later, type MonotonicMs, monotonicNow, NEVER } from '../clock.ts';
import { type FaultHandler, guarded } from '../guarded.ts';

/** `down` at the start, and from a lost connection, a failed script or two timeouts until the self-test passes. */
export type RedisState = 'up' | 'down';

/** Time for the first connection before the log reports Redis as unavailable, in milliseconds. */
const FIRST_MS = 1000;

/** Pause after a timeout, and interval of the self-test while Redis is down, in milliseconds. */
const PAUSE_MS = 500;

/** Pause after a timeout whose reply arrived late, in milliseconds. */
const SHORT_PAUSE_MS = 100;

/** Time after which a timeout is forgotten, in milliseconds. */
const FORGET_TIMEOUT_MS = 5000;

/** Maximum pause after failed scripts, and time after which a failed script is forgotten, in milliseconds. */
const MAX_SCRIPT_PAUSE_MS = 30_000;
const FORGET_FAILURE_MS = 120_000;

/** Interval between log lines for one kind of error reply, in milliseconds. */
const LOG_ERROR_MS = 60_000;

/** Maximum number of tracked kinds of error replies; Redis has about twenty. */
const MAX_KINDS = 100;

/** Whether an error is an error reply of Redis, such as WRONGPASS or NOPERM, rather than a connection error. */
export function isReplyError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** What the health check needs of a connection. */
interface CheckedConnection {
  readonly failed: FaultHandler;
  /** Ends all pending commands without a reply. */
  giveUp(): void;
  /** Runs the self-test; whether it passed in time. Undefined without a connection: the next connection probes again. */
  selfTest(): Promise<boolean> | undefined;
}

/** Health check of Redis: decides whether commands are sent or skipped, logs each state change once, and notifies listeners. */
export class HealthCheck {
  readonly #log: Logger;
  readonly #connection: CheckedConnection;
  readonly #listeners = new Set<(state: RedisState) => void>();
  readonly #loggedAt = new Map<string, MonotonicMs>();
  readonly #first: NodeJS.Timeout;
  #state: RedisState = 'down';
  #error: unknown;
  #isPaused = true;
  #timer: NodeJS.Timeout | undefined;
  #timedOutAt = NEVER;
  #isFirstTimeout = false;
  #scriptFailedAt = NEVER;
  #scriptPauseMs = PAUSE_MS;
  #isEnded = false;

  constructor(log: Logger, connection: CheckedConnection) {
    this.#log = log;
    this.#connection = connection;
    const logFirst = guarded(() => {
      const isRejecting = this.#loggedAt.size > 0 || isReplyError(this.#error);
      this.#logDown(isRejecting ? 'Redis rejects required commands' : 'cannot connect');
    }, connection.failed);
    this.#first = setTimeout(logFirst, FIRST_MS);
  }

  get state(): RedisState {
    return this.#state;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Calls `listener` at each change of {@link state}. @returns a function that removes it */
  onStateChange(listener: (state: RedisState) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** A command timed out. One timeout may mean that Redis or this machine was busy; two mean that Redis is slow. */
  onTimeout(): void {
    if (this.#isPaused) return;
    const now = monotonicNow();
    this.#isFirstTimeout = now - this.#timedOutAt > FORGET_TIMEOUT_MS;
    this.#timedOutAt = now;
    this.#pause();
  }

  /** A reply arrived after its deadline: resumes earlier after the first timeout. */
  onLateReply(): void {
    if (!this.#isPaused || !this.#isFirstTimeout || this.#isEnded) return;
    clearTimeout(this.#timer);
    const resume = guarded(() => this.#resume(), this.#connection.failed);
    this.#timer = setTimeout(resume, Math.max(0, later(this.#timedOutAt, SHORT_PAUSE_MS) - monotonicNow()));
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

  /** A script failed. The pause doubles with each further failure (exponential backoff), so that the state does not flap. */
  onScriptFailure(): void {
    if (this.#isPaused || this.#isEnded) return;
    const now = monotonicNow();
    const isAgain = now - this.#scriptFailedAt < FORGET_FAILURE_MS;
    this.#scriptPauseMs = isAgain ? Math.min(2 * this.#scriptPauseMs, MAX_SCRIPT_PAUSE_MS) : PAUSE_MS;
    this.#scriptFailedAt = now;
    this.#isFirstTimeout = false;
    this.#pause(this.#scriptPauseMs);
    this.#down('a script failed');
  }

  /** Stores a connection error for the log. */
  onError(error: unknown): void {
    this.#error = error;
  }

  /** The connection was lost, or the self-test failed. @param detail for the log */
  onDisconnect(detail: string): void {
    this.#isFirstTimeout = false;
    this.#pause();
    if (!this.#isEnded) this.#down(detail);
  }

  /** Runs the self-test now, and repeats it after each pause until it passes. */
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

  #down(detail: string): void {
    if (this.#state === 'down') return;
    this.#logDown(detail);
    this.#change('down');
  }

  #logDown(detail: string): void {
    this.#log.warn({ detail, err: this.#error }, 'Redis is unavailable, continuing without it');
  }

  #change(state: RedisState): void {
    this.#state = state;
    this.#error = undefined;
    for (const listener of this.#listeners) listener(state);
  }
}
