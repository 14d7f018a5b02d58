import type { ListState } from '../../emulator/row-list.ts';
import type { SeenPage } from './walkers.ts';

/** What one client has seen on one page. */
export interface Row {
  readonly jobIds: readonly string[];
  /** Those that the same client had already seen, on an earlier page or this one. */
  readonly repeated: ReadonlySet<string>;
}

/** What a client saw in all, and what it cost. */
export interface Total {
  /** Jobs that were in the list from the first page to the last. */
  readonly stood: number;
  /** Jobs seen more than once, whether they stood or not. */
  readonly twice: number;
  /** Of the jobs that stood, those never seen. */
  readonly missed: number;
  readonly pages: number;
  /** Requests that reached the upstream. */
  readonly calls: number;
}

/** Keeps account of one client's walk. */
export class Tally {
  readonly #times = new Map<string, number>();
  #pages = 0;
  #calls = 0;

  /** Counts a page that took `calls` upstream requests. */
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

  /** Compares with every state that the list had during the walk. */
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
