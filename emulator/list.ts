import type { JobRow } from './job.ts';
import { type Course, messageFor, statusAt } from './lifecycle.ts';

/** What a list held between two changes. */
export interface ListState {
  /** Counts the changes since the emulator started; 0 is the seed. */
  readonly version: number;
  readonly jobIds: readonly string[];
}

/**
 * A stored job. `row` and `json` are caches of the newest state on its course; everything else about an entry
 * stays as it was made, so old versions of a list may share entries with new ones.
 */
export interface Entry {
  row: JobRow;
  json: Buffer | null;
  /** Null once the job is finished, and for a job whose status was set by hand. */
  course: Course | null;
}

/**
 * One list of jobs in upstream order, with every version it ever had.
 * Every change makes a new array and leaves the old one alone: a version costs one pointer per job, which is
 * cheap for thousands of jobs and thousands of changes but is never given back before `forgetHistory`.
 */
export class JobList {
  #entries: readonly Entry[];
  #version = 0;
  #versions: { version: number; entries: readonly Entry[] }[];
  #byId: Map<string, Entry> | null = null;
  readonly #stepMs: number;
  readonly #random: () => number;

  constructor(entries: readonly Entry[], stepMs: number, random: () => number) {
    this.#entries = entries;
    this.#versions = [{ version: 0, entries }];
    this.#stepMs = stepMs;
    this.#random = random;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Makes `entries` the next version of the list. */
  become(entries: readonly Entry[]): void {
    this.#entries = entries;
    this.#byId = null;
    this.#version += 1;
    this.#versions.push({ version: this.#version, entries });
  }

  /** The job with that id; when two share it, the one further down. */
  find(jobId: string): Entry | undefined {
    this.#byId ??= new Map(this.#entries.map((entry) => [entry.row.JobId, entry]));
    return this.#byId.get(jobId);
  }

  /** The entry's row as of `nowMs`. The row is frozen, so it may be handed out as it is. */
  rowAt(entry: Entry, nowMs: number): JobRow {
    if (entry.course === null) return entry.row;
    const status = statusAt(entry.course, nowMs, this.#stepMs);
    if (status === entry.row.Status) return entry.row;
    entry.row = Object.freeze({ ...entry.row, Status: status, Message: messageFor(status, this.#random) });
    entry.json = null;
    if (status === 'Success' || status === 'Fail') entry.course = null;
    return entry.row;
  }

  /** `rowAt`, already as JSON in bytes. Made once per state, so that a page costs no more than copying it. */
  jsonAt(entry: Entry, nowMs: number): Buffer {
    const row = this.rowAt(entry, nowMs);
    entry.json ??= Buffer.from(JSON.stringify(row));
    return entry.json;
  }

  /** Every version since the start or since `forgetHistory`, oldest first; the last one is the present. */
  history(): ListState[] {
    return this.#versions.map(({ version, entries }) => ({
      version,
      jobIds: entries.map((entry) => entry.row.JobId),
    }));
  }

  /** Drops every version but the present one. Numbering goes on. */
  forgetHistory(): void {
    this.#versions = this.#versions.slice(-1);
  }
}
