import type { Observer } from '../observer.ts';
import { type PageRef, rowsOf } from '../paging/cover.ts';
import type { ImsClient, JobType } from '../upstream/ims.ts';
import { parseJob } from './job.ts';
import type { JobSource, TimedJob } from './source.ts';
import type { Row, Span } from './span.ts';

/** Reads from the upstream whatever it is asked for, checks what comes, and keeps none of it. */
export class UpstreamSource implements JobSource {
  readonly observer: Observer;
  readonly isShared = false;
  readonly #ims: ImsClient;
  readonly #totals = new Map<JobType, number>();

  constructor(ims: ImsClient, observer: Observer) {
    this.#ims = ims;
    this.observer = observer;
  }

  async page(type: JobType, page: PageRef, _since?: number, signal?: AbortSignal): Promise<Span> {
    const sentAt = performance.now();
    const wire = await this.#ims.listCustomizedVoiceJobs(type, page.pageNo, page.pageSize, signal);
    const rows = withoutRepeats(
      wire.rows.map((row) => parseJob(row, this.observer)),
      this.observer,
    );
    const total = wire.totalCount;
    this.#totals.set(type, total);
    const last = rows.length < page.pageSize;
    return { start: rowsOf(page).start, total, rows, last, sentAt, answeredAt: performance.now() };
  }

  heldSpan() {
    return undefined;
  }

  heldTotal() {
    return undefined;
  }

  orStale<Value>(_key: string, _stale: () => Value | undefined, read: () => Promise<Value>): Promise<Value> {
    return read();
  }

  staleSpan() {
    return undefined;
  }

  staleTotal() {
    return undefined;
  }

  lastTotal(type: JobType): number | undefined {
    return this.#totals.get(type);
  }

  async job(jobId: string, signal?: AbortSignal): Promise<TimedJob> {
    const sentAt = performance.now();
    const row = await this.#ims.getCustomizedVoiceJob(jobId, signal);
    return { job: (row && parseJob({ JobId: jobId, ...row }, this.observer)) ?? null, sentAt };
  }

  heldJob() {
    return undefined;
  }

  cursorMade() {}

  /** All that a request reads here, it reads after its cursors came. */
  cursorKnownSince(): number {
    return Number.NEGATIVE_INFINITY;
  }
}

/** A job that stands twice on one page would be two nodes with one id to every client; the first one stays. */
function withoutRepeats(rows: readonly Row[], observer: Observer): Row[] {
  const seen = new Set<string>();
  return rows.map((row) => {
    if (row === undefined || !seen.has(row.jobId)) {
      if (row !== undefined) seen.add(row.jobId);
      return row;
    }
    observer.droppedRow('repeated on its page');
    return undefined;
  });
}
