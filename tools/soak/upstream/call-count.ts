import type { Call } from '../../../emulator/calls.ts';
import type { Emulator } from '../../../emulator/emulator.ts';

/** Counts an emulator's requests by outcome, and clears its log. */
export class CallCount {
  readonly byOutcome = new Map<string, number>();
  readonly #emulator: Emulator;
  #open: readonly Call[] = [];

  constructor(emulator: Emulator) {
    this.#emulator = emulator;
  }

  /** Number of requests up to the last `collect`. */
  get total(): number {
    return this.#open.length + [...this.byOutcome.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Counts the calls in the emulator's log. Pending ones are counted once they have an outcome. */
  collect(): void {
    const calls = [...this.#open, ...this.#emulator.calls];
    this.#emulator.resetCalls();
    this.#open = calls.filter(({ outcome }) => outcome === 'pending');
    for (const { outcome } of calls) {
      if (outcome !== 'pending') this.byOutcome.set(outcome, (this.byOutcome.get(outcome) ?? 0) + 1);
    }
  }
}
