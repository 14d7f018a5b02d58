import DataLoader from 'dataloader';
import { MAX_PAGE_SIZE } from '../paging/cover.ts';
import { JOB_TYPES } from '../upstream/ims.ts';
import type { Caller } from './caller.ts';
import type { Freshness } from './freshness.ts';
import type { VoiceJob } from './job.ts';
import { findInLists, type Search } from './lookup.ts';
import type { PageLoader } from './page-loader.ts';
import type { JobSource, TimedJob } from './source.ts';
import { tracedRead } from './traced-read.ts';

/**
 * Ids from which on the lists are tried although their lengths are not known yet: the two calls that tell them are then
 * a few percent of what they may save.
 */
export const TRY_LISTS_FROM = 64;

/**
 * The jobs that one request reads by id, each once. What is at hand costs nothing, the others one call each, or as many
 * as their lists have pages where that is fewer. Belongs to one request.
 */
export class JobLoader {
  readonly #source: JobSource;
  readonly #pages: PageLoader;
  readonly #freshness: Freshness;
  readonly #caller: Caller | undefined;
  readonly #jobs: DataLoader<string, { answer: Promise<VoiceJob | null> }>;

  /** @param caller who waits; when nobody does any more, what is still being read is broken off */
  constructor(source: JobSource, pages: PageLoader, freshness: Freshness, caller?: Caller) {
    this.#source = source;
    this.#pages = pages;
    this.#freshness = freshness;
    this.#caller = caller;
    // In boxes, so that one job that cannot be read fails none of the others.
    this.#jobs = new DataLoader(async (jobIds) => this.#readTogether(jobIds));
  }

  /**
   * A job by its id, null when there is none. Its `gmtCreate`, which the upstream tells of listed rows only, is there when
   * the job's row is at hand.
   *
   * @throws UpstreamError
   */
  async byId(jobId: string): Promise<VoiceJob | null> {
    return (await this.#jobs.load(jobId)).answer;
  }

  #readTogether(jobIds: readonly string[]): { answer: Promise<VoiceJob | null> }[] {
    const missing = jobIds.filter((jobId) => this.#pages.heldJob(jobId) === undefined);
    const search = this.#areListsCheaper(missing.length) ? findInLists(missing, this.#pages) : undefined;
    return jobIds.map((jobId) => ({ answer: this.#read(jobId, search) }));
  }

  /** @param search the lists, being read for this job among others */
  async #read(jobId: string, search: Search | undefined): Promise<VoiceJob | null> {
    const held = this.#pages.heldJob(jobId);
    if (held !== undefined) {
      if (this.#source.isShared) this.#source.observer.cacheRead('job', 'hit');
      return this.#used(held);
    }
    if (search !== undefined) {
      const [ended] = await Promise.allSettled([search.isComplete]);
      const found = search.found.get(jobId);
      if (found !== undefined) return found;
      if (ended.status === 'rejected') throw ended.reason;
      if (ended.value) return null;
    }
    const job = this.#used(await this.#askFor(jobId));
    const gmtCreate = job?.gmtCreate ?? this.#pages.heldJob(jobId)?.job?.gmtCreate ?? null;
    return job?.withGmtCreate(gmtCreate) ?? null;
  }

  #askFor(jobId: string): Promise<TimedJob> {
    const caller = this.#caller;
    if (caller?.span === undefined) return this.#source.job(jobId, caller);
    return tracedRead(caller, caller.span, 'read job', {}, (reader) => this.#source.job(jobId, reader));
  }

  #used({ job, sentAt }: TimedJob): VoiceJob | null {
    this.#freshness.used(sentAt);
    return job;
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
