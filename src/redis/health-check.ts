import { later, type MonotonicMs, monotonicNow } from '../clock.ts';
import { type FaultHandler, guarded } from '../guarded.ts';
import type { ConnectionState } from './connection-state.ts';

/** How long no command is sent after one missed its deadline, and between self-tests while Redis is away, in milliseconds. */
const PAUSE_MS = 500;

/** The same where the reply came after all: whoever waited for it has done its next steps without Redis by then. */
const SHORT_PAUSE_MS = 100;

/** After so long a missed deadline is forgotten, in milliseconds. */
const FORGET_MISS_MS = 5000;

/** Longest pause after a script failed although the self-test had passed, and when such a failure is forgotten, in milliseconds. */
const MAX_SCRIPT_PAUSE_MS = 30_000;
const FORGET_FAILURE_MS = 120_000;

const NEVER = Number.NEGATIVE_INFINITY as MonotonicMs;

/** What a health check does to its connection. */
export interface HealthCheckActions {
  /** Gets what is thrown in a timer. */
  readonly failed: FaultHandler;
  /** Ends every command under way. */
  giveUp(): void;
  /** Whether Redis passes the self-test in time; undefined without a connection, whose start begins the next probe. */
  selfTest(): Promise<boolean> | undefined;
}

/** Decides whether commands are sent, or skipped for a while because Redis did not reply in time. */
export class HealthCheck {
  readonly #state: ConnectionState;
  readonly #actions: HealthCheckActions;
  #isPaused = true;
  #timer: NodeJS.Timeout | undefined;
  #missedAt = NEVER;
  #isFirstMiss = false;
  #scriptFailedAt = NEVER;
  #scriptPauseMs = PAUSE_MS;
  #isEnded = false;

  constructor(state: ConnectionState, actions: HealthCheckActions) {
    this.#state = state;
    this.#actions = actions;
  }

  get isPaused(): boolean {
    return this.#isPaused;
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
    const resume = guarded(() => this.#resume(), this.#actions.failed);
    this.#timer = setTimeout(resume, Math.max(0, later(this.#missedAt, SHORT_PAUSE_MS) - monotonicNow()));
  }

  /**
   * A script failed: Redis is there and cannot do its work. The pause doubles with each failure that follows another, so that one
   * script which Redis does not run does not change the state twice a second.
   *
   * @param detail for the log
   */
  onScriptFailure(detail: string): void {
    if (this.#isPaused || this.#isEnded) return;
    const now = monotonicNow();
    const isAgain = now - this.#scriptFailedAt < FORGET_FAILURE_MS;
    this.#scriptPauseMs = isAgain ? Math.min(2 * this.#scriptPauseMs, MAX_SCRIPT_PAUSE_MS) : PAUSE_MS;
    this.#scriptFailedAt = now;
    this.#isFirstMiss = false;
    this.#pause(this.#scriptPauseMs);
    this.#state.away(detail);
  }

  /** There is no connection, or nothing comes over it, or the self-test failed. @param detail for the log */
  onDisconnect(detail: string): void {
    this.#isFirstMiss = false;
    this.#pause();
    if (!this.#isEnded) this.#state.away(detail);
  }

  /** Runs the self-test, now and after each pause until it passes. */
  async probe(): Promise<void> {
    const testing = this.#isEnded ? undefined : this.#actions.selfTest();
    if (testing === undefined) return;
    clearTimeout(this.#timer);
    const hasPassed = await testing;
    if (this.#isEnded) return;
    if (hasPassed) this.#resume();
    else this.onDisconnect('the self-test was not answered, or failed');
  }

  /** Pauses for good. */
  end(): void {
    this.#isEnded = true;
    this.#pause();
  }

  #pause(pauseMs = PAUSE_MS): void {
    this.#isPaused = true;
    clearTimeout(this.#timer);
    const probe = guarded(() => this.probe(), this.#actions.failed);
    if (!this.#isEnded) this.#timer = setTimeout(probe, pauseMs);
    this.#actions.giveUp();
  }

  #resume(): void {
    clearTimeout(this.#timer);
    this.#isPaused = false;
    this.#state.up();
  }
}
