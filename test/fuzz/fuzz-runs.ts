import { runs } from '../runs.ts';

/** Full number of inputs per property (`RUNS=full`): 10,000 requests in total, and 10,000 connections. */
export const FULL_RUNS = {
  randomBytes: 800,
  changedJson: 2600,
  wrongShapes: 1400,
  documents: 1700,
  excessiveDocuments: 200,
  variables: 800,
  cursors: 800,
  queryStrings: 800,
  headers: 500,
  chunks: 200,
  pipelines: 200,
  connections: 10_000,
  interleavings: 300,
} as const;

/** Parameters of fast-check for a property. */
export function fuzzRuns(property: keyof typeof FULL_RUNS): { numRuns: number } {
  return { numRuns: runs(FULL_RUNS[property]) };
}
