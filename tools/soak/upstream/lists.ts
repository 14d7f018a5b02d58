import type { Emulator } from '../../../emulator/emulator.ts';
import type { JobType } from '../../../emulator/job.ts';
import { pick } from '../../../emulator/random.ts';

/** When a job was in which list, in milliseconds of `performance.now()`. */
export interface Life {
  readonly type: JobType;
  bornAtMs: number;
  /** Infinity as long as it is listed. */
  goneAtMs: number;
}

/** Around how many jobs each list is kept: several pages of the upstream, and few enough that walks come to an end. */
const LENGTHS: Readonly<Record<JobType, number>> = { Basic: 250, Standard: 120 };

/**
 * How long an id rests before a new job gets it again, in milliseconds: longer than any walk and any cache. Ids that
 * come again are few, so what the gateway keeps by them is soon as much as it ever will be.
 */
const REST_MS = 150_000;

/** The upstream's lists, changed all the time, and which job was in them when. */
export class ChangingLists {
  readonly #emulator: Emulator;
  readonly #random: () => number;
  readonly #lives = new Map<string, Life>();

  constructor(emulator: Emulator, random: () => number) {
    this.#emulator = emulator;
    this.#random = random;
    for (const type of ['Basic', 'Standard'] as const) {
      for (const { JobId } of emulator.list(type)) this.#begin(JobId, type, Number.NEGATIVE_INFINITY);
    }
  }

  /** Undefined for an id that no job ever had. */
  life(jobId: string): Life | undefined {
    return this.#lives.get(jobId);
  }

  /** Ids of jobs that have been in their lists from before `fromMs` until now. */
  standing(types: readonly JobType[], fromMs: number): string[] {
    const lives = [...this.#lives].filter(
      ([, life]) => types.includes(life.type) && life.bornAtMs <= fromMs && life.goneAtMs === Infinity,
    );
    return lives.map(([jobId]) => jobId);
  }

  /** An id that a job has, or had a while ago. */
  someId(random: () => number): string {
    return pick(random, [...this.#lives.keys()]);
  }

  /** Lets a few jobs come, go or change, one list at a time. */
  change(): void {
    const type = pick(this.#random, ['Basic', 'Standard'] as const);
    const listed = this.#emulator.list(type);
    const few = 1 + Math.floor(this.#random() * 4);
    const drift = this.#random() - (listed.length - LENGTHS[type]) / 50;
    if (this.#random() < 0.2 && listed.length > 0) {
      this.#emulator.change(pick(this.#random, listed).JobId, { Message: `changed ${this.#random()}` });
    } else if (drift > 0.5) {
      for (let n = 0; n < few; n++) this.#insert(type);
    } else {
      for (const { JobId } of new Set(Array.from({ length: few }, () => pick(this.#random, listed)))) {
        this.#emulator.remove(JobId);
        this.#begin(JobId, type, this.#lives.get(JobId)?.bornAtMs ?? 0, performance.now());
      }
    }
    this.#emulator.resetHistory();
  }

  #insert(type: JobType): void {
    const rested = performance.now() - REST_MS;
    const again = [...this.#lives].find(([, life]) => life.type === type && life.goneAtMs < rested)?.[0];
    const { JobId } = this.#emulator.insert(type, again === undefined ? {} : { JobId: again });
    // What is found first has rested longest, so an id that is used again goes to the end.
    this.#lives.delete(JobId);
    this.#begin(JobId, type, performance.now());
  }

  #begin(jobId: string, type: JobType, bornAtMs: number, goneAtMs = Number.POSITIVE_INFINITY): void {
    this.#lives.set(jobId, { type, bornAtMs, goneAtMs });
  }
}
