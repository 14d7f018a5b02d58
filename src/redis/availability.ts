import { type FaultHandler, guarded } from '../guarded.ts';
import type { Presence } from './presence.ts';

/** How long Redis is left alone after it missed a deadline, and between looks whether it is back, in milliseconds. */
const LEFT_ALONE_MS = 500;

/** The same where the answer came after all: whoever waited for it has done its next steps without Redis by then. */
const SHORTLY_MS = 100;

/** After so long a missed deadline is forgotten, in milliseconds. */
const FORGET_MISS_MS = 5000;

/** What there is to do beside keeping account. */
export interface AvailabilityActions {
  /** Gets what is thrown in a timer. */
  readonly failed: FaultHandler;
  /** Ends everything that waits for Redis. */
  giveUp(): void;
  /** Whether Redis answers in time; undefined when it cannot be asked, so that being able to will be told. */
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

  /** There is no connection, or nothing comes over it. @param detail for the log */
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
    else this.lost('no answer in time');
  }

  /** Leaves it alone for good. */
  end(): void {
    this.#isEnded = true;
    this.#leaveAlone();
  }

  #leaveAlone(): void {
    this.#isLeftAlone = true;
    clearTimeout(this.#timer);
    const look = guarded(() => this.look(), this.#actions.failed);
    if (!this.#isEnded) this.#timer = setTimeout(look, LEFT_ALONE_MS);
    this.#actions.giveUp();
  }

  #goOn(): void {
    clearTimeout(this.#timer);
    this.#isLeftAlone = false;
    this.#presence.up();
  }
}
