import process from 'node:process';
import fc from 'fast-check';

/** True with `RUNS=full`, as in .ci/run: each random test runs at its full size. */
export const FULL = isFull(process.env.RUNS);

/** Value of `SEED`, the number that a failed random test printed; undefined if unset: then each run draws a seed. */
export const SEED = seedIn(process.env.SEED);

/** Minimum number of runs of a property, whatever its full size. */
const MIN_RUNS = 10;

/**
 * fast-check for all tests. `SEED` sets the seed of each property; fast-check prints seed and path on failure. Recorded
 * counterexamples are separate tests that do not depend on it.
 */
export { default as fc } from 'fast-check';

if (SEED !== undefined) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: SEED });

/** Fractions from 0 to 1, evenly spread. Nine of ten numbers that `fc.double` draws between 0 and 1 are almost 0. */
export const fraction: fc.Arbitrary<number> = fc.integer({ min: 0, max: 1000 }).map((part) => part / 1000);

/** As {@link fraction}, without 1. */
export const fractionBelowOne: fc.Arbitrary<number> = fc
  .integer({ min: 0, max: 999 })
  .map((part) => part / 1000);

/** Number of runs of a property: `full` with `RUNS=full`, else a twentieth of it, but at least 10 or, if lower, `full`. */
export function runs(full: number): number {
  return FULL ? full : Math.min(full, Math.max(MIN_RUNS, Math.ceil(full / 20)));
}

/** Seed for a random test without fast-check: `SEED` or a random one. The test prints it on failure. */
export function drawSeed(): number {
  return SEED ?? Math.floor(Math.random() * 2 ** 31);
}

/** @throws Error for any other value, because a typo would silently run a twentieth of the tests */
function isFull(value: string | undefined): boolean {
  if (value === 'full') return true;
  if (!value) return false;
  throw new Error(`RUNS=${value}: expected full, or no value for the default sizes.`);
}

function seedIn(value: string | undefined): number | undefined {
  if (!value) return undefined;
  if (Number.isSafeInteger(Number(value))) return Number(value);
  throw new Error(`SEED=${value}: expected the whole number that the failed test printed.`);
}
