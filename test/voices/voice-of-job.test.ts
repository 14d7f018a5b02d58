import { describe, expect, test } from 'vitest';
import type { Emulator } from '../../emulator/emulator.ts';
import type { JobRow } from '../../emulator/job.ts';
import { undisturbed } from '../faults/standstill.ts';
import { type Answer, type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { askWithCost } from '../limits/told.ts';
import { metricsOf } from '../telemetry/metrics-of.ts';

const EXECUTORS = ['compiled', 'graphql-js'] as const;

const JOBS = `query Jobs($type: CustomizedVoiceJobTypeFilter!, $first: Int!) {
  customizedVoiceJobs(type: $type, first: $first) { nodes { jobId status voiceId voice { voiceId voiceName gender } } }
}`;

/** The largest query on a page of jobs with one list of rows. */
const EVERYTHING = `{
  customizedVoiceJobs(first: 100) { nodes {
    id jobId voiceId status message voiceName voiceDesc type gender scenario createTime gmtCreate
    voice { id voiceId voiceName voiceDesc gender scenario type demoAudioMediaId }
  } }
}`;

const globalIdOf = (id: string, type = 'CustomizedVoiceJob') => btoa(`${type}:${id}`);
const actionsOf = ({ emulator }: GatewayUnderTest) => emulator.calls.map(({ action }) => action);
const count = (gateway: GatewayUnderTest, action: string) =>
  actionsOf(gateway).filter((one) => one === action).length;

/** The emulator's voice of a job; null if there must be none. */
function truthOf(emulator: Emulator, { Status, VoiceId }: JobRow) {
  if (Status !== 'Success') return null;
  const row = [...emulator.voices('Basic'), ...emulator.voices('Standard')].find(
    (one) => one.VoiceId === VoiceId,
  );
  return row === undefined
    ? null
    : { voiceId: row.VoiceId, voiceName: row.VoiceName, gender: row.Gender.toUpperCase() };
}

/** Creates one job for each of `jobs` voices, newest first, in a list of `voices` voices. */
function fill(emulator: Emulator, jobs: number, voices: number): JobRow[] {
  const [sample] = emulator.list('Basic').filter(({ Status }) => Status === 'Success');
  const rows = Array.from({ length: jobs }, (_, index) => ({
    ...(sample as JobRow),
    JobId: `job${index}`,
    VoiceId: `voice${Math.floor((index * voices) / jobs)}`,
    Status: 'Success',
  }));
  emulator.replace('Basic', rows);
  const [voice] = emulator.voices('Basic');
  if (voice === undefined) throw new Error('the emulator has no voice');
  emulator.replaceVoices('Standard', []);
  emulator.replaceVoices(
    'Basic',
    Array.from({ length: voices }, (_, index) => ({ ...voice, VoiceId: `voice${index}` })),
  );
  emulator.resetCalls();
  return rows;
}

async function expectNoVoice(gateway: GatewayUnderTest, job: Partial<JobRow>): Promise<void> {
  const { emulator } = gateway;
  const [row] = emulator.list('Basic');
  emulator.replace('Basic', [{ ...(row as JobRow), ...job }]);
  const { data, errors } = await gateway.ask(JOBS, { type: 'BASIC', first: 1 });
  expect(errors).toBeUndefined();
  expect(data.customizedVoiceJobs.nodes[0].voice).toBeNull();
  expect(actionsOf(gateway)).toEqual(['ListCustomizedVoiceJobs']);
}

describe.each(EXECUTORS)('executed by %s', (executor) => {
  test.each([
    ['with a cache', 2000],
    ['without a cache', 0],
  ])('%s: each job has its voice, and a job without success has none', async (_, ttlMs) => {
    await using gateway = await startGateway({ gateway: { executor, cache: { ttlMs, staleIfErrorMs: 0 } } });
    const { emulator } = gateway;
    // The third run of a query is compiled.
    for (let run = 0; run < 3; run++) {
      for (const [type, list] of [
        ['BASIC', 'Basic'],
        ['STANDARD', 'Standard'],
      ] as const) {
        const { data, errors } = await gateway.ask(JOBS, { type, first: 100 });
        expect(errors).toBeUndefined();
        const rows = emulator.list(list).slice(0, 100);
        expect(data.customizedVoiceJobs.nodes.map(({ voice }: { voice: unknown }) => voice)).toEqual(
          rows.map((row) => truthOf(emulator, row)),
        );
      }
    }
  });

  test.each([
    // A page has 100 rows; each page after the first repeats the last row of the previous one.
    { jobs: 100, voices: 30, lists: 2, rows: 0 },
    { jobs: 100, voices: 100, lists: 2, rows: 0 },
    { jobs: 100, voices: 190, lists: 3, rows: 0 },
    { jobs: 100, voices: 900, lists: 11, rows: 0 },
    { jobs: 2, voices: 30, lists: 0, rows: 2 },
    // The first of them is on the first page.
    { jobs: 5, voices: 900, lists: 2, rows: 4 },
  ])(
    'the voices of $jobs jobs cost the fewest calls, for a list of $voices voices whose length is unknown',
    async ({ jobs, voices, lists, rows }) => {
      await using gateway = await startGateway({ gateway: { executor } });
      fill(gateway.emulator, jobs, voices);
      const { data, errors } = await gateway.ask(JOBS, { type: 'BASIC', first: jobs });
      expect(errors).toBeUndefined();
      expect(data.customizedVoiceJobs.nodes).toHaveLength(jobs);
      for (const { voiceId, voice } of data.customizedVoiceJobs.nodes) expect(voice?.voiceId).toBe(voiceId);
      expect(count(gateway, 'ListCustomizedVoiceJobs')).toBe(1);
      expect(count(gateway, 'ListCustomizedVoices')).toBe(lists);
      expect(count(gateway, 'GetCustomizedVoice')).toBe(rows);
    },
  );

  test('few voices of long lists cost one call each and no page, once the list lengths are known', async () => {
    await using gateway = await startGateway({ gateway: { executor } });
    fill(gateway.emulator, 5, 900);
    await gateway.ask('{ customizedVoices(type: ALL, first: 1) { totalCount } }');
    gateway.emulator.resetCalls();
    await gateway.ask(JOBS, { type: 'BASIC', first: 5 });
    expect(count(gateway, 'ListCustomizedVoices')).toBe(0);
    expect(count(gateway, 'GetCustomizedVoice')).toBe(5);
  });

  test('jobs that share a voice read it once', async () => {
    await using gateway = await startGateway({ gateway: { executor } });
    fill(gateway.emulator, 10, 1);
    const { data } = await gateway.ask(JOBS, { type: 'BASIC', first: 10 });
    expect(data.customizedVoiceJobs.nodes.map(({ voice }: Answer['data']) => voice.voiceId)).toEqual(
      Array(10).fill('voice0'),
    );
    expect(actionsOf(gateway)).toEqual(['ListCustomizedVoiceJobs', 'GetCustomizedVoice']);
  });

  test('the voices of jobs that are read one by one are read together', async () => {
    await using gateway = await startGateway({ gateway: { executor, limits: { complexity: 10_000 } } });
    const { emulator } = gateway;
    const rows = fill(emulator, 30, 30);
    let sent = 0;
    // Each later than the one before, so that no two responses arrive in the same turn of the event loop.
    emulator.setLatencyMs(() => 3 * sent++);
    const query =
      'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on CustomizedVoiceJob { jobId voice { voiceId } } } }';
    const { data, errors } = await gateway.ask(query, { ids: rows.map(({ JobId }) => globalIdOf(JobId)) });
    expect(errors).toBeUndefined();
    expect(data.nodes).toEqual(
      rows.map(({ JobId, VoiceId }) => ({ jobId: JobId, voice: { voiceId: VoiceId } })),
    );
    expect(count(gateway, 'GetCustomizedVoiceJob')).toBe(30);
    expect(count(gateway, 'ListCustomizedVoices')).toBe(2);
    expect(count(gateway, 'GetCustomizedVoice')).toBe(0);
  });

  test('the voices of two job connections in one operation are read together', async () => {
    await using gateway = await startGateway({ gateway: { executor } });
    const query = `{
      basic: customizedVoiceJobs(type: BASIC, first: 20) { nodes { voice { voiceId } } }
      standard: customizedVoiceJobs(type: STANDARD, first: 20) { nodes { voice { voiceId } } }
    }`;
    expect((await gateway.ask(query)).errors).toBeUndefined();
    const lists = gateway.emulator.calls.filter(({ action }) => action === 'ListCustomizedVoices');
    // Three pages of Basic voices and one of Standard voices, each once.
    expect(lists.length).toBeLessThanOrEqual(4);
    expect(count(gateway, 'GetCustomizedVoice')).toBe(0);
  });

  test.each([
    ['Initialization'],
    ['AudioDetecting'],
    ['PreTraining'],
    ['Training'],
    ['Fail'],
    ['SomethingNew'],
    [''],
  ])('a job of status "%s" has no voice, without a call', async (Status) => {
    await using gateway = await startGateway({ gateway: { executor } });
    await expectNoVoice(gateway, { Status });
  });

  test.each([
    ['no voice id', ''],
    ['a blank voice id', ' '],
    ['a voice id that is too long to be sent', 'x'.repeat(129)],
    ['a voice id that is a lone surrogate', '\ud83d'],
  ])('a job that succeeded with %s has no voice, without a call', async (_, VoiceId) => {
    await using gateway = await startGateway({ gateway: { executor } });
    await expectNoVoice(gateway, { Status: 'Success', VoiceId });
  });

  test('a deleted voice is null, and the other jobs have theirs', async () => {
    await using gateway = await startGateway({ gateway: { executor } });
    const rows = fill(gateway.emulator, 10, 10);
    gateway.emulator.removeVoice('voice3');
    for (const first of [10, 4]) {
      const { data, errors } = await gateway.ask(JOBS, { type: 'BASIC', first });
      expect(errors).toBeUndefined();
      expect(
        data.customizedVoiceJobs.nodes.map(({ voice }: Answer['data']) => voice?.voiceId ?? null),
      ).toEqual(rows.slice(0, first).map(({ VoiceId }) => (VoiceId === 'voice3' ? null : VoiceId)));
    }
  });

  test.each([
    ['many jobs', 100],
    ['two jobs', 2],
  ])(
    'a RAM policy without the voice actions fails only the voices of %s, with HTTP 200',
    async (_, first) => {
      await using gateway = await startGateway({ gateway: { executor } });
      const { emulator } = gateway;
      const rows = fill(emulator, first, first);
      for (const action of ['ListCustomizedVoices', 'GetCustomizedVoice'] as const)
        emulator.fault({ kind: 'error', code: 'Forbidden.RAM', status: 403 }, { action });
      for (let run = 0; run < 12; run++) {
        emulator.resetCalls();
        const response = await fetch(`${gateway.origin}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
          body: JSON.stringify({ query: JOBS, variables: { type: 'BASIC', first } }),
        });
        expect(response.status).toBe(200);
        const { data, errors } = (await response.json()) as Answer;
        expect(data.customizedVoiceJobs.nodes).toEqual(
          rows.map(({ JobId, VoiceId }) => ({
            jobId: JobId,
            status: 'SUCCESS',
            voiceId: VoiceId,
            voice: null,
          })),
        );
        expect(errors?.map(({ path, extensions }) => [path?.join('.'), extensions.code])).toEqual(
          rows.map((_, index) => [`customizedVoiceJobs.nodes.${index}.voice`, 'UPSTREAM_DENIED']),
        );
        // A denied list fails all its voices: no call for each, which would take quota from the jobs.
        expect(emulator.calls.length).toBeLessThanOrEqual(3);
      }
      const { errors } = await gateway.ask(
        '{ customizedVoices { totalCount } customizedVoice(voiceId: "a") { id } }',
      );
      expect(errors?.[0]?.extensions.code).toBe('UPSTREAM_DENIED');
      const ready = await fetch(`${gateway.origin}/ready`);
      expect(ready.status).toBe(200);
      expect(((await ready.json()) as Record<string, Record<string, unknown>>).upstream?.circuit).toBe(
        'closed',
      );
      const { data } = await gateway.ask('{ customizedVoiceJobs { totalCount } }');
      expect(data.customizedVoiceJobs.totalCount).toBe(first);
      const metrics = await metricsOf(gateway.origin);
      expect(metrics.sum('voicejobs_upstream_circuit_breaker_trips_total', {})).toBe(0);
    },
  );

  test('a job read that hangs leaves time for the voices of the other jobs', async () => {
    await using gateway = await startGateway({ gateway: { executor, deadlineMs: 2000 } });
    const { emulator } = gateway;
    const rows = fill(emulator, 3, 3);
    emulator.fault({ kind: 'hang' }, { when: ({ params }) => params.JobId === 'job1' });
    const query =
      'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on CustomizedVoiceJob { jobId voice { voiceId } } } }';
    const { data, errors } = await undisturbed(
      () => gateway.ask(query, { ids: rows.map(({ JobId }) => globalIdOf(JobId)) }),
      500,
    );
    expect(data.nodes).toEqual([
      { jobId: 'job0', voice: { voiceId: 'voice0' } },
      null,
      { jobId: 'job2', voice: { voiceId: 'voice2' } },
    ]);
    expect(errors?.map(({ path, extensions }) => [path?.join('.'), extensions.code])).toEqual([
      ['nodes.1', 'UPSTREAM_TIMEOUT'],
    ]);
  });
});

describe('the cost of an operation', () => {
  test('allows a page of 100 jobs with every field of jobs and voices by default', async () => {
    await using gateway = await startGateway();
    const { extensions, errors } = (await askWithCost(gateway, { query: EVERYTHING }, {})) as {
      extensions?: { cost: { complexity: number; plannedUpstreamCalls: number; upstreamCalls: number } };
      errors?: unknown;
    };
    expect(errors).toBeUndefined();
    expect(extensions?.cost.complexity).toBeLessThanOrEqual(2500);
    expect(extensions?.cost.plannedUpstreamCalls).toBe(1 + 100 + 3);
    expect(extensions?.cost.upstreamCalls).toBe(gateway.emulator.calls.length);
  });

  test.each([
    ['one job', '{ customizedVoiceJob(jobId: "x") { voice { id } } }', 2],
    [
      'two jobs under three aliases',
      '{ a: customizedVoiceJobs(first: 2) { nodes { voice { id } } } b: customizedVoiceJobs(first: 2) { edges { node { voice { id } } } } c: customizedVoiceJobs(first: 2) { nodes { v: voice { id } w: voice { id } } } }',
      3,
    ],
    [
      'the voices of one alias alone',
      '{ a: customizedVoiceJobs(first: 2) { nodes { id } } b: customizedVoiceJobs(first: 2) { nodes { voice { id } } } }',
      3,
    ],
    ['three jobs', '{ customizedVoiceJobs(first: 3) { nodes { voice { id } } } }', 1 + 3 + 3],
    ['three voices by id', '{ nodes(ids: ["a", "b", "c"]) { id } }', 3],
    ['a page of voices', '{ customizedVoices(first: 100) { nodes { id } } }', 1],
  ])('counts the calls of %s', async (_, query, planned) => {
    await using gateway = await startGateway();
    const { extensions } = await askWithCost(gateway, { query }, {});
    expect(extensions?.cost.plannedUpstreamCalls).toBe(planned);
    expect(extensions?.cost.upstreamCalls).toBeLessThanOrEqual(planned);
  });
});
