import type { JobRow } from './job.ts';
import { messageFor, type Progress, statusAt } from './lifecycle.ts';

/** A version of a list of jobs. */
export interface ListState {
  /** Number of changes since the start; 0 is the initial list. */
  readonly version: number;
  readonly jobIds: readonly string[];
}

/** A stored row. `row` and `json` cache its latest state, so versions of a list may share entries. */
export interface Entry<Row> {
  /** Frozen. */
  row: Row;
  json: Buffer | null;
}

/** A page of a list. */
export interface Page<Row> {
  readonly totalCount: number;
  readonly rows: Row[];
  /** The same rows, serialized as JSON. */
  readonly rowsJson: readonly Buffer[];
}

/**
 * A list of rows in upstream order, with all its versions. Every change creates a new array. A version costs one pointer per
 * row, which is cheap for thousands of rows and changes, but is only released by `forgetHistory`.
 */
export class RowList<Row, Stored extends Entry<Row> = Entry<Row>> {
  #entries: readonly Stored[];
  #version = 0;
  #versions: { version: number; entries: readonly Stored[] }[];
  #byId: Map<string, Stored> | null = null;
  readonly #idOf: (row: Row) => string;

  constructor(entries: readonly Stored[], idOf: (row: Row) => string) {
    this.#entries = entries;
    this.#versions = [{ version: 0, entries }];
    this.#idOf = idOf;
  }

  get entries(): readonly Stored[] {
    return this.#entries;
  }

  /** Adds the next version of the list. */
  become(entries: readonly Stored[]): void {
    this.#entries = entries;
    this.#byId = null;
    this.#version += 1;
    this.#versions.push({ version: this.#version, entries });
  }

  /** The entry with that id; if two share it, the lower one in the list. */
  find(id: string): Stored | undefined {
    this.#byId ??= new Map(this.#entries.map((entry) => [this.#idOf(entry.row), entry]));
    return this.#byId.get(id);
  }

  /** The row of an entry at `nowMs`. Frozen, so that it can be shared. */
  rowAt(entry: Stored, _nowMs: number): Row {
    return entry.row;
  }

  /** All rows at `nowMs`. A snapshot: later changes do not affect it. */
  rowsAt(nowMs: number): Row[] {
    return this.#entries.map((entry) => this.rowAt(entry, nowMs));
  }

  /** Page `pageNo` (1-based) at `nowMs`. Beyond the end it is empty, with the correct total. */
  pageAt(nowMs: number, pageNo: number, pageSize: number): Page<Row> {
    const start = (pageNo - 1) * pageSize;
    const cut = this.#entries.slice(start, start + pageSize);
    return {
      totalCount: this.#entries.length,
      rows: cut.map((entry) => this.rowAt(entry, nowMs)),
      rowsJson: cut.map((entry) => this.#jsonAt(entry, nowMs)),
    };
  }

  /** Ids of all versions since the start or `forgetHistory`, oldest first; the last is the current one. */
  history(): { version: number; ids: string[] }[] {
    return this.#versions.map(({ version, entries }) => ({
      version,
      ids: entries.map((entry) => this.#idOf(entry.row)),
    }));
  }

  /** Drops all versions except the current one. Version numbers continue. */
  forgetHistory(): void {
    this.#versions = this.#versions.slice(-1);
  }

  /** `rowAt` as JSON, serialized once per state. */
  #jsonAt(entry: Stored, nowMs: number): Buffer {
    const row = this.rowAt(entry, nowMs);
    entry.json ??= Buffer.from(JSON.stringify(row));
    return entry.json;
  }
}

/** A stored job. Only `row` and `json` change. */
export interface JobEntry extends Entry<JobRow> {
  /** Null for a finished job, and for one whose status was set explicitly. */
  progress: Progress | null;
}

/** Events of a list of jobs that affect voices. */
export interface JobEvents {
  /** Jobs that have succeeded, in the order of detection. */
  readonly succeeded: readonly JobRow[];
  /** Successful jobs that the demo has deleted. */
  readonly deleted: readonly JobRow[];
}

/** A list of jobs whose statuses advance with the clock. */
export class JobList extends RowList<JobRow, JobEntry> {
  readonly #stepMs: number;
  readonly #random: () => number;
  /** Initial jobs, until their successes are in `#succeeded`: a long list costs nothing before voices are read. */
  #seeds: readonly JobEntry[] | null;
  #succeeded = new Set<JobRow>();
  #deleted: JobRow[] = [];
  /** Unfinished jobs; null if the list has changed since they were collected. */
  #running: readonly JobEntry[] | null = null;

  /** @param stepMs how long an unfinished job stays in a state, in milliseconds; 0 for ever */
  constructor(entries: readonly JobEntry[], stepMs: number, random: () => number) {
    super(entries, ({ JobId }) => JobId);
    this.#seeds = entries;
    this.#stepMs = stepMs;
    this.#random = random;
  }

  override become(entries: readonly JobEntry[]): void {
    super.become(entries);
    this.#running = null;
  }

  override rowAt(entry: JobEntry, nowMs: number): JobRow {
    if (entry.progress === null) return entry.row;
    const status = statusAt(entry.progress, nowMs, this.#stepMs);
    if (status === entry.row.Status) return entry.row;
    entry.row = Object.freeze({ ...entry.row, Status: status, Message: messageFor(status, this.#random) });
    entry.json = null;
    if (status === 'Success' || status === 'Fail') entry.progress = null;
    this.recordSuccess(entry.row);
    return entry.row;
  }

  /** Records a success if `row` has succeeded and `before` had not, or had another VoiceId. */
  recordSuccess(row: JobRow, before?: JobRow): void {
    if (row.Status !== 'Success') return;
    if (before?.Status !== 'Success' || before.VoiceId !== row.VoiceId) this.#succeeded.add(row);
  }

  /** Records that the demo deleted a job. Cancels an unread success, so that unread events do not accumulate. */
  recordDeletion(row: JobRow): void {
    this.#recordSeeds();
    if (row.Status === 'Success' && !this.#succeeded.delete(row)) this.#deleted.push(row);
  }

  /** Returns the events until `nowMs`, and clears them. */
  drainEvents(nowMs: number): JobEvents {
    this.#recordSeeds();
    this.#running ??= this.entries.filter(({ progress }) => progress !== null);
    // Reading a job updates its status; these may not have been read.
    for (const entry of this.#running) this.rowAt(entry, nowMs);
    if (this.#running.some(({ progress }) => progress === null)) this.#running = null;
    const events = { succeeded: [...this.#succeeded], deleted: this.#deleted };
    this.#succeeded = new Set();
    this.#deleted = [];
    return events;
  }

  #recordSeeds(): void {
    if (this.#seeds === null) return;
    const rows = this.#seeds.map(({ row }) => row).filter(({ Status }) => Status === 'Success');
    this.#succeeded = new Set([...rows, ...this.#succeeded]);
    this.#seeds = null;
  }
}
