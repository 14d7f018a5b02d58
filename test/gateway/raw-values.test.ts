import { expect, onTestFinished, test } from 'vitest';
import type { Executor } from '../../src/server/graphql/executor-metrics.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { metricsOf } from '../telemetry/metrics-of.ts';

const LIST =
  '{ customizedVoiceJobs(first: 5) { nodes { jobId status rawStatus type rawType } edges { node { rawStatus } } } }';
const BY_ID = `query ($jobId: ID!, $id: ID!) {
  customizedVoiceJob(jobId: $jobId) { status rawStatus type rawType }
  node(id: $id) { ... on CustomizedVoiceJob { status rawStatus type rawType } }
}`;

/** Number of runs of a query; the last ones are compiled, with the executor that compiles. */
const RUNS = 4;

async function start(executor: Executor): Promise<GatewayUnderTest> {
  const gateway = await startGateway({ gateway: { executor } });
  onTestFinished(() => gateway[Symbol.asyncDispose]());
  return gateway;
}

/** A job with values that the vendor introduced after the schema was written. */
const COSY = { Status: 'CosyVoiceTraining', Type: 'CosyVoice' };
const SHOWN = { status: null, rawStatus: 'CosyVoiceTraining', type: null, rawType: 'CosyVoice' };

test.each<Executor>(['compiled', 'graphql-js'])(
  'an unknown status and type are returned raw, in lists and by id, with the %s executor',
  async (executor) => {
    const gateway = await start(executor);
    const { JobId: jobId } = gateway.emulator.insert('Basic', COSY);
    const id = btoa(`CustomizedVoiceJob:${jobId}`);
    for (let run = 0; run < RUNS; run++) {
      const list = await gateway.ask(LIST);
      expect(list.errors).toBeUndefined();
      const { nodes, edges } = list.data.customizedVoiceJobs;
      expect(nodes[0]).toEqual({ jobId, ...SHOWN });
      expect(edges[0]).toEqual({ node: { rawStatus: 'CosyVoiceTraining' } });
      const rows = gateway.emulator.list('Basic').slice(0, 5);
      expect(nodes.map(({ rawStatus }: typeof SHOWN) => rawStatus)).toEqual(rows.map(({ Status }) => Status));
      const { data } = await gateway.ask(BY_ID, { jobId, id });
      expect(data).toEqual({ customizedVoiceJob: SHOWN, node: SHOWN });
    }
    const metrics = await metricsOf(gateway.origin);
    expect(metrics.sum('voicejobs_graphql_executions_total', { executor: 'compiled' }) > 0).toBe(
      executor === 'compiled',
    );
    for (const field of ['Status', 'Type'])
      expect(metrics.sum('voicejobs_upstream_unknown_enum_total', { field })).toBe(2 * RUNS);
  },
);

test.each<Executor>(['compiled', 'graphql-js'])(
  'raw values are null if the upstream sends no text, and an empty text stays empty, with the %s executor',
  async (executor) => {
    const gateway = await start(executor);
    const wrong = { Status: 3, Type: ['Basic'] };
    gateway.emulator.rewritePage(() => ({
      totalCount: 4,
      rows: [
        { JobId: 'wrong', ...wrong },
        { JobId: 'null', Status: null, Type: null },
        { JobId: 'missing' },
        { JobId: 'empty', Status: '', Type: '' },
      ],
    }));
    const nothing = { status: null, rawStatus: null, type: null, rawType: null };
    for (let run = 0; run < RUNS; run++) {
      const { data, errors } = await gateway.ask(LIST);
      expect(errors).toBeUndefined();
      expect(data.customizedVoiceJobs.nodes).toEqual([
        ...['wrong', 'null', 'missing'].map((jobId) => ({ jobId, ...nothing })),
        { jobId: 'empty', ...nothing, rawStatus: '', rawType: '' },
      ]);
    }
    const metrics = await metricsOf(gateway.origin);
    for (const field of ['Status', 'Type'])
      expect(metrics.sum('voicejobs_upstream_malformed_fields_total', { field })).toBe(RUNS);
    expect(metrics.sum('voicejobs_upstream_unknown_enum_total')).toBe(0);
  },
);
