import type { JobRow } from './job.ts';
import { type Course, messageFor, statusAt } from './lifecycle.ts';

/** What a list of jobs held between two changes. */
export interface ListState {
  /** Counts the changes since the emulator started; 0 is the seed. */
  readonly version: number;
  readonly jobIds: readonly string[];
}

/** A stored row. `row` and `json` are caches of its newest state, so old versions of a list may share entries with new ones. */
export interface Entry<Row> {
  /** Frozen. */
  row: Row;
  json: Buffer | null;
}

/** One page as a list would cut it. */
export interface Page<Row> {
  readonly totalCount: number;
  readonly rows: Row[];
  /** The same rows, each as JSON. */
  readonly rowsJson: readonly Buffer[];
}

/**
 * One list of rows in upstream order, with every version it ever had.
 * Every change makes a new array and leaves the old one alone: a version costs one pointer per row, which is
 * cheap for thousands of rows and thousands of changes but is never given back before `forgetHistory`.
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

  /** Makes `entries` the next version of the list. */
  become(entries: readonly Stored[]): void {
    this.#entries = entries;
    this.#byId = null;
    this.#version += 1;
    this.#versions.push({ version: this.#version, entries });
  }

  /** The entry with that id; when two share it, the one further down. */
  find(id: string): Stored | undefined {
    this.#byId ??= new Map(this.#entries.map((entry) => [this.#idOf(entry.row), entry]));
    return this.#byId.get(id);
  }

  /** The entry's row as of `nowMs`. The row is frozen, so it may be handed out as it is. */
  rowAt(entry: Stored, _nowMs: number): Row {
    return entry.row;
  }

  /** Every row as of `nowMs`. A snapshot: later changes do not reach it. */
  rowsAt(nowMs: number): Row[] {
    return this.#entries.map((entry) => this.rowAt(entry, nowMs));
  }

  /** Cuts page `pageNo` (1-based) as of `nowMs`. Past the end it is empty, with the true total. */
  pageAt(nowMs: number, pageNo: number, pageSize: number): Page<Row> {
    const start = (pageNo - 1) * pageSize;
    const cut = this.#entries.slice(start, start + pageSize);
    return {
      totalCount: this.#entries.length,
      rows: cut.map((entry) => this.rowAt(entry, nowMs)),
      rowsJson: cut.map((entry) => this.#jsonAt(entry, nowMs)),
    };
  }

  /** The ids of every version since the start or since `forgetHistory`, oldest first; the last one is the present. */
  history(): { version: number; ids: string[] }[] {
    return this.#versions.map(({ version, entries }) => ({
      version,
      ids: entries.map((entry) => this.#idOf(entry.row)),
    }));
  }

  /** Drops every version but the present one. Numbering goes on. */
  forgetHistory(): void {
    this.#versions = this.#versions.slice(-1);
  }

  /** `rowAt`, already as JSON in bytes. Made once per state, so that a page costs no more than copying it. */
  #jsonAt(entry: Stored, nowMs: number): Buffer {
    const row = this.rowAt(entry, nowMs);
    entry.json ??= Buffer.from(JSON.stringify(row));
    return entry.json;
  }
}

/** A stored job. Everything but `row` and `json` stays as it was made. */
export interface JobEntry extends Entry<JobRow> {
  /** Null once the job is finished, and for a job whose status was set by hand. */
  course: Course | null;
}

/** Events of a list of jobs that change the voices. */
export interface JobEvents {
  /** Jobs that have succeeded, in the order in which a reader or the store noticed it. */
  readonly succeeded: readonly JobRow[];
  /** Successful jobs that the demo has deleted. */
  readonly deleted: readonly JobRow[];
}

/** One list of jobs, whose statuses follow the clock. */
export class JobList extends RowList<JobRow, JobEntry> {
  readonly #stepMs: number;
  readonly #random: () => number;
  /** The jobs at the start, as long as their successes are not in `#succeeded`: a long list costs nothing before voices are read. */
  #seeds: readonly JobEntry[] | null;
  #succeeded = new Set<JobRow>();
  #deleted: JobRow[] = [];
  /** Unfinished jobs; null when the list has changed since they were collected. */
  #running: readonly JobEntry[] | null = null;

  /** @param stepMs how long an unfinished job stays in a state, 0 for ever */
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
    if (entry.course === null) return entry.row;
    const status = statusAt(entry.course, nowMs, this.#stepMs);
    if (status === entry.row.Status) return entry.row;
    entry.row = Object.freeze({ ...entry.row, Status: status, Message: messageFor(status, this.#random) });
    entry.json = null;
    if (status === 'Success' || status === 'Fail') entry.course = null;
    this.recordSuccess(entry.row);
    return entry.row;
  }

  /** Records that a job succeeded, if `row` says so and `before` did not, or not with this VoiceId. */
  recordSuccess(row: JobRow, before?: JobRow): void {
    if (row.Status !== 'Success') return;
    if (before?.Status !== 'Success' || before.VoiceId !== row.VoiceId) this.#succeeded.add(row);
  }

  /** Records that the demo deleted a job. Cancels a success that nobody has read, so that unread events do not pile up. */
  recordDeletion(row: JobRow): void {
    this.#recordSeeds();
    if (row.Status === 'Success' && !this.#succeeded.delete(row)) this.#deleted.push(row);
  }

  /** The events until `nowMs`; forgets them. */
  drainEvents(nowMs: number): JobEvents {
    this.#recordSeeds();
    this.#running ??= this.entries.filter(({ course }) => course !== null);
    // Reading a job moves it to its present status, and nobody may have read these.
    for (const entry of this.#running) this.rowAt(entry, nowMs);
    if (this.#running.some(({ course }) => course === null)) this.#running = null;
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
