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
 * A query is compiled after two runs, and a failing compiled query is executed again by graphql-js. Each run has three failed
 * attempts of five calls; a fifth run would find the circuit open.
 */
const RUNS = 4;

const FAILS_AFTER_MS = 500;

test.each(FAULTS)(
  'a failing query makes no more upstream calls once it is compiled: $kind',
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

test('a query that fails beside a moved cursor makes no more upstream calls once it is compiled', async () => {
  const { failed, counts } = await undisturbed(countReads);
  expect(failed).toEqual(Array.from({ length: RUNS }, () => failed[0]));
  expect(counts[0]).toBeGreaterThan(1);
  expect(counts).toEqual(Array.from({ length: RUNS }, () => counts[0]));
});

/** Outcome of each run of the query, and its number of pages of the list that has moved. */
async function countReads(): Promise<{ failed: unknown[]; counts: number[] }> {
  await using gateway = await startGateway({ gateway: { cache: { ttlMs: 0, staleIfErrorMs: 0 } } });
  const { emulator, ask } = gateway;
  const first = await ask('{ customizedVoiceJobs(first: 60) { pageInfo { endCursor } } }');
  const after = first.data.customizedVoiceJobs.pageInfo.endCursor;
  emulator.fault(
    { kind: 'error', code: 'Forbidden.RAM', status: 403 },
    { when: ({ params }) => params.Type === 'Standard' },
  );
  // The failure arrives last: an earlier one would abort the counted reads at a different point in each run.
  emulator.setLatencyMs(({ params }) => (params.Type === 'Standard' ? FAILS_AFTER_MS : 0));
  const query = `query ($after: String) {
    a: customizedVoiceJobs(first: 5, after: $after) { nodes { jobId } }
    b: customizedVoiceJobs(first: 1, type: STANDARD) { totalCount }
  }`;
  const failed: unknown[] = [];
  const counts: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    // Each run moves the cursor's row by the same distance from its page.
    if (run === 0) for (let job = 0; job < 150; job++) emulator.insert('Basic', { Status: 'Success' });
    emulator.resetCalls();
    const { errors, data } = await ask(query, { after });
    failed.push([errors?.length, data]);
    counts.push(emulator.calls.filter(({ params }) => params.Type === 'Basic').length);
  }
  return { failed, counts };
}
