import DataLoader from 'dataloader';
import type { Observer } from '../observer.ts';
import type { PageRef } from '../paging/cover.ts';
import type { JobType } from '../upstream/ims.ts';
import type { VoiceJob } from './job.ts';
import type { JobSource } from './source.ts';
import type { Span } from './span.ts';

/** A page of a list, or only its total. */
interface ListRead {
  readonly type: JobType;
  readonly page: PageRef | 'total';
}

const ANY_PAGE: PageRef = { pageNo: 1, pageSize: 1 };

/**
 * The pages that one request reads, each once: equal pages and totals cost one upstream call however often the operation
 * names them. Belongs to one request; a longer life would serve old rows.
 */
export class PageLoader {
  readonly observer: Observer;
  readonly #source: JobSource;
  readonly #signal: AbortSignal | undefined;
  readonly #listed = new Map<string, VoiceJob>();
  readonly #reads: DataLoader<ListRead, { answer: Promise<Span> }, string>;

  /** @param signal fires when the caller leaves; then what is still being read is broken off */
  constructor(source: JobSource, signal?: AbortSignal) {
    this.#source = source;
    this.observer = source.observer;
    this.#signal = signal;
    // Each answer is handed over in a box, so that no read of a batch waits for the slowest of it.
    this.#reads = new DataLoader(async (reads) => this.#readTogether(reads), {
      cacheKeyFn: ({ type, page }) => (page === 'total' ? type : `${type}/${page.pageNo}/${page.pageSize}`),
    });
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

  /** The row of a job, as a page of this request brought it; undefined when none has yet. */
  listed(jobId: string): VoiceJob | undefined {
    return this.#listed.get(jobId);
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
    const span = await this.#source.page(type, page, this.#signal);
    for (const row of span.rows) if (row !== undefined) this.#listed.set(row.jobId, row);
    return span;
  }
}
