import process from 'node:process';
import fc from 'fast-check';

/** True with `RUNS=full`, as in .ci/run: every random test runs at its full size. */
export const FULL = isFull(process.env.RUNS);

/** `SEED`, the number that a failed random test printed; undefined when it is not set and each run draws its own. */
export const SEED = seedIn(process.env.SEED);

/** Runs below which a property has not been tried, whatever its full size. */
const FEWEST = 10;

/**
 * fast-check as every test uses it. `SEED` is the seed of each property; fast-check prints seed and path when one fails.
 * Recorded counterexamples are tests of their own and do not depend on either.
 */
export { default as fc } from 'fast-check';

if (SEED !== undefined) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: SEED });

/** How many runs a property gets: `full` with `RUNS=full`, else a twentieth of it, but no fewer than 10 of those that it has. */
export function runs(full: number): number {
  return FULL ? full : Math.min(full, Math.max(FEWEST, Math.ceil(full / 20)));
}

/** The seed for a random test without fast-check: `SEED`, or one that was drawn. The test prints it when it fails. */
export function drawSeed(): number {
  return SEED ?? Math.floor(Math.random() * 2 ** 31);
}

/** @throws Error for any other value, because a typo would run a twentieth of the tests unnoticed */
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
