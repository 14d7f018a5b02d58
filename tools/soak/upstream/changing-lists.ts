import type { Emulator } from '../../../emulator/emulator.ts';
import type { JobType } from '../../../emulator/job.ts';
import { pick } from '../../../emulator/random.ts';

/** The list of a job, and the time it was in there, in milliseconds of `performance.now()`. */
export interface Lifetime {
  readonly type: JobType;
  createdAtMs: number;
  /** Infinity while the job is listed. */
  removedAtMs: number;
}

/** Approximate length of each list: several upstream pages, but few enough for walks to finish. */
const LENGTHS: Readonly<Record<JobType, number>> = { Basic: 250, Standard: 120 };

/**
 * Time after which the id of a removed job is reused, in milliseconds: longer than any walk or cache entry lives. Reuse keeps
 * the number of ids small, so that what the gateway stores by id soon stops growing.
 */
const REUSE_AFTER_MS = 150_000;

/** Changes the upstream's lists continuously, and records when each job was listed. */
export class ChangingLists {
  readonly #emulator: Emulator;
  readonly #random: () => number;
  readonly #lifetimes = new Map<string, Lifetime>();

  constructor(emulator: Emulator, random: () => number) {
    this.#emulator = emulator;
    this.#random = random;
    for (const type of ['Basic', 'Standard'] as const) {
      for (const { JobId } of emulator.list(type)) this.#begin(JobId, type, Number.NEGATIVE_INFINITY);
    }
  }

  /** The lifetime of a job; undefined for an id that no job ever had. */
  lifetime(jobId: string): Lifetime | undefined {
    return this.#lifetimes.get(jobId);
  }

  /** Ids of the jobs that have been listed from `fromMs` or before until now. */
  presentSince(types: readonly JobType[], fromMs: number): string[] {
    const lifetimes = [...this.#lifetimes].filter(
      ([, lifetime]) =>
        types.includes(lifetime.type) && lifetime.createdAtMs <= fromMs && lifetime.removedAtMs === Infinity,
    );
    return lifetimes.map(([jobId]) => jobId);
  }

  /** A random id of a current or removed job. */
  someId(random: () => number): string {
    return pick(random, [...this.#lifetimes.keys()]);
  }

  /** Inserts or removes a few jobs of one list, or changes one. */
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
        this.#begin(JobId, type, this.#lifetimes.get(JobId)?.createdAtMs ?? 0, performance.now());
      }
    }
    this.#emulator.resetHistory();
  }

  #insert(type: JobType): void {
    const rested = performance.now() - REUSE_AFTER_MS;
    const again = [...this.#lifetimes].find(
      ([, lifetime]) => lifetime.type === type && lifetime.removedAtMs < rested,
    )?.[0];
    const { JobId } = this.#emulator.insert(type, again === undefined ? {} : { JobId: again });
    // Ids are in order of removal, so a reused one goes to the end.
    this.#lifetimes.delete(JobId);
    this.#begin(JobId, type, performance.now());
  }

  #begin(jobId: string, type: JobType, createdAtMs: number, removedAtMs = Number.POSITIVE_INFINITY): void {
    this.#lifetimes.set(jobId, { type, createdAtMs, removedAtMs });
  }
}
