import process from 'node:process';
import { expect } from 'vitest';
import type { Step, Times } from './moving-list.ts';
import { type ListName, standing, type Walk, type Walker } from './walker.ts';

/** Violations of the guarantee by a walk; empty if it held. */
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
 * The limit of the guarantee (docs/cursors.md): if the cursor's row and all its known neighbours of the same second are deleted
 * while other rows of that second remain, the position is estimated. That takes many rows in one second, many of them deleted
 * between two pages, and the gateway reports it.
 */
function isBeyondPromise(walker: Walker, times: Times, plan: readonly Step[]): boolean {
  const hasCrowd =
    times === 'equal' || plan.some(({ change }) => change.kind === 'insert' && change.jobs > 100);
  return hasCrowd && walker.realignments.some(({ outcome }) => outcome !== 'found');
}

/** Checks walks, and counts them by kind. */
export class Tally {
  readonly #counts = { walks: 0, beyondPromise: 0, pages: 0, calls: 0, found: 0, guessed: 0, offset: 0 };

  /** Fails unless the walk kept the guarantee, or was outside it. */
  judge(walker: Walker, list: ListName, times: Times, plan: readonly Step[], walk: Walk): void {
    const wrong = faults(walker, list, walk);
    this.#counts.walks++;
    this.#counts.pages += walk.pages;
    this.#counts.calls += walk.calls;
    for (const { outcome } of walker.realignments) this.#counts[outcome]++;
    if (wrong.length > 0 && isBeyondPromise(walker, times, plan)) this.#counts.beyondPromise++;
    else expect(wrong).toEqual([]);
  }

  /** Fails unless this many walks were checked, and walks outside the guarantee were as rare as expected. */
  expectRareExceptions(walks: number): void {
    process.stdout.write(`${JSON.stringify(this.#counts)}\n`);
    expect(this.#counts.walks).toBeGreaterThanOrEqual(walks);
    // One in 1,350 was measured.
    expect(this.#counts.beyondPromise).toBeLessThanOrEqual(mostByChance(this.#counts.walks / 500));
  }
}

/** The value that a Poisson variable of this mean exceeds once in 1,000 runs. */
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
