import type { Call } from '../../../emulator/calls.ts';
import type { Emulator } from '../../../emulator/emulator.ts';

/** Counts the requests that reached an emulator, by what became of them, and lets it forget them. */
export class CallCount {
  readonly byOutcome = new Map<string, number>();
  readonly #emulator: Emulator;
  #open: readonly Call[] = [];

  constructor(emulator: Emulator) {
    this.#emulator = emulator;
  }

  /** Requests so far, as of the last `collect`. */
  get total(): number {
    return this.#open.length + [...this.byOutcome.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Takes over what the emulator recorded. Those without an outcome yet are counted once they have one. */
  collect(): void {
    const calls = [...this.#open, ...this.#emulator.calls];
    this.#emulator.resetCalls();
    this.#open = calls.filter(({ outcome }) => outcome === 'pending');
    for (const { outcome } of calls) {
      if (outcome !== 'pending') this.byOutcome.set(outcome, (this.byOutcome.get(outcome) ?? 0) + 1);
    }
  }
}
