import type { JobType } from './job.ts';
import { pick, randomStream } from './random.ts';
import type { JobEntry, JobList } from './row-list.ts';
import { documentedRow, inventJob } from './seed.ts';

/** How long a demo appears to have run at its start, in milliseconds: it has jobs of every status and age at once. */
export const DEMO_AGE_MS = 10 * 60 * 1000;

/** Steps between new jobs. A job takes four, so at least one is always unfinished in each list. */
const STEPS_APART: Record<JobType, number> = { Basic: 1.5, Standard: 3 };

/** Maximum number of jobs generated at once, after a time without reads. */
const MAX_CAUGHT_UP = 1000;

/** Settings of one list's turnover. */
interface TurnoverOptions {
  readonly type: JobType;
  /** How long a job stays in a state, in milliseconds. */
  readonly stepMs: number;
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  /** Initial number of jobs in the list. */
  readonly jobs: number;
}

/**
 * Adds and deletes jobs of one list over time, so that a demo shows running jobs and moving rows. Every few steps, a new job
 * is inserted at the top and a random finished one is deleted, as one change: the length stays constant. The vendor's sample
 * job is never deleted.
 *
 * Needs no timer: a read applies the changes due since the last one. Deterministic except for times.
 */
export class Turnover {
  readonly #type: JobType;
  readonly #everyMs: number;
  readonly #random: () => number;
  #nextAtMs: number;
  #index: number;

  constructor({ type, stepMs, startedAtMs, jobs }: TurnoverOptions) {
    this.#type = type;
    this.#everyMs = STEPS_APART[type] * stepMs;
    this.#random = randomStream(type === 'Basic' ? 4010 : 4011);
    this.#nextAtMs = startedAtMs + this.#everyMs;
    this.#index = jobs;
  }

  /** Advances a list to `nowMs`, as its next version; forgets older versions. */
  advance(list: JobList, nowMs: number): void {
    if (this.#everyMs <= 0 || nowMs < this.#nextAtMs) return;
    const due = Math.floor((nowMs - this.#nextAtMs) / this.#everyMs) + 1;
    this.#nextAtMs += Math.max(0, due - MAX_CAUGHT_UP) * this.#everyMs;
    let entries = list.entries;
    for (; this.#nextAtMs <= nowMs; this.#nextAtMs += this.#everyMs)
      entries = this.#replaceOne(list, entries, this.#nextAtMs);
    list.become(entries);
    list.forgetHistory();
  }

  #replaceOne(list: JobList, entries: readonly JobEntry[], atMs: number): readonly JobEntry[] {
    const isDeletable = (entry: JobEntry) => {
      const { Status, JobId } = list.rowAt(entry, atMs);
      return (Status === 'Success' || Status === 'Fail') && JobId !== documentedRow.JobId;
    };
    const deletable = entries.filter(isDeletable);
    if (deletable.length === 0) return entries;
    const deleted = pick(this.#random, deletable);
    list.recordDeletion(deleted.row);
    const { row, end } = inventJob(
      { type: this.#type, index: this.#index, createdMs: atMs, status: 'Initialization' },
      this.#random,
    );
    this.#index += 1;
    const added: JobEntry = {
      row: Object.freeze(row),
      json: null,
      progress: { from: 'Initialization', startedAtMs: atMs, end },
    };
    return [added, ...entries.filter((entry) => entry !== deleted)];
  }
}
