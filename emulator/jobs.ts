import { type JobRow, type JobType, jobTypes, vendorTime } from './job.ts';
import { type UnfinishedStatus, unfinishedStatuses } from './lifecycle.ts';
import { type JobEntry, type JobEvents, JobList, type ListState, type Page } from './list.ts';
import { randomJobId, randomStream } from './random.ts';
import { seedJobs } from './seed.ts';
import { DEMO_AGE_MS, Turnover } from './turnover.ts';

/**
 * Every job of the emulated account, in upstream order (newest first unless a test says otherwise).
 * The only place that changes jobs. All methods are synchronous, so a page is never cut from half a change.
 */
export class JobStore {
  readonly #lists: Record<JobType, JobList>;
  readonly #turnovers = new Map<JobType, Turnover>();
  readonly #random = randomStream(777);
  #inserted = 0;

  /**
   * `stepMs`: how long an unfinished job stays in a state, 0 for ever. `isDemo`: jobs come and go by themselves, and have
   * done so for `DEMO_AGE_MS`.
   */
  constructor(counts: Record<JobType, number>, stepMs: number, isDemo = false) {
    const startedAtMs = Date.now() - (isDemo ? DEMO_AGE_MS : 0);
    const listOf = (type: JobType): JobList => {
      const entries = seedJobs(type, counts[type]).map(
        ({ row, end }): JobEntry => ({
          row: Object.freeze(row),
          json: null,
          course: isUnfinished(row.Status) ? { from: row.Status, startedAtMs, end } : null,
        }),
      );
      // A stream of its own: when jobs are read must not decide which ids later inserts get.
      return new JobList(entries, stepMs, randomStream(778));
    };
    this.#lists = { Basic: listOf('Basic'), Standard: listOf('Standard') };
    if (!isDemo) return;
    for (const type of jobTypes)
      this.#turnovers.set(type, new Turnover({ type, stepMs, startedAtMs, jobs: counts[type] }));
  }

  /** The rows as they are at `nowMs`, by default now. A snapshot: later changes do not reach it. */
  list(type: JobType, nowMs = Date.now()): JobRow[] {
    return this.#listAt(type, nowMs).rowsAt(nowMs);
  }

  /** Cuts page `pageNo` (1-based). Past the end it is empty, with the true total. */
  page(type: JobType, pageNo: number, pageSize: number): Page<JobRow> {
    const nowMs = Date.now();
    return this.#listAt(type, nowMs).pageAt(nowMs, pageNo, pageSize);
  }

  /** The job with that id in either list. */
  find(jobId: string): JobRow | undefined {
    const nowMs = Date.now();
    for (const type of jobTypes) {
      const list = this.#listAt(type, nowMs);
      const entry = list.find(jobId);
      if (entry) return list.rowAt(entry, nowMs);
    }
    return undefined;
  }

  /**
   * Puts `count` new jobs on top as one change, the last one made being the newest; returns them in list order.
   * They are created now, or when the job on top was if that is later, and start in Initialization unless
   * `partial` gives a Status, which then stays as given.
   */
  insertMany(type: JobType, count: number, partial: Partial<JobRow> = {}): JobRow[] {
    const list = this.#lists[type];
    const nowMs = Date.now();
    const top = list.entries[0]?.row.CreateTime ?? '';
    let createTime = vendorTime(nowMs);
    if (top > createTime) createTime = top;
    const added: JobEntry[] = [];
    for (let n = 0; n < count; n++) {
      this.#inserted += 1;
      const row: JobRow = Object.freeze({
        JobId: randomJobId(this.#random),
        VoiceId: `added${this.#inserted}`,
        Status: 'Initialization',
        Message: '',
        VoiceName: `Added ${this.#inserted}`,
        VoiceDesc: '',
        Type: type,
        Gender: 'female',
        Scenario: type === 'Basic' ? 'story' : '',
        CreateTime: createTime,
        GmtCreate: createTime,
        ...partial,
      });
      const course =
        partial.Status === undefined
          ? ({ from: 'Initialization', startedAtMs: nowMs, end: 'Success' } as const)
          : null;
      added.push({ row, json: null, course });
      list.recordSuccess(row);
    }
    added.reverse();
    list.become([...added, ...list.entries]);
    return added.map((entry) => entry.row);
  }

  /**
   * Takes the job out of its list; its voice stays. Throws when there is no such job: a test that misses is a broken test.
   */
  remove(jobId: string): void {
    const { list, entry } = this.#stored(jobId, 'remove');
    // It may have succeeded without anybody having read it since.
    list.rowAt(entry, Date.now());
    list.become(list.entries.filter(({ row }) => row.JobId !== jobId));
  }

  /**
   * Alters what the job says of itself, without moving it within or between lists; returns the new row.
   * A Status set here stays as set. Throws when there is no such job.
   */
  change(jobId: string, partial: Partial<JobRow>): JobRow {
    const { list, entry: old } = this.#stored(jobId, 'change');
    const before = list.rowAt(old, Date.now());
    const row = Object.freeze({ ...before, ...partial });
    const course = partial.Status === undefined ? old.course : null;
    list.become(list.entries.map((entry) => (entry === old ? { row, json: null, course } : entry)));
    list.recordSuccess(row, before);
    return row;
  }

  /** Makes the list exactly these rows, in this order, whatever it is. Their statuses stay as given. */
  replace(type: JobType, rows: readonly JobRow[]): void {
    const list = this.#lists[type];
    const nowMs = Date.now();
    const before = new Map(list.rowsAt(nowMs).map((row) => [row.JobId, row]));
    const entries = rows.map(
      (row): JobEntry => ({ row: Object.freeze({ ...row }), json: null, course: null }),
    );
    for (const { row } of entries) list.recordSuccess(row, before.get(row.JobId));
    list.become(entries);
  }

  /** Every version of the list, see `RowList.history`. */
  history(type: JobType): ListState[] {
    return this.#lists[type].history().map(({ version, ids }) => ({ version, jobIds: ids }));
  }

  /** Forgets every version but the present ones, of both lists. */
  resetHistory(): void {
    for (const type of jobTypes) this.#lists[type].forgetHistory();
  }

  /** Events that change the voices, see `JobList.drainEvents`. */
  drainEvents(type: JobType, nowMs: number): JobEvents {
    return this.#listAt(type, nowMs).drainEvents(nowMs);
  }

  /** The list with the jobs that came and went until `nowMs`. */
  #listAt(type: JobType, nowMs: number): JobList {
    const list = this.#lists[type];
    this.#turnovers.get(type)?.advance(list, nowMs);
    return list;
  }

  #stored(jobId: string, method: string): { list: JobList; entry: JobEntry } {
    for (const type of jobTypes) {
      const list = this.#lists[type];
      const entry = list.find(jobId);
      if (entry) return { list, entry };
    }
    throw new Error(`${method}: expected the id of a stored job, got "${jobId}"`);
  }
}

function isUnfinished(status: string): status is UnfinishedStatus {
  return (unfinishedStatuses as readonly string[]).includes(status);
}
