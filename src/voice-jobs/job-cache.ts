import { MemoryStore } from '../cache/memory-store.ts';
import { SingleFlight } from '../cache/single-flight.ts';
import type { MonotonicMs } from '../clock.ts';
import { UpstreamError } from '../errors.ts';
import type { Caller } from '../paging/caller.ts';
import { ANY_TIME, type CacheTimes, PageCache, within } from '../paging/page-cache.ts';
import type { RowRange } from '../paging/row-range.ts';
import type { JobType } from '../upstream/ims.ts';
import { bytesOfJob, type VoiceJob } from './job.ts';
import type { JobSource, SharedLookups, TimedJob } from './source.ts';

const JOBS_BYTES = 16 * 1024 * 1024;

/** A job in a final state changes no more; it can only be deleted. */
export const FINAL_TTL_FACTOR = 30;

/** Pages and jobs in memory, shared by all requests. Each row of a page is cached as a job too. */
export class JobCache extends PageCache<JobType, VoiceJob> implements JobSource {
  readonly #source: JobSource;
  readonly #shared: SharedLookups | undefined;
  readonly #jobs = new MemoryStore<TimedJob>({ maxBytes: JOBS_BYTES, bytesOf: ({ job }) => bytesOfJob(job) });
  readonly #flights = new SingleFlight<TimedJob>();

  /**
   * @param patienceMs how long the upstream may take before stale values are served, where there are any
   * @param shared what other replicas have read; undefined where there are none
   */
  constructor(source: JobSource, times: CacheTimes, patienceMs: number, shared?: SharedLookups) {
    super(source, shared, times, patienceMs, bytesOfJob);
    this.#source = source;
    this.#shared = shared;
  }

  async job(jobId: string, since?: MonotonicMs, caller?: Caller): Promise<TimedJob> {
    const cached = this.cachedJob(jobId);
    if (cached !== undefined && cached.sentAt >= (since ?? ANY_TIME)) return cached;
    if (since !== undefined) return this.#read(jobId, since, caller);
    const stale = () => within(this.#jobs.get(jobId), this.times.staleIfErrorMs);
    return this.orStale(`job/${jobId}`, stale, () => this.#read(jobId, ANY_TIME, caller));
  }

  cachedJob(jobId: string): TimedJob | undefined {
    const cached = this.#jobs.get(jobId);
    return within(cached, this.times.ttlMs * (cached?.job?.isFinal ? FINAL_TTL_FACTOR : 1));
  }

  protected override kept({ rows, sentAt }: RowRange<VoiceJob>): void {
    for (const row of rows) if (row !== undefined) this.#keep(row.jobId, row, sentAt);
  }

  #read(jobId: string, since: MonotonicMs, caller: Caller | undefined): Promise<TimedJob> {
    return this.join('job', this.#flights, jobId, since, caller, async (reader) => {
      try {
        const { job, sentAt } = await this.#source.job(jobId, since, reader);
        return this.#keep(jobId, job, sentAt);
      } catch (error) {
        const stale = error instanceof UpstreamError ? await this.#shared?.staleJob(jobId) : undefined;
        if (stale !== undefined) this.#keep(jobId, stale.job, stale.sentAt);
        throw error;
      }
    });
  }

  /** A job read by id lacks `gmtCreate`, which never changes: an earlier row may have had it. */
  #keep(jobId: string, job: VoiceJob | null, sentAt: MonotonicMs): TimedJob {
    const gmtCreate = job?.gmtCreate ?? this.#jobs.get(jobId)?.job?.gmtCreate ?? null;
    const timed = { job: job?.withGmtCreate(gmtCreate) ?? null, sentAt };
    this.#jobs.set(jobId, timed);
    return timed;
  }
}
