import { type MonotonicMs, monotonicNow } from '../../clock.ts';
import type { ReadListener, TimedRow } from '../../paging/page-source.ts';
import type { RowRange } from '../../paging/row-range.ts';
import type { JobType, VoiceJob } from '../job.ts';
import { JobState } from './job-state.ts';
import type { Subscriber } from './subscriber.ts';

export interface JobStateListener {
  /** A read found a state that differs from the last, or the first one. */
  changed(job: JobState): void;
  /** The job is deleted, or never was. */
  gone(job: JobState): void;
  /** The job got its first subscriber, here or on another replica, or lost the last one here. */
  subscribersTurned(job: JobState): void;
}

/** The jobs that have subscribers. Takes every read of them, for whichever request it was made. */
export class JobRegistry implements ReadListener<JobType, VoiceJob>, Iterable<JobState> {
  readonly #jobs = new Map<string, JobState>();
  readonly #listeners = new Set<JobStateListener>();

  get size(): number {
    return this.#jobs.size;
  }

  [Symbol.iterator](): Iterator<JobState> {
    return this.#jobs.values();
  }

  get(jobId: string): JobState | undefined {
    return this.#jobs.get(jobId);
  }

  listen(listener: JobStateListener): void {
    this.#listeners.add(listener);
  }

  /** @param left called when the subscription ends */
  subscribe(jobId: string, left: () => void): [JobState, Subscriber] {
    const job = this.#jobs.get(jobId) ?? this.#add(jobId);
    const subscriber = job.subscribe(() => {
      left();
      if (job.subscribers === 0) this.#turned(job);
    });
    if (job.subscribers === 1) this.#turned(job);
    return [job, subscriber];
  }

  /** Of jobs without subscribers here, keeps exactly those that other replicas want. */
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

  rowRead(jobId: string, read: TimedRow<VoiceJob>): void {
    const watched = this.#jobs.get(jobId);
    if (watched !== undefined) this.read(watched, read, monotonicNow());
  }

  pageRead(type: JobType, { rows, start, total, sentAt }: RowRange<VoiceJob>): void {
    if (this.#jobs.size === 0) return;
    const readAt = monotonicNow();
    for (const [index, job] of rows.entries()) {
      const watched = job && this.#jobs.get(job.jobId);
      if (job === undefined || watched === undefined) continue;
      watched.foundAt({ type, offset: start + index, total });
      this.read(watched, { row: job, sentAt }, readAt);
    }
  }

  read(watched: JobState, { row: job, sentAt }: TimedRow<VoiceJob>, readAt: MonotonicMs): void {
    const change = watched.read(job, sentAt, readAt);
    if (change !== 'none') for (const listener of this.#listeners) listener[change](watched);
  }

  #add(jobId: string): JobState {
    const job = new JobState(jobId);
    this.#jobs.set(jobId, job);
    return job;
  }

  #turned(job: JobState): void {
    this.#forgetUnwanted(job);
    for (const listener of this.#listeners) listener.subscribersTurned(job);
  }

  #forgetUnwanted(job: JobState): void {
    if (job.subscribers === 0 && !job.isWantedElsewhere && this.#jobs.get(job.jobId) === job)
      this.#jobs.delete(job.jobId);
  }
}
