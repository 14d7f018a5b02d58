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

/** What happened to the jobs of a list that matters to their voices. */
export interface JobNews {
  /** Jobs that have succeeded, in the order in which that was noticed. */
  readonly succeeded: readonly JobRow[];
  /** Successful jobs that the demo has deleted. */
  readonly deleted: readonly JobRow[];
}

/** One list of jobs, whose statuses follow the clock. */
export class JobList extends RowList<JobRow, JobEntry> {
  readonly #stepMs: number;
  readonly #random: () => number;
  /** The jobs of the start until they are news; then null. A long list costs nothing until somebody asks for voices. */
  #seeds: readonly JobEntry[] | null;
  #succeeded = new Set<JobRow>();
  #deleted: JobRow[] = [];
  /** Unfinished jobs, null when they have to be looked up again. */
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
    this.noteSuccess(entry.row);
    return entry.row;
  }

  /** Makes it news that a job succeeded. Nothing for a row of another status, and for one that says what `before` said. */
  noteSuccess(row: JobRow, before?: JobRow): void {
    if (row.Status !== 'Success') return;
    if (before?.Status !== 'Success' || before.VoiceId !== row.VoiceId) this.#succeeded.add(row);
  }

  /** Makes it news that the demo deleted a job. What was news of it before is none any more, so the news do not grow. */
  noteDeleted(row: JobRow): void {
    this.#startWithSeeds();
    if (row.Status === 'Success' && !this.#succeeded.delete(row)) this.#deleted.push(row);
  }

  /** What has happened until `nowMs` and since this was last called. */
  takeNews(nowMs: number): JobNews {
    this.#startWithSeeds();
    this.#running ??= this.entries.filter(({ course }) => course !== null);
    // A job is finished when somebody reads it; nobody may have read these.
    for (const entry of this.#running) this.rowAt(entry, nowMs);
    if (this.#running.some(({ course }) => course === null)) this.#running = null;
    const news = { succeeded: [...this.#succeeded], deleted: this.#deleted };
    this.#succeeded = new Set();
    this.#deleted = [];
    return news;
  }

  #startWithSeeds(): void {
    if (this.#seeds === null) return;
    const rows = this.#seeds.map(({ row }) => row).filter(({ Status }) => Status === 'Success');
    this.#succeeded = new Set([...rows, ...this.#succeeded]);
    this.#seeds = null;
  }
}
