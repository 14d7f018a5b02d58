import DataLoader from 'dataloader';
import { tracedRead } from '../paging/caller.ts';
import { MAX_PAGE_SIZE } from '../paging/cover.ts';
import type { ListReaders } from '../paging/list-reader.ts';
import { JOB_TYPES, type JobType } from '../upstream/ims.ts';
import { findByScanning, type Scan } from './find-by-scanning.ts';
import type { VoiceJob } from './job.ts';
import type { JobSource, TimedJob } from './source.ts';

/** Ids from which on the lists are tried although their lengths are unknown: two calls are then a few percent. */
export const TRY_LISTS_FROM = 64;

/** The jobs that one request reads by id, each once: a call each, or the pages of the lists where these are fewer. */
export class JobLoader {
  readonly #source: JobSource;
  readonly #readers: ListReaders<JobType, VoiceJob>;
  readonly #jobs: DataLoader<string, { answer: Promise<VoiceJob | null> }>;

  /** @param readers of the same request */
  constructor(source: JobSource, readers: ListReaders<JobType, VoiceJob>) {
    this.#source = source;
    this.#readers = readers;
    // In boxes, so that one job that cannot be read fails none of the others.
    this.#jobs = new DataLoader(async (jobIds) => this.#readTogether(jobIds));
  }

  /** A job by its id, null when there is none. `gmtCreate` is there when its row is cached. @throws UpstreamError */
  async byId(jobId: string): Promise<VoiceJob | null> {
    return (await this.#jobs.load(jobId)).answer;
  }

  #readTogether(jobIds: readonly string[]): { answer: Promise<VoiceJob | null> }[] {
    const missing = jobIds.filter((jobId) => this.#known(jobId) === undefined);
    const scan = this.#areListsCheaper(missing.length) ? findByScanning(missing, this.#readers) : undefined;
    return jobIds.map((jobId) => ({ answer: this.#read(jobId, scan) }));
  }

  /** @param scan of the lists for this job among others */
  async #read(jobId: string, scan: Scan | undefined): Promise<VoiceJob | null> {
    const known = this.#known(jobId);
    if (known !== undefined) {
      if (this.#source.cache !== undefined) this.#source.observer.cacheRead('job', 'hit');
      return this.#used(known);
    }
    if (scan !== undefined) {
      const [ended] = await Promise.allSettled([scan.isComplete]);
      const found = scan.found.get(jobId);
      if (found !== undefined) return found;
      if (ended.status === 'rejected') throw ended.reason;
      if (ended.value) return null;
    }
    const read = await tracedRead(this.#readers.caller, 'read job', {}, (caller) =>
      this.#source.job(jobId, undefined, caller),
    );
    const job = this.#used(read);
    const gmtCreate = job?.gmtCreate ?? this.#known(jobId)?.job?.gmtCreate ?? null;
    return job?.withGmtCreate(gmtCreate) ?? null;
  }

  /** A job that was read before, by this request or within the time of the cache. */
  #known(jobId: string): TimedJob | undefined {
    const { cache } = this.#source;
    if (cache !== undefined) return cache.cachedJob(jobId);
    const found = this.#readers.find(jobId);
    return found && { job: found.row, sentAt: found.sentAt };
  }

  #used({ job, sentAt }: TimedJob): VoiceJob | null {
    this.#readers.freshness.used(sentAt);
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
