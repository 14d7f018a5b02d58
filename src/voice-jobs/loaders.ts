import DataLoader from 'dataloader';
import type { Observer } from '../observer.ts';
import { type PageRef, rowsOf } from '../paging/cover.ts';
import type { ImsClient, JobType } from '../upstream/ims.ts';
import { parseJob, type VoiceJob } from './job.ts';
import type { Row, Span } from './span.ts';

/** A page of a list, or only its total. */
interface ListRead {
  readonly type: JobType;
  readonly page: PageRef | 'total';
}

const ANY_PAGE: PageRef = { pageNo: 1, pageSize: 1 };

/**
 * What one request reads, each thing once: equal pages, equal jobs and totals cost one upstream call however often the
 * operation names them. Belongs to one request; a longer life would serve old rows.
 */
export class VoiceJobLoaders {
  readonly observer: Observer;
  readonly #ims: ImsClient;
  readonly #signal: AbortSignal | undefined;
  readonly #listed = new Map<string, VoiceJob>();
  readonly #reads: DataLoader<ListRead, { answer: Promise<Span> }, string>;
  readonly #jobs: DataLoader<string, { answer: Promise<VoiceJob | null> }>;

  /** @param signal fires when the caller leaves; then what is still being read is broken off */
  constructor(ims: ImsClient, observer: Observer, signal?: AbortSignal) {
    this.#ims = ims;
    this.observer = observer;
    this.#signal = signal;
    // Each answer is handed over in a box, so that no read of a batch waits for the slowest of it.
    this.#reads = new DataLoader(async (reads) => this.#readTogether(reads), {
      cacheKeyFn: ({ type, page }) => (page === 'total' ? type : `${type}/${page.pageNo}/${page.pageSize}`),
    });
    this.#jobs = new DataLoader(async (jobIds) => jobIds.map((jobId) => ({ answer: this.#readJob(jobId) })));
  }

  /** @throws UpstreamError */
  async page(type: JobType, page: PageRef): Promise<Span> {
    return (await this.#reads.load({ type, page })).answer;
  }

  /** As {@link page}, but never what this request has read before. @throws UpstreamError */
  reread(type: JobType, page: PageRef): Promise<Span> {
    this.#reads.clear({ type, page });
    return this.page(type, page);
  }

  /** Number of jobs of a type. Costs no call of its own beside a page of the same list. @throws UpstreamError */
  async total(type: JobType): Promise<number> {
    return (await (await this.#reads.load({ type, page: 'total' })).answer).total;
  }

  /**
   * A job by its id, null when there is none. `gmtCreate`, which the upstream tells of listed rows only, is filled in
   * when the same request has listed the job before.
   *
   * @throws UpstreamError
   */
  async job(jobId: string): Promise<VoiceJob | null> {
    return (await this.#jobs.load(jobId)).answer;
  }

  /** A total asked for beside a page of the same list comes with that page. */
  #readTogether(reads: readonly ListRead[]): { answer: Promise<Span> }[] {
    const latest = new Map<JobType, Promise<Span>>();
    const start = ({ type, page }: ListRead) => {
      const answer = this.#readPage(type, page === 'total' ? ANY_PAGE : page);
      latest.set(type, answer);
      return answer;
    };
    const pages = reads.map((read) => (read.page === 'total' ? undefined : start(read)));
    return reads.map((read, index) => ({ answer: pages[index] ?? latest.get(read.type) ?? start(read) }));
  }

  async #readPage(type: JobType, page: PageRef): Promise<Span> {
    const wire = await this.#ims.listCustomizedVoiceJobs(type, page.pageNo, page.pageSize, this.#signal);
    const rows = withoutRepeats(
      wire.rows.map((row) => parseJob(row, this.observer)),
      this.observer,
    );
    for (const job of rows) if (job !== undefined) this.#listed.set(job.jobId, job);
    return { start: rowsOf(page).start, total: wire.totalCount, rows, last: rows.length < page.pageSize };
  }

  async #readJob(jobId: string): Promise<VoiceJob | null> {
    const row = await this.#ims.getCustomizedVoiceJob(jobId, this.#signal);
    const job = row === undefined ? undefined : parseJob({ JobId: jobId, ...row }, this.observer);
    if (job === undefined) return null;
    return { ...job, gmtCreate: job.gmtCreate ?? this.#listed.get(jobId)?.gmtCreate ?? null };
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
