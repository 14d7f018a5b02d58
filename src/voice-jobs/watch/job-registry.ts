import { type MonotonicMs, monotonicNow } from '../../clock.ts';
import type { ReadListener, TimedRow } from '../../paging/page-source.ts';
import type { RowRange } from '../../paging/row-range.ts';
import type { JobType, VoiceJob } from '../job.ts';
import { JobState } from './job-state.ts';
import type { Subscriber } from './subscriber.ts';

export interface JobStateListener {
  /** A read found the first state of a job, or another `rawStatus`. */
  changed(job: JobState): void;
  /** The job does not exist, or was deleted. */
  gone(job: JobState): void;
  /** The job got its first subscriber, here or on another replica, or lost its last one here. */
  interestChanged(job: JobState): void;
}

/** The jobs that have subscribers, here or on another replica. Learns from every read of a job or page, whatever request caused it. */
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

  /** Sets which jobs have subscribers on other replicas, and removes jobs without any subscriber. */
  setRemoteSubscriptions(jobIds: ReadonlySet<string>): void {
    for (const job of this.#jobs.values()) {
      job.hasRemoteSubscribers = jobIds.has(job.jobId);
      this.#forgetUnwanted(job);
    }
    for (const jobId of jobIds) {
      if (this.#jobs.has(jobId)) continue;
      const job = this.#add(jobId);
      job.hasRemoteSubscribers = true;
      this.#turned(job);
    }
  }

  rowRead(jobId: string, read: TimedRow<VoiceJob>): void {
    const state = this.#jobs.get(jobId);
    if (state !== undefined) this.update(state, read, monotonicNow());
  }

  pageRead(type: JobType, { rows, start, total, sentAt }: RowRange<VoiceJob>): void {
    if (this.#jobs.size === 0) return;
    const readAt = monotonicNow();
    for (const [index, job] of rows.entries()) {
      const state = job && this.#jobs.get(job.jobId);
      if (job === undefined || state === undefined) continue;
      state.setPosition({ type, offset: start + index, total });
      this.update(state, { row: job, sentAt }, readAt);
    }
  }

  /** Updates the state of a job with a read, and notifies the listeners of a change. */
  update(state: JobState, { row: job, sentAt }: TimedRow<VoiceJob>, readAt: MonotonicMs): void {
    const change = state.update(job, sentAt, readAt);
    if (change !== 'none') for (const listener of this.#listeners) listener[change](state);
  }

  #add(jobId: string): JobState {
    const job = new JobState(jobId);
    this.#jobs.set(jobId, job);
    return job;
  }

  #turned(job: JobState): void {
    this.#forgetUnwanted(job);
    for (const listener of this.#listeners) listener.interestChanged(job);
  }

  #forgetUnwanted(job: JobState): void {
    if (job.subscribers === 0 && !job.hasRemoteSubscribers && this.#jobs.get(job.jobId) === job)
      this.#jobs.delete(job.jobId);
  }
}
