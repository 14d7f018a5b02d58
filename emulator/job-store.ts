import { type JobRow, type JobType, jobTypes, vendorTime } from './job.ts';
import { type UnfinishedStatus, unfinishedStatuses } from './lifecycle.ts';
import { randomJobId, randomStream } from './random.ts';
import { type JobEntry, type JobEvents, JobList, type ListState, type Page } from './row-list.ts';
import { seedJobs } from './seed.ts';
import { DEMO_AGE_MS, Turnover } from './turnover.ts';

/**
 * All jobs of the emulated account, in upstream order (newest first by default). No other code changes jobs. All methods are
 * synchronous, so that no page reflects half a change.
 */
export class JobStore {
  readonly #lists: Record<JobType, JobList>;
  readonly #turnovers = new Map<JobType, Turnover>();
  readonly #random = randomStream(777);
  #inserted = 0;

  /**
   * @param stepMs how long an unfinished job stays in a state, in milliseconds; 0 for ever
   * @param isDemo adds and deletes jobs over time, as if it had done so for `DEMO_AGE_MS` already
   */
  constructor(counts: Record<JobType, number>, stepMs: number, isDemo = false) {
    const startedAtMs = Date.now() - (isDemo ? DEMO_AGE_MS : 0);
    const listOf = (type: JobType): JobList => {
      const entries = seedJobs(type, counts[type]).map(
        ({ row, end }): JobEntry => ({
          row: Object.freeze(row),
          json: null,
          progress: isUnfinished(row.Status) ? { from: row.Status, startedAtMs, end } : null,
        }),
      );
      // Separate random streams: reading jobs must not influence the ids of later inserts.
      return new JobList(entries, stepMs, randomStream(778));
    };
    this.#lists = { Basic: listOf('Basic'), Standard: listOf('Standard') };
    if (!isDemo) return;
    for (const type of jobTypes)
      this.#turnovers.set(type, new Turnover({ type, stepMs, startedAtMs, jobs: counts[type] }));
  }

  /** The rows at `nowMs`, by default now. A snapshot: later changes do not affect it. */
  list(type: JobType, nowMs = Date.now()): JobRow[] {
    return this.#listAt(type, nowMs).rowsAt(nowMs);
  }

  /** Page `pageNo` (1-based). Beyond the end it is empty, with the correct total. */
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
   * Inserts `count` new jobs at the top as one change, the last created one first; returns them in list order. Their
   * CreateTime is now, or that of the top job if it is later. They start in Initialization unless `partial` gives a Status,
   * which then stays as given.
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
      const progress =
        partial.Status === undefined
          ? ({ from: 'Initialization', startedAtMs: nowMs, end: 'Success' } as const)
          : null;
      added.push({ row, json: null, progress });
      list.recordSuccess(row);
    }
    added.reverse();
    list.become([...added, ...list.entries]);
    return added.map((entry) => entry.row);
  }

  /** Removes a job from its list; its voice stays. Throws if there is no such job, because a test that misses is broken. */
  remove(jobId: string): void {
    const { list, entry } = this.#stored(jobId, 'remove');
    // The job may have succeeded since it was last read.
    list.rowAt(entry, Date.now());
    list.become(list.entries.filter(({ row }) => row.JobId !== jobId));
  }

  /**
   * Changes fields of a job without moving it; returns the new row. A given Status stays as given. Throws if there is no such
   * job.
   */
  change(jobId: string, partial: Partial<JobRow>): JobRow {
    const { list, entry: old } = this.#stored(jobId, 'change');
    const before = list.rowAt(old, Date.now());
    const row = Object.freeze({ ...before, ...partial });
    const progress = partial.Status === undefined ? old.progress : null;
    list.become(list.entries.map((entry) => (entry === old ? { row, json: null, progress } : entry)));
    list.recordSuccess(row, before);
    return row;
  }

  /** Sets the list to exactly these rows in this order. Their statuses stay as given. */
  replace(type: JobType, rows: readonly JobRow[]): void {
    const list = this.#lists[type];
    const nowMs = Date.now();
    const before = new Map(list.rowsAt(nowMs).map((row) => [row.JobId, row]));
    const entries = rows.map(
      (row): JobEntry => ({ row: Object.freeze({ ...row }), json: null, progress: null }),
    );
    for (const { row } of entries) list.recordSuccess(row, before.get(row.JobId));
    list.become(entries);
  }

  /** All versions of the list, see `RowList.history`. */
  history(type: JobType): ListState[] {
    return this.#lists[type].history().map(({ version, ids }) => ({ version, jobIds: ids }));
  }

  /** Forgets all versions of both lists except the current ones. */
  resetHistory(): void {
    for (const type of jobTypes) this.#lists[type].forgetHistory();
  }

  /** Events that affect voices, see `JobList.drainEvents`. */
  drainEvents(type: JobType, nowMs: number): JobEvents {
    return this.#listAt(type, nowMs).drainEvents(nowMs);
  }

  /** The list after the demo's changes until `nowMs`. */
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
