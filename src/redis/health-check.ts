import { type FaultHandler, guarded } from '../guarded.ts';
import type { Presence } from './connection-state.ts';

/** How long Redis is left alone after it missed a deadline, and between looks whether it is back, in milliseconds. */
const LEFT_ALONE_MS = 500;

/** The same where the answer came after all: whoever waited for it has done its next steps without Redis by then. */
const SHORTLY_MS = 100;

/** After so long a missed deadline is forgotten, in milliseconds. */
const FORGET_MISS_MS = 5000;

/** Longest pause after a script failed although the self-test had passed, and when such a failure is forgotten, in milliseconds. */
const MAX_FAILED_MS = 30_000;
const FORGET_FAILURE_MS = 120_000;

/** What there is to do beside keeping account. */
export interface AvailabilityActions {
  /** Gets what is thrown in a timer. */
  readonly failed: FaultHandler;
  /** Ends everything that waits for Redis. */
  giveUp(): void;
  /** Whether Redis passes the self-test in time; undefined when it cannot be asked, so that being able to will be told. */
  ask(): Promise<boolean> | undefined;
}

/** Whether Redis may be asked, or has to be left alone for a while because it did not answer in time. */
export class Availability {
  readonly #presence: Presence;
  readonly #actions: AvailabilityActions;
  #isLeftAlone = true;
  #timer: NodeJS.Timeout | undefined;
  #missedAt = Number.NEGATIVE_INFINITY;
  #isForgivable = false;
  #scriptFailedAt = Number.NEGATIVE_INFINITY;
  #failedMs = LEFT_ALONE_MS;
  #isEnded = false;

  constructor(presence: Presence, actions: AvailabilityActions) {
    this.#presence = presence;
    this.#actions = actions;
  }

  get isLeftAlone(): boolean {
    return this.#isLeftAlone;
  }

  /** A deadline was missed. Who is late once may have been busy, and so may this machine; who is late again is slow. */
  missed(): void {
    if (this.#isLeftAlone) return;
    const now = performance.now();
    this.#isForgivable = now - this.#missedAt > FORGET_MISS_MS;
    this.#missedAt = now;
    this.#leaveAlone();
  }

  /** An answer came after its deadline. */
  cameLate(): void {
    if (!this.#isLeftAlone || !this.#isForgivable || this.#isEnded) return;
    clearTimeout(this.#timer);
    const goOn = guarded(() => this.#goOn(), this.#actions.failed);
    this.#timer = setTimeout(goOn, Math.max(0, this.#missedAt + SHORTLY_MS - performance.now()));
  }

  /**
   * A script failed: Redis is there and cannot do its work. Each failure that follows another doubles the pause, so that one
   * script which Redis does not run does not make the state change twice a second.
   *
   * @param detail for the log
   */
  scriptFailed(detail: string): void {
    if (this.#isLeftAlone || this.#isEnded) return;
    const now = performance.now();
    const isAgain = now - this.#scriptFailedAt < FORGET_FAILURE_MS;
    this.#failedMs = isAgain ? Math.min(2 * this.#failedMs, MAX_FAILED_MS) : LEFT_ALONE_MS;
    this.#scriptFailedAt = now;
    this.#isForgivable = false;
    this.#leaveAlone(this.#failedMs);
    this.#presence.away(detail);
  }

  /** There is no connection, or nothing comes over it, or the self-test failed. @param detail for the log */
  lost(detail: string): void {
    this.#isForgivable = false;
    this.#leaveAlone();
    if (!this.#isEnded) this.#presence.away(detail);
  }

  /** Looks whether it is back, now and then again and again. */
  async look(): Promise<void> {
    const asking = this.#isEnded ? undefined : this.#actions.ask();
    if (asking === undefined) return;
    clearTimeout(this.#timer);
    const answers = await asking;
    if (this.#isEnded) return;
    if (answers) this.#goOn();
    else this.lost('the self-test was not answered, or failed');
  }

  /** Leaves it alone for good. */
  end(): void {
    this.#isEnded = true;
    this.#leaveAlone();
  }

  #leaveAlone(pauseMs = LEFT_ALONE_MS): void {
    this.#isLeftAlone = true;
    clearTimeout(this.#timer);
    const look = guarded(() => this.look(), this.#actions.failed);
    if (!this.#isEnded) this.#timer = setTimeout(look, pauseMs);
    this.#actions.giveUp();
  }

  #goOn(): void {
    clearTimeout(this.#timer);
    this.#isLeftAlone = false;
    this.#presence.up();
  }
}
