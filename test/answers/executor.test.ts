import { expect, onTestFinished, test } from 'vitest';
import type { Fault } from '../../emulator/faults.ts';
import { undisturbed } from '../faults/standstill.ts';
import { type GatewayUnderTest, type GatewayUnderTestOptions, startGateway } from '../gateway-under-test.ts';
import { fc, runs } from '../runs.ts';
import { metricsOf } from '../telemetry/metrics-of.ts';

async function start(gateway: GatewayUnderTestOptions = {}): Promise<GatewayUnderTest> {
  const started = await startGateway({ gateway });
  onTestFinished(() => started[Symbol.asyncDispose]());
  return started;
}

const JOBS = 'query Jobs($first: Int) { customizedVoiceJobs(first: $first) { nodes { jobId } } }';

async function executionsOf({ origin }: GatewayUnderTest) {
  const metrics = await metricsOf(origin);
  const bailouts = (reason: string) => metrics.sum('voicejobs_graphql_bailouts_total', { reason });
  return {
    compiled: metrics.sum('voicejobs_graphql_executions_total', { executor: 'compiled' }),
    graphqlJs: metrics.sum('voicejobs_graphql_executions_total', { executor: 'graphql-js' }),
    bailouts: [bailouts('variables'), bailouts('error'), bailouts('null'), bailouts('value')],
  };
}

test('a repeated query is compiled, and the metrics name its executor', async () => {
  const gateway = await start();
  for (let first = 1; first <= 5; first++) await gateway.ask(JOBS, { first });
  expect(await executionsOf(gateway)).toEqual({ compiled: 3, graphqlJs: 2, bailouts: [0, 0, 0, 0] });
});

test('with EXECUTOR=graphql-js no query is compiled', async () => {
  const gateway = await start({ executor: 'graphql-js' });
  for (let first = 1; first <= 5; first++) {
    const { data } = await gateway.ask(JOBS, { first });
    expect(data.customizedVoiceJobs.nodes).toHaveLength(first);
  }
  expect(await executionsOf(gateway)).toEqual({ compiled: 0, graphqlJs: 5, bailouts: [0, 0, 0, 0] });
});

test('a bailout is counted by its reason, and graphql-js executes the query', async () => {
  const gateway = await start();
  const wrong = { first: 101 };
  for (let count = 0; count < 4; count++) expect((await gateway.ask(JOBS, wrong)).errors).toHaveLength(1);
  expect(await executionsOf(gateway)).toEqual({ compiled: 0, graphqlJs: 4, bailouts: [0, 2, 0, 0] });
});

test('a query that cannot be compiled is logged once, with the reason', async () => {
  const gateway = await start();
  const query = 'query Skipping($s: Boolean!) { customizedVoiceJobs { totalCount @skip(if: $s) } }';
  for (let count = 0; count < 5; count++) await gateway.ask(query, { s: false, count });
  const logged = gateway.logged.filter(({ msg }) => String(msg).startsWith('query cannot be compiled'));
  expect(logged).toMatchObject([{ level: 30, operation: 'Skipping', reason: 'directive' }]);
});

/** Upstream calls, by page, of a query that has run often enough to be compiled. */
async function callsOf(
  executor: 'compiled' | 'graphql-js',
  query: string,
  { after, inserted, fault, failing }: Scenario,
): Promise<{ calls: string[]; response: unknown }> {
  await using gateway = await startGateway({
    emulator: { basicCount: 300 },
    gateway: { executor, cache: { ttlMs: 0, staleIfErrorMs: 0 } },
  });
  const { emulator, ask } = gateway;
  const { data } = await ask(
    'query ($first: Int) { customizedVoiceJobs(first: $first) { pageInfo { endCursor } } }',
    {
      first: after,
    },
  );
  const cursor = data.customizedVoiceJobs.pageInfo.endCursor;
  for (let run = 0; run < 2; run++) await ask(query, { after: cursor, run });
  emulator.insertMany('Basic', inserted);
  emulator.fault(fault, { when: ({ params }) => params.Type === failing });
  // The failure arrives last: an earlier one would abort the counted reads at varying points.
  emulator.setLatencyMs(({ params }) => (params.Type === failing ? 300 : 0));
  emulator.resetCalls();
  const { data: withFailure, errors = [] } = await ask(query, { after: cursor });
  const calls = emulator.calls.map(({ params }) => JSON.stringify(params)).sort();
  // If several non-null fields fail with one read, a response names any one of them, as the specification allows.
  for (const { path = [] } of errors) expect(listsOf(query, String(path[0]))).toContain(failing);
  return { calls, response: { data: withFailure, codes: errors.map(({ extensions }) => extensions.code) } };
}

/** The upstream lists that a root field reads, from its type argument. */
function listsOf(query: string, alias: string): string[] {
  const [field = ''] = query.slice(query.indexOf(`${alias}: `)).split(/ (?=f\d: |x: )/);
  if (field.includes('type: ALL')) return ['Basic', 'Standard'];
  return [field.includes('type: STANDARD') ? 'Standard' : 'Basic'];
}

interface Scenario {
  readonly after: number;
  readonly inserted: number;
  readonly fault: Fault;
  readonly failing: 'Basic' | 'Standard';
}

test('a failing compiled query makes no more upstream calls than graphql-js alone, even if its cursor has moved', async () => {
  const field = fc.oneof(
    fc
      .nat(20)
      .map((first) => `customizedVoiceJobs(first: ${first}, after: $after) { nodes { jobId } totalCount }`),
    fc.nat(5).map((first) => `customizedVoiceJobs(first: ${first}, type: STANDARD) { edges { cursor } }`),
    fc.constant('customizedVoiceJobs(type: STANDARD) { totalCount }'),
    fc.constant('customizedVoiceJobs(type: ALL, first: 3) { nodes { jobId } }'),
    fc.constant('customizedVoiceJob(jobId: "none") { jobId }'),
  );
  const query = fc
    .array(field, { minLength: 1, maxLength: 4 })
    .map(
      (fields) =>
        `query ($after: String) { ${fields.map((text, index) => `f${index}: ${text}`).join(' ')} x: customizedVoiceJobs(first: 1, after: $after) { totalCount } }`,
    );
  const scenario = fc.record({
    after: fc.integer({ min: 1, max: 100 }),
    inserted: fc.constantFrom(0, 1, 50, 150),
    fault: fc.constantFrom<Fault>({ kind: 'error', code: 'Forbidden.RAM', status: 403 }, { kind: 'cutJson' }),
    failing: fc.constantFrom('Basic' as const, 'Standard' as const),
  });
  await fc.assert(
    fc.asyncProperty(query, scenario, async (text, given) => {
      const [alone, compiled] = await undisturbed(() =>
        Promise.all([callsOf('graphql-js', text, given), callsOf('compiled', text, given)]),
      );
      expect(compiled.response).toEqual(alone.response);
      expect(compiled.calls.length).toBeLessThanOrEqual(alone.calls.length);
    }),
    { numRuns: runs(20) },
  );
});
