import type { JobType } from '../../upstream/ims.ts';
import type { ReadListener } from '../read-listener.ts';
import type { TimedJob } from '../source.ts';
import type { Span } from '../span.ts';
import type { Follower } from './follower.ts';
import { WatchedJob } from './watched-job.ts';

/** Told what becomes of the jobs. */
export interface WatchListener {
  /** One was read, and its state is another than before, or the first that is known. */
  changed(job: WatchedJob): void;
  /** It is there no longer, or never was. */
  gone(job: WatchedJob): void;
  /** Somebody looks on one on which nobody did, here or elsewhere; or nobody here does any more. */
  turned(job: WatchedJob): void;
}

/** The jobs on which somebody looks. Takes whatever is read of them, for whomever it was read. */
export class WatchedJobs implements ReadListener, Iterable<WatchedJob> {
  readonly #jobs = new Map<string, WatchedJob>();
  readonly #listeners = new Set<WatchListener>();

  /** How many there are. */
  get size(): number {
    return this.#jobs.size;
  }

  [Symbol.iterator](): Iterator<WatchedJob> {
    return this.#jobs.values();
  }

  get(jobId: string): WatchedJob | undefined {
    return this.#jobs.get(jobId);
  }

  listen(listener: WatchListener): void {
    this.#listeners.add(listener);
  }

  /** @param left told when the follower looks on no more */
  join(jobId: string, left: () => void): [WatchedJob, Follower] {
    const job = this.#jobs.get(jobId) ?? this.#add(jobId);
    const follower = job.join(() => {
      left();
      if (job.followers === 0) this.#turned(job);
    });
    if (job.followers === 1) this.#turned(job);
    return [job, follower];
  }

  /** Keeps exactly those of the jobs on which nobody looks here that are wanted by other processes. */
  wantElsewhere(jobIds: ReadonlySet<string>): void {
    for (const job of this.#jobs.values()) {
      job.isWantedElsewhere = jobIds.has(job.jobId);
      this.#forgetUnwanted(job);
    }
    for (const jobId of jobIds) {
      if (this.#jobs.has(jobId)) continue;
      const job = this.#add(jobId);
      job.isWantedElsewhere = true;
      this.#turned(job);
    }
  }

  jobRead(jobId: string, { job, sentAt }: TimedJob): void {
    const watched = this.#jobs.get(jobId);
    if (watched !== undefined) this.read(watched, { job, sentAt }, performance.now());
  }

  pageRead(type: JobType, { rows, start, total, sentAt }: Span): void {
    if (this.#jobs.size === 0) return;
    const readAt = performance.now();
    for (const [index, job] of rows.entries()) {
      const watched = job && this.#jobs.get(job.jobId);
      if (job === undefined || watched === undefined) continue;
      watched.stands({ type, offset: start + index, total });
      this.read(watched, { job, sentAt }, readAt);
    }
  }

  /** @param readAt when it was there at the latest, in milliseconds of `performance.now()` */
  read(watched: WatchedJob, { job, sentAt }: TimedJob, readAt: number): void {
    const news = watched.read(job, sentAt, readAt);
    if (news !== 'none') for (const listener of this.#listeners) listener[news](watched);
  }

  #add(jobId: string): WatchedJob {
    const job = new WatchedJob(jobId);
    this.#jobs.set(jobId, job);
    return job;
  }

  #turned(job: WatchedJob): void {
    this.#forgetUnwanted(job);
    for (const listener of this.#listeners) listener.turned(job);
  }

  #forgetUnwanted(job: WatchedJob): void {
    if (job.followers === 0 && !job.isWantedElsewhere && this.#jobs.get(job.jobId) === job)
      this.#jobs.delete(job.jobId);
  }
}
