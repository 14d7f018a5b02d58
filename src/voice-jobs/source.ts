import type { Observer } from '../observer.ts';
import { type PageRef, rowsOf } from '../paging/cover.ts';
import type { ImsClient, JobType } from '../upstream/ims.ts';
import { parseJob, type VoiceJob } from './job.ts';
import type { Row, Span } from './span.ts';

/** Reads jobs and checks what comes. Belongs to the gateway, and lives as long. */
export class JobSource {
  readonly observer: Observer;
  readonly #ims: ImsClient;
  readonly #totals = new Map<JobType, number>();

  constructor(ims: ImsClient, observer: Observer) {
    this.#ims = ims;
    this.observer = observer;
  }

  /** @throws UpstreamError */
  async page(type: JobType, page: PageRef, signal?: AbortSignal): Promise<Span> {
    const wire = await this.#ims.listCustomizedVoiceJobs(type, page.pageNo, page.pageSize, signal);
    const rows = withoutRepeats(
      wire.rows.map((row) => parseJob(row, this.observer)),
      this.observer,
    );
    this.#totals.set(type, wire.totalCount);
    return { start: rowsOf(page).start, total: wire.totalCount, rows, last: rows.length < page.pageSize };
  }

  /** Null when there is no such job. @throws UpstreamError */
  async job(jobId: string, signal?: AbortSignal): Promise<VoiceJob | null> {
    const row = await this.#ims.getCustomizedVoiceJob(jobId, signal);
    return (row && parseJob({ JobId: jobId, ...row }, this.observer)) ?? null;
  }

  /**
   * How many jobs of a type there were when one of its pages was last read; undefined before the first. Old at once: good
   * for choosing how to read, never for an answer.
   */
  lastTotal(type: JobType): number | undefined {
    return this.#totals.get(type);
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
