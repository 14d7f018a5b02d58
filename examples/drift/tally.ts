import type { ListState } from '../../emulator/row-list.ts';
import type { SeenPage } from './walkers.ts';

/** Jobs of one page, as a client received them. */
export interface Row {
  readonly jobIds: readonly string[];
  /** Jobs that the same client had already received. */
  readonly repeated: ReadonlySet<string>;
}

/** Totals of a client's walk, and its cost. */
export interface Total {
  /** Jobs that existed from the first page to the last. */
  readonly stood: number;
  /** Jobs received more than once. */
  readonly twice: number;
  /** Jobs that existed throughout and were never received. */
  readonly missed: number;
  readonly pages: number;
  /** Requests that reached the upstream. */
  readonly calls: number;
}

/** Counts the results of one client's walk. */
export class Tally {
  readonly #times = new Map<string, number>();
  #pages = 0;
  #calls = 0;

  /** Adds a page that took `calls` upstream requests. */
  add({ jobIds }: SeenPage, calls: number): Row {
    const repeated = new Set<string>();
    for (const jobId of jobIds) {
      const times = (this.#times.get(jobId) ?? 0) + 1;
      this.#times.set(jobId, times);
      if (times > 1) repeated.add(jobId);
    }
    this.#pages++;
    this.#calls += calls;
    return { jobIds, repeated };
  }

  /** Compares the walk with every state of the list during it. */
  total(history: readonly ListState[]): Total {
    const states = history.map(({ jobIds }) => new Set(jobIds));
    const stood = [...(states[0] ?? [])].filter((jobId) => states.every((state) => state.has(jobId)));
    return {
      stood: stood.length,
      twice: [...this.#times.values()].filter((times) => times > 1).length,
      missed: stood.filter((jobId) => !this.#times.has(jobId)).length,
      pages: this.#pages,
      calls: this.#calls,
    };
  }
}
