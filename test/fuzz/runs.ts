import process from 'node:process';

/** How many inputs each law is tried with: 10,000 requests in all, and 10,000 connections. */
export const RUNS = {
  randomBytes: 800,
  changedJson: 2600,
  wrongShapes: 1400,
  documents: 1700,
  monsters: 200,
  variables: 800,
  cursors: 800,
  searches: 800,
  headers: 500,
  chunks: 200,
  pipelines: 200,
  connections: 10_000,
  interleavings: 300,
} as const;

/** For fast-check: what it prints when a law breaks is tried again with `SEED=<seed>`. */
export function tries(law: keyof typeof RUNS): { numRuns: number; seed?: number } {
  const numRuns = RUNS[law];
  return process.env.SEED ? { numRuns, seed: Number(process.env.SEED) } : { numRuns };
}
