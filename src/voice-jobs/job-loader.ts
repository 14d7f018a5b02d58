import DataLoader from 'dataloader';
import { MAX_PAGE_SIZE } from '../paging/cover.ts';
import { JOB_TYPES } from '../upstream/ims.ts';
import type { VoiceJob } from './job.ts';
import { findInLists } from './lookup.ts';
import type { PageLoader } from './page-loader.ts';
import type { JobSource } from './source.ts';

/**
 * Ids from which on the lists are tried although their lengths are not known yet: the two calls that tell them are then
 * a few percent of what they may save.
 */
const TRY_LISTS_FROM = 64;

/**
 * The jobs that one request reads by id, each once. Rows that the request has at hand cost nothing, the others one call
 * each, or as many as their lists have pages where that is fewer. Belongs to one request.
 */
export class JobLoader {
  readonly #source: JobSource;
  readonly #pages: PageLoader;
  readonly #signal: AbortSignal | undefined;
  readonly #jobs: DataLoader<string, { answer: Promise<VoiceJob | null> }>;

  /** @param signal fires when the caller leaves; then what is still being read is broken off */
  constructor(source: JobSource, pages: PageLoader, signal?: AbortSignal) {
    this.#source = source;
    this.#pages = pages;
    this.#signal = signal;
    // In boxes, so that one job that cannot be read fails none of the others.
    this.#jobs = new DataLoader(async (jobIds) => this.#readTogether(jobIds));
  }

  /**
   * A job by its id, null when there is none. Its `gmtCreate`, which the upstream tells of listed rows only, is there when
   * the request has listed the job.
   *
   * @throws UpstreamError
   */
  async byId(jobId: string): Promise<VoiceJob | null> {
    return (await this.#jobs.load(jobId)).answer;
  }

  #readTogether(jobIds: readonly string[]): { answer: Promise<VoiceJob | null> }[] {
    const missing = jobIds.filter((jobId) => this.#pages.listed(jobId) === undefined);
    const search = this.#areListsCheaper(missing.length) ? findInLists(missing, this.#pages) : undefined;
    return jobIds.map((jobId) => ({ answer: this.#read(jobId, search) }));
  }

  /** @param search the lists, being read for this job among others */
  async #read(jobId: string, search: ReturnType<typeof findInLists> | undefined): Promise<VoiceJob | null> {
    const atHand = this.#pages.listed(jobId);
    if (atHand !== undefined) return atHand;
    const [searched] = await Promise.allSettled([search]);
    const found = this.#pages.listed(jobId);
    if (found !== undefined) return found;
    if (searched.status === 'rejected') throw searched.reason;
    if (searched.value) return null;
    const job = await this.#source.job(jobId, this.#signal);
    return job && { ...job, gmtCreate: job.gmtCreate ?? this.#pages.listed(jobId)?.gmtCreate ?? null };
  }

  #areListsCheaper(ids: number): boolean {
    let pages = 0;
    for (const type of JOB_TYPES) {
      const total = this.#source.lastTotal(type);
      if (total === undefined) return ids >= TRY_LISTS_FROM;
      pages += Math.max(1, Math.ceil(total / MAX_PAGE_SIZE));
    }
    return pages < ids;
  }
}
