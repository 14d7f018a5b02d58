import { BadInputError } from '../../errors.ts';
import type { JobType } from '../../upstream/ims.ts';
import type { VoiceJob } from '../job.ts';
import { Follower } from './follower.ts';
import { type GridPage, movedFrom, type Place, type Wanted } from './plan.ts';

/** Times in a row that the upstream may not know a job that was there before the job counts as deleted. */
const ABSENCES = 2;

/** What a reading told of a job. */
export type News = 'none' | 'changed' | 'gone';

/**
 * A job that somebody looks on: its state as it is known, and who is to be told. Times are milliseconds of
 * `performance.now()`.
 */
export class WatchedJob implements Wanted {
  readonly jobId: string;
  /** Whether somebody looks on it in another process, for which this one reads it. */
  isWantedElsewhere = false;
  /** Calls that are under way to learn its state. */
  callsUnderWay = 0;
  /**
   * Whether another process saw it otherwise at about the time it was read here, so that nobody can say which came first.
   * It is read once more then.
   */
  isInDoubt = false;
  readonly #followers = new Set<Follower>();
  /** Those who were not shown any state yet. */
  readonly #newcomers = new Set<Follower>();
  #known: VoiceJob | undefined;
  #sentAt = Number.NEGATIVE_INFINITY;
  #readAt = Number.NEGATIVE_INFINITY;
  #absences = 0;
  #place: Place | undefined;
  #sought: Wanted['sought'] = 'nowhere';

  constructor(jobId: string) {
    this.jobId = jobId;
  }

  get place(): Place | undefined {
    return this.#place;
  }

  get sought(): Wanted['sought'] {
    return this.#sought;
  }

  /** How many look on. */
  get followers(): number {
    return this.#followers.size + this.#newcomers.size;
  }

  /** Undefined until it was read. */
  get known(): VoiceJob | undefined {
    return this.#known;
  }

  /** In which list it stands; undefined where the upstream did not say. */
  get type(): JobType | undefined {
    return this.#known?.type ?? undefined;
  }

  /** When the call was sent that brought what is known. */
  get sentAt(): number {
    return this.#sentAt;
  }

  /** When what is known was there: what was asked for later is younger. */
  get readAt(): number {
    return this.#readAt;
  }

  /** @param left told when it looks on no more */
  join(left: () => void): Follower {
    const follower = new Follower((gone) => {
      this.#followers.delete(gone);
      this.#newcomers.delete(gone);
      left();
    });
    this.#newcomers.add(follower);
    return follower;
  }

  /** Shows what is known to those who were shown nothing yet. */
  welcome(): void {
    const known = this.#known;
    if (known === undefined) return;
    for (const follower of this.#newcomers) {
      this.#newcomers.delete(follower);
      this.#followers.add(follower);
      follower.offer(known);
    }
  }

  /**
   * Takes what was read. Only what was asked for after all that is known was there can be younger for certain; the rest
   * is no news, because of two calls that overlap nobody knows which one saw the job later.
   *
   * @param job null when the upstream knows no such job
   */
  read(job: VoiceJob | null, sentAt: number, readAt: number): News {
    if (sentAt < this.#readAt) return 'none';
    this.#sentAt = sentAt;
    this.#readAt = readAt;
    this.isInDoubt = false;
    if (job === null) return this.#miss();
    this.#absences = 0;
    const before = this.#known;
    this.#known = job.withGmtCreate(job.gmtCreate ?? before?.gmtCreate ?? null);
    // Who is waiting has been shown nothing that this could be a change of.
    const followers = [...this.#followers];
    this.welcome();
    if (before !== undefined && before.status === job.status) return 'none';
    for (const follower of followers) follower.offer(this.#known);
    return 'changed';
  }

  /** It was seen in a list. */
  stands(place: Place): void {
    this.#place = place;
    this.#sought = 'nowhere';
  }

  /** It is on none of all pages. */
  isNowhere(): void {
    this.#place = undefined;
    this.#sought = 'everywhere';
  }

  /**
   * It was not on a page where it was expected. If it has been in the list before, it may be further down by now.
   *
   * @param total how long the list turned out to be
   */
  isNotOn({ pageNo }: GridPage, total: number): void {
    const place = this.#sought === 'nowhere' ? this.#place : undefined;
    this.#place = place && movedFrom(place, pageNo, total);
    this.#sought = 'on a page';
  }

  /** Ends all that look on. */
  end(error?: Error): void {
    for (const follower of [...this.#followers, ...this.#newcomers]) follower.end(error);
  }

  /** One answer may be wrong, where one who looks on has seen the job; it is asked for again at the next turn. */
  #miss(): News {
    this.#absences++;
    if (this.#known !== undefined && this.#absences < ABSENCES) {
      this.isInDoubt = true;
      return 'none';
    }
    this.end(unknownJob());
    return 'gone';
  }
}

/** What a subscriber gets who asks for a job that is not there, or no longer. */
export function unknownJob(): BadInputError {
  return new BadInputError('jobId', '`jobId` names no job: there is none, or no longer.');
}
