import type { MonotonicMs } from '../../clock.ts';
import { NEVER } from '../../clock.ts';
import { BadInputError } from '../../errors.ts';
import type { JobType, VoiceJob } from '../job.ts';
import { type ListPosition, nextPosition, type PolledJob } from './poll-plan.ts';
import { Subscriber } from './subscriber.ts';

/** Consecutive reads without the job, after which a known job counts as deleted. */
const MAX_MISSES = 2;

export type StateChange = 'none' | 'changed' | 'gone';

/** The last known state of a job, and its subscribers on this replica. */
export class JobState implements PolledJob {
  readonly jobId: string;
  /** Whether another replica has subscribers; the leader polls the job for them. */
  hasRemoteSubscribers = false;
  callsInFlight = 0;
  /** Whether the job must be read at the next poll, because another replica may have seen a newer state. */
  needsRead = false;
  readonly #subscribers = new Set<Subscriber>();
  /** Subscribers that have not received a state yet. */
  readonly #newSubscribers = new Set<Subscriber>();
  known: VoiceJob | undefined;
  /** When the call that read the known state was sent. */
  sentAt = NEVER;
  /** When the known state had arrived: every call sent later returns a newer one. */
  readAt = NEVER;
  position: ListPosition | undefined;
  missingFrom: PolledJob['missingFrom'] = 'nowhere';
  #misses = 0;

  constructor(jobId: string) {
    this.jobId = jobId;
  }

  get subscribers(): number {
    return this.#subscribers.size + this.#newSubscribers.size;
  }

  /** The list of the job; undefined if the upstream returned no type. */
  get type(): JobType | undefined {
    return this.known?.type ?? undefined;
  }

  /** @param left called when the subscription ends */
  subscribe(left: () => void): Subscriber {
    const subscriber = new Subscriber((gone) => {
      this.#subscribers.delete(gone);
      this.#newSubscribers.delete(gone);
      left();
    });
    this.#newSubscribers.add(subscriber);
    return subscriber;
  }

  /** Sends the known state to subscribers that have not received one yet. */
  sendFirstState(): void {
    const known = this.known;
    if (known === undefined) return;
    for (const subscriber of this.#newSubscribers) {
      this.#newSubscribers.delete(subscriber);
      this.#subscribers.add(subscriber);
      subscriber.offer(known);
    }
  }

  /**
   * Updates the known state with a read. Ignores a read that was sent before the known state had arrived: the order of overlapping
   * calls is unknown.
   *
   * @param job null if the upstream does not know the job
   */
  update(job: VoiceJob | null, sentAt: MonotonicMs, readAt: MonotonicMs): StateChange {
    if (sentAt < this.readAt) return 'none';
    this.sentAt = sentAt;
    this.readAt = readAt;
    this.needsRead = false;
    if (job === null) return this.#miss();
    this.#misses = 0;
    const before = this.known;
    this.known = job.withGmtCreate(job.gmtCreate ?? before?.gmtCreate ?? null);
    // New subscribers get this state as their first one, not as a change.
    const subscribers = [...this.#subscribers];
    this.sendFirstState();
    if (before !== undefined && before.rawStatus === job.rawStatus) return 'none';
    for (const subscriber of subscribers) subscriber.offer(this.known);
    return 'changed';
  }

  setPosition(position: ListPosition): void {
    this.position = position;
    this.missingFrom = 'nowhere';
  }

  missOnEveryPage(): void {
    this.position = undefined;
    this.missingFrom = 'every page';
  }

  /** The job was not on its expected page. @param total current length of the list */
  missOnPage(pageNo: number, total: number): void {
    const known = this.missingFrom === 'nowhere' ? this.position : undefined;
    this.position = known && nextPosition(known, pageNo, total);
    this.missingFrom = 'its page';
  }

  end(error?: Error): void {
    for (const subscriber of [...this.#subscribers, ...this.#newSubscribers]) subscriber.end(error);
  }

  /** Ends the subscriptions. A known job is read once more first, because a single response may be wrong. */
  #miss(): StateChange {
    this.#misses++;
    if (this.known !== undefined && this.#misses < MAX_MISSES) {
      this.needsRead = true;
      return 'none';
    }
    this.end(unknownJob());
    return 'gone';
  }
}

/** The error of a subscription to a job that does not exist, or was deleted. */
export function unknownJob(): BadInputError {
  return new BadInputError('jobId', 'Job not found, or deleted: no job has this `jobId`.');
}
