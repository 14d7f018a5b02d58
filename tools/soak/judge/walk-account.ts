import type { JobType } from '../../../emulator/job.ts';
import type { ChangingLists } from '../upstream/lists.ts';

/** A list as the schema names it. */
export type ListName = 'BASIC' | 'STANDARD' | 'ALL';

const TYPES: Readonly<Record<ListName, readonly JobType[]>> = {
  BASIC: ['Basic'],
  STANDARD: ['Standard'],
  ALL: ['Basic', 'Standard'],
};

/** A row that should not be where it is, or is not where it should be. */
export interface WrongRow {
  readonly what: string;
  readonly jobId: string;
}

/** What one walk through a list saw, set against what the upstream had. */
export class WalkAccount {
  readonly #lists: ChangingLists;
  readonly #types: readonly JobType[];
  readonly #fromMs: number;
  readonly #seen = new Set<string>();

  /** @param fromMs the age of the oldest page that the walk may be shown, in milliseconds of `performance.now()` */
  constructor(lists: ChangingLists, list: ListName, fromMs: number) {
    this.#lists = lists;
    this.#types = TYPES[list];
    this.#fromMs = fromMs;
  }

  /** Takes a page; returns the rows that do not belong there. */
  page(jobIds: readonly string[]): WrongRow[] {
    return jobIds.flatMap((jobId) => {
      const life = this.#lists.life(jobId);
      const isStranger =
        life === undefined || !this.#types.includes(life.type) || life.goneAtMs < this.#fromMs;
      const isRepeated = this.#seen.has(jobId);
      this.#seen.add(jobId);
      return [
        ...(isStranger ? [{ what: 'a row that is not in the list', jobId }] : []),
        ...(isRepeated ? [{ what: 'a job seen twice', jobId }] : []),
      ];
    });
  }

  /** After the last page: the jobs that stood throughout and were not shown; undefined when there are none. */
  end(): WrongRow | undefined {
    const missed = this.#lists.standing(this.#types, this.#fromMs).filter((jobId) => !this.#seen.has(jobId));
    const [jobId] = missed;
    return jobId === undefined
      ? undefined
      : { what: 'jobs never seen', jobId: `${jobId}, of ${missed.length}` };
  }
}
