import { expect, test } from 'vitest';
import type { Fault } from '../../emulator/faults.ts';
import { undisturbed } from '../faults/standstill.ts';
import { startGateway } from '../gateway-under-test.ts';

const QUERY = `query ($first: Int) {
  a: customizedVoiceJobs(first: $first) { nodes { id } totalCount }
  b: customizedVoiceJobs(first: $first, type: STANDARD) { totalCount edges { cursor } }
  c: customizedVoiceJob(jobId: "unknown") { id }
}`;

const FAULTS: Fault[] = [
  { kind: 'error', code: 'Forbidden.RAM', status: 403 },
  { kind: 'cutJson' },
  { kind: 'empty', status: 500 },
];

/**
 * A query that has run twice is compiled, and a compiled one that fails is run again by graphql-js. Each run has three failed
 * attempts of five calls; a fifth one would find the circuit open.
 */
const RUNS = 4;

const FAILS_AFTER_MS = 500;

test.each(FAULTS)(
  'a query that fails asks the upstream no more often once it is compiled: $kind',
  async (fault) => {
    await using gateway = await startGateway({ gateway: { cache: { ttlMs: 0, staleIfErrorMs: 0 } } });
    const { emulator, ask } = gateway;
    emulator.fault(fault, { when: ({ params }) => params.Type === 'Standard' });
    const calls: unknown[] = [];
    for (let run = 0; run < RUNS; run++) {
      emulator.resetCalls();
      const { errors } = await ask(QUERY, { first: 3 + run });
      expect(errors).toMatchObject([{ path: ['b', expect.any(String)] }]);
      calls.push(emulator.calls.map(({ action, params }) => `${action} ${params.Type ?? ''}`).sort());
    }
    expect(calls).toEqual(Array.from({ length: RUNS }, () => calls[0]));
  },
);

test('a query that fails beside a cursor into a list that has moved asks the upstream no more often once it is compiled', async () => {
  const { failed, counts } = await undisturbed(countReads);
  expect(failed).toEqual(Array.from({ length: RUNS }, () => failed[0]));
  expect(counts[0]).toBeGreaterThan(1);
  expect(counts).toEqual(Array.from({ length: RUNS }, () => counts[0]));
});

/** What each run of the query comes to, and how many pages of the list that has moved it reads. */
async function countReads(): Promise<{ failed: unknown[]; counts: number[] }> {
  await using gateway = await startGateway({ gateway: { cache: { ttlMs: 0, staleIfErrorMs: 0 } } });
  const { emulator, ask } = gateway;
  const first = await ask('{ customizedVoiceJobs(first: 60) { pageInfo { endCursor } } }');
  const after = first.data.customizedVoiceJobs.pageInfo.endCursor;
  emulator.fault(
    { kind: 'error', code: 'Forbidden.RAM', status: 403 },
    { when: ({ params }) => params.Type === 'Standard' },
  );
  // The failure comes last: an earlier one would break off the reads that are counted, at another place in each run.
  emulator.setLatencyMs(({ params }) => (params.Type === 'Standard' ? FAILS_AFTER_MS : 0));
  const query = `query ($after: String) {
    a: customizedVoiceJobs(first: 5, after: $after) { nodes { jobId } }
    b: customizedVoiceJobs(first: 1, type: STANDARD) { totalCount }
  }`;
  const failed: unknown[] = [];
  const counts: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    // As far as the cursor's own page is no longer where it was, in each run by as much.
    if (run === 0) for (let job = 0; job < 150; job++) emulator.insert('Basic', { Status: 'Success' });
    emulator.resetCalls();
    const { errors, data } = await ask(query, { after });
    failed.push([errors?.length, data]);
    counts.push(emulator.calls.filter(({ params }) => params.Type === 'Basic').length);
  }
  return { failed, counts };
}
