import type { MonotonicMs } from '../clock.ts';
import type { Caller } from '../paging/caller.ts';
import type { CachedLookups, CursorClock, PageSource, StaleLookups } from '../paging/page-source.ts';
import type { RowRange } from '../paging/row-range.ts';
import type { JobType } from '../upstream/ims.ts';
import type { VoiceJob } from './job.ts';

/** A job and when it was requested; null stands for an id that the upstream does not know. */
export interface TimedJob {
  readonly job: VoiceJob | null;
  readonly sentAt: MonotonicMs;
}

/** Reads pages of jobs, and jobs by their ids. */
export interface JobSource extends PageSource<JobType, VoiceJob> {
  readonly cache?: (CachedLookups<JobType, VoiceJob> & CachedJobs) | undefined;

  /**
   * @param since a job that was requested before this will not do, whatever fails; without it, one may be as old as the cache
   *   allows, also while the upstream fails
   * @throws UpstreamError
   */
  job(jobId: string, since?: MonotonicMs, caller?: Caller): Promise<TimedJob>;
}

/** Jobs that a cache has, at no call. */
export interface CachedJobs {
  cachedJob(jobId: string): TimedJob | undefined;
}

/** What other replicas have read, and when cursors were made there. */
export interface SharedLookups extends StaleLookups<JobType, VoiceJob>, CursorClock<JobType> {
  /** As old as a job may be while the upstream fails. */
  staleJob(jobId: string): Promise<TimedJob | undefined>;
}

/** Receives everything that is read upstream, for whichever request. Returns at once and never throws. */
export interface ReadListener {
  pageRead(type: JobType, range: RowRange<VoiceJob>): void;
  jobRead(jobId: string, read: TimedJob): void;
}
