import type { JobType } from './job.ts';
import type { JobEntry, JobList } from './list.ts';
import { pick, randomStream } from './random.ts';
import { documentedRow, inventJob } from './seed.ts';

/** How long a demo has been running when it starts, in ms: jobs of every status and age are there at once. */
export const DEMO_AGE_MS = 10 * 60 * 1000;

/** Steps from one new job to the next. A job is under way for four, so at least one always is, in each list. */
const STEPS_APART: Record<JobType, number> = { Basic: 1.5, Standard: 3 };

/** Most new jobs that are made up at once, after a time in which nobody read the list. */
const MAX_CAUGHT_UP = 1000;

/** What one list's turnover depends on. */
interface TurnoverOptions {
  readonly type: JobType;
  /** How long a job stays in a state, in ms. */
  readonly stepMs: number;
  /** Epoch ms. */
  readonly startedAtMs: number;
  /** How many the list holds at the start. */
  readonly jobs: number;
}

/**
 * Lets jobs of one list come and go, so that whoever looks on sees running jobs and rows that move. Every few steps a new
 * job is put on top and a finished one is deleted wherever it stands, as one change: the list keeps its length. The
 * vendor's sample job is never deleted.
 *
 * Nothing ticks: a read first makes up for the time since the read before. The same at every start but for the times.
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

  /** Brings a list to where it is at `nowMs`, as its next version; older versions are forgotten. */
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
      course: { from: 'Initialization', startedAtMs: atMs, end },
    };
    return [added, ...entries.filter((entry) => entry !== deleted)];
  }
}
