import type { MonotonicMs } from '../../clock.ts';
import { NEVER } from '../../clock.ts';
import { BadInputError } from '../../errors.ts';
import type { JobType, VoiceJob } from '../job.ts';
import { movedFrom, type Place, type Wanted } from './poll-plan.ts';
import { Subscriber } from './subscriber.ts';

/** Reads in a row that have to miss a job which was there before until it counts as deleted. */
const MAX_ABSENCES = 2;

export type StateChange = 'none' | 'changed' | 'gone';

/** The last known state of a job with subscribers, and these. */
export class JobState implements Wanted {
  readonly jobId: string;
  /** Whether another replica has subscribers, for which this one reads the job. */
  isWantedElsewhere = false;
  callsUnderWay = 0;
  /** Whether another replica read another state at about the same time: it is read once more then. */
  isInDoubt = false;
  readonly #subscribers = new Set<Subscriber>();
  /** Subscribers that were not sent any state yet. */
  readonly #newcomers = new Set<Subscriber>();
  known: VoiceJob | undefined;
  /** When the call was sent that read the known state. */
  sentAt = NEVER;
  /** When the known state had been read: a read that was sent later is younger. */
  readAt = NEVER;
  place: Place | undefined;
  sought: Wanted['sought'] = 'nowhere';
  #absences = 0;

  constructor(jobId: string) {
    this.jobId = jobId;
  }

  get subscribers(): number {
    return this.#subscribers.size + this.#newcomers.size;
  }

  /** In which list it stands; undefined where the upstream did not say. */
  get type(): JobType | undefined {
    return this.known?.type ?? undefined;
  }

  /** @param left called when the subscription ends */
  subscribe(left: () => void): Subscriber {
    const subscriber = new Subscriber((gone) => {
      this.#subscribers.delete(gone);
      this.#newcomers.delete(gone);
      left();
    });
    this.#newcomers.add(subscriber);
    return subscriber;
  }

  /** Sends the known state to subscribers that were sent none yet. */
  welcome(): void {
    const known = this.known;
    if (known === undefined) return;
    for (const subscriber of this.#newcomers) {
      this.#newcomers.delete(subscriber);
      this.#subscribers.add(subscriber);
      subscriber.offer(known);
    }
  }

  /**
   * Takes the result of a read. Only one that was sent after the known state had been read is younger for certain; others are
   * ignored: of two calls that overlap nobody knows which one saw the job later.
   *
   * @param job null when the upstream knows no such job
   */
  read(job: VoiceJob | null, sentAt: MonotonicMs, readAt: MonotonicMs): StateChange {
    if (sentAt < this.readAt) return 'none';
    this.sentAt = sentAt;
    this.readAt = readAt;
    this.isInDoubt = false;
    if (job === null) return this.#miss();
    this.#absences = 0;
    const before = this.known;
    this.known = job.withGmtCreate(job.gmtCreate ?? before?.gmtCreate ?? null);
    // For newcomers this is the first state and no change.
    const subscribers = [...this.#subscribers];
    this.welcome();
    if (before !== undefined && before.rawStatus === job.rawStatus) return 'none';
    for (const subscriber of subscribers) subscriber.offer(this.known);
    return 'changed';
  }

  foundAt(place: Place): void {
    this.place = place;
    this.sought = 'nowhere';
  }

  notFound(): void {
    this.place = undefined;
    this.sought = 'everywhere';
  }

  /** It was not on the page where it was expected. @param total length of the list by now */
  notFoundOn(pageNo: number, total: number): void {
    const place = this.sought === 'nowhere' ? this.place : undefined;
    this.place = place && movedFrom(place, pageNo, total);
    this.sought = 'on a page';
  }

  end(error?: Error): void {
    for (const subscriber of [...this.#subscribers, ...this.#newcomers]) subscriber.end(error);
  }

  /** One response may be wrong where the job was seen before; it is read again at the next poll. */
  #miss(): StateChange {
    this.#absences++;
    if (this.known !== undefined && this.#absences < MAX_ABSENCES) {
      this.isInDoubt = true;
      return 'none';
    }
    this.end(unknownJob());
    return 'gone';
  }
}

/** The error of a subscription to a job that does not exist, or no longer. */
export function unknownJob(): BadInputError {
  return new BadInputError('jobId', '`jobId` names no job: there is none, or no longer.');
}
