import process from 'node:process';
import { expect } from 'vitest';
import type { Step, Times } from './moving-list.ts';
import { type ListName, standing, type Walk, type Walker } from './walker.ts';

/** What is wrong with a walk; an empty list when it kept the promise. */
export function faults({ emulator }: Walker, list: ListName, { jobIds, endless }: Walk): string[] {
  const seen = new Set(jobIds);
  const twice = jobIds.filter((jobId, index) => jobIds.indexOf(jobId) !== index);
  const missed = [...standing(emulator, list)].filter((jobId) => !seen.has(jobId));
  return [
    ...(endless ? ['never ended'] : []),
    ...(twice.length > 0 ? [`${twice.length} seen twice`] : []),
    ...(missed.length > 0 ? [`${missed.length} of those that stood never seen`] : []),
  ];
}

/**
 * The promise has one limit (docs/cursors.md): when the row of a cursor is gone together with all the neighbours of its
 * second that the cursor knows, and others of that second are left, the place is guessed. That takes a crowd of one
 * second and many of it gone between two pages, and the gateway says that it guessed.
 */
function isBeyondPromise(walker: Walker, times: Times, plan: readonly Step[]): boolean {
  const hasCrowd =
    times === 'equal' || plan.some(({ change }) => change.kind === 'insert' && change.jobs > 100);
  return hasCrowd && walker.realignments.some(({ outcome }) => outcome !== 'found');
}

/** Judges walks, and counts what they were like. */
export class Tally {
  readonly #counts = { walks: 0, beyondPromise: 0, pages: 0, calls: 0, found: 0, guessed: 0, offset: 0 };

  /** Fails unless the walk kept the promise, or went beyond it. */
  judge(walker: Walker, list: ListName, times: Times, plan: readonly Step[], walk: Walk): void {
    const wrong = faults(walker, list, walk);
    this.#counts.walks++;
    this.#counts.pages += walk.pages;
    this.#counts.calls += walk.calls;
    for (const { outcome } of walker.realignments) this.#counts[outcome]++;
    if (wrong.length > 0 && isBeyondPromise(walker, times, plan)) this.#counts.beyondPromise++;
    else expect(wrong).toEqual([]);
  }

  /** Fails unless so many were judged, and walks beyond the promise were as rare as what it takes. */
  expectRareExceptions(walks: number): void {
    process.stdout.write(`${JSON.stringify(this.#counts)}\n`);
    expect(this.#counts.walks).toBeGreaterThanOrEqual(walks);
    // One in 1,350 was measured.
    expect(this.#counts.beyondPromise).toBeLessThanOrEqual(mostByChance(this.#counts.walks / 500));
  }
}

/** The number that a Poisson variable of this mean exceeds once in 1,000 runs. */
function mostByChance(mean: number): number {
  let chance = Math.exp(-mean);
  let atMost = chance;
  let count = 0;
  while (atMost < 0.999) {
    count++;
    chance *= mean / count;
    atMost += chance;
  }
  return count;
}
