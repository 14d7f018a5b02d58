import type { JobType } from '../../../emulator/job.ts';
import type { ChangingLists } from '../upstream/changing-lists.ts';

/** A list as the schema names it. */
export type ListName = 'BASIC' | 'STANDARD' | 'ALL';

const TYPES: Readonly<Record<ListName, readonly JobType[]>> = {
  BASIC: ['Basic'],
  STANDARD: ['Standard'],
  ALL: ['Basic', 'Standard'],
};

/** A row that is shown although it should not be, or is missing. */
export interface WrongRow {
  readonly what: string;
  readonly jobId: string;
}

/** Compares the rows that a walk shows with those of the upstream. */
export class WalkAccount {
  readonly #lists: ChangingLists;
  readonly #types: readonly JobType[];
  readonly #fromMs: number;
  readonly #seen = new Set<string>();

  /** @param fromMs age of the oldest page that the walk may see, in milliseconds of `performance.now()` */
  constructor(lists: ChangingLists, list: ListName, fromMs: number) {
    this.#lists = lists;
    this.#types = TYPES[list];
    this.#fromMs = fromMs;
  }

  /** Adds a page; returns its unexpected rows. */
  page(jobIds: readonly string[]): WrongRow[] {
    return jobIds.flatMap((jobId) => {
      const lifetime = this.#lists.lifetime(jobId);
      const isForeign =
        lifetime === undefined || !this.#types.includes(lifetime.type) || lifetime.removedAtMs < this.#fromMs;
      const isRepeated = this.#seen.has(jobId);
      this.#seen.add(jobId);
      return [
        ...(isForeign ? [{ what: 'a row that is not in the list', jobId }] : []),
        ...(isRepeated ? [{ what: 'a job seen twice', jobId }] : []),
      ];
    });
  }

  /** Call after the last page. Returns jobs that existed throughout but were not shown; undefined if there are none. */
  end(): WrongRow | undefined {
    const missed = this.#lists
      .presentSince(this.#types, this.#fromMs)
      .filter((jobId) => !this.#seen.has(jobId));
    const [jobId] = missed;
    return jobId === undefined
      ? undefined
      : { what: 'jobs never seen', jobId: `${jobId}, of ${missed.length}` };
  }
}
