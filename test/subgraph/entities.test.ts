import { describe, expect, test } from 'vitest';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { fc, runs } from '../runs.ts';

const ENTITIES = `query ($representations: [_Any!]!) {
  _entities(representations: $representations) {
    ... on CustomizedVoiceJob { id jobId voiceName status gmtCreate }
  }
}`;

type Reference = Record<string, unknown>;

const byJobId = (jobId: string): Reference => ({ __typename: 'CustomizedVoiceJob', jobId });
const byId = (id: string): Reference => ({ __typename: 'CustomizedVoiceJob', id });
const globalId = (jobId: string, typename = 'CustomizedVoiceJob') =>
  Buffer.from(`${typename}:${jobId}`).toString('base64');

const ask = (gateway: GatewayUnderTest, representations: unknown) =>
  gateway.ask(ENTITIES, { representations }, {}, '/subgraph');

/** Ids of the emulator's jobs, both lists concatenated. */
const idsOf = ({ emulator }: GatewayUnderTest) =>
  [...emulator.list('Basic'), ...emulator.list('Standard')].map(({ JobId }) => JobId);

/** Limit for a router that requests hundreds of entities at once. */
const FOR_MANY = { limits: { complexity: 20_000 } };

const actionsOf = ({ emulator }: GatewayUnderTest) => emulator.calls.map(({ action }) => action);

describe('_entities', () => {
  test('a known, an unknown and a repeated id resolve to a row, null and the row again, each read once', async () => {
    await using gateway = await startGateway();
    const [known = ''] = idsOf(gateway);
    const { data, errors } = await ask(gateway, [byJobId(known), byJobId('unknown'), byJobId(known)]);
    expect(errors).toBeUndefined();
    expect(data._entities.map((job: { jobId: string } | null) => job?.jobId)).toEqual([
      known,
      undefined,
      known,
    ]);
    expect(data._entities[0]).toMatchObject({
      id: globalId(known),
      voiceName: gateway.emulator.list('Basic')[0]?.VoiceName,
    });
    expect(actionsOf(gateway)).toEqual(['GetCustomizedVoiceJob', 'GetCustomizedVoiceJob']);
  });

  test('both keys resolve to the same job with one call', async () => {
    await using gateway = await startGateway();
    const [jobId = ''] = idsOf(gateway);
    const { data } = await ask(gateway, [byJobId(jobId), byId(globalId(jobId))]);
    expect(data._entities).toHaveLength(2);
    expect(data._entities[0]).toEqual(data._entities[1]);
    expect(actionsOf(gateway)).toHaveLength(1);
  });

  test('an unreadable job does not fail the others', async () => {
    await using gateway = await startGateway();
    const jobIds = idsOf(gateway).slice(0, 5);
    gateway.emulator.fault({ kind: 'html' }, { when: ({ params }) => params.JobId === jobIds[2] });
    const { data, errors } = await ask(gateway, jobIds.map(byJobId));
    expect(data._entities.map(Boolean)).toEqual([true, true, false, true, true]);
    expect(errors).toHaveLength(1);
    expect(errors?.[0]).toMatchObject({
      path: ['_entities', 2],
      extensions: { code: 'UPSTREAM_UNAVAILABLE' },
    });
  });

  test('an id of another type is null, and a malformed id is an error of its own', async () => {
    await using gateway = await startGateway();
    const [jobId = ''] = idsOf(gateway);
    const { data, errors } = await ask(gateway, [
      byId(globalId('1', 'Voice')),
      byId('nonsense'),
      byJobId(' '),
      byJobId(jobId),
    ]);
    expect(data._entities.map(Boolean)).toEqual([false, false, false, true]);
    expect(errors?.map(({ path, extensions }) => [path?.[1], extensions.code, extensions.argument])).toEqual([
      [1, 'BAD_USER_INPUT', 'representations'],
      [2, 'BAD_USER_INPUT', 'representations'],
    ]);
  });

  test.each([
    ['another type', { __typename: 'Voice', id: '1' }],
    ['no type', { jobId: '1' }],
    ['no key', { __typename: 'CustomizedVoiceJob' }],
    ['a key that is not a string', { __typename: 'CustomizedVoiceJob', jobId: 7 }],
    ['two keys that are null', { __typename: 'CustomizedVoiceJob', jobId: null, id: null }],
    ['a type that every object inherits', { __typename: 'constructor', jobId: '1' }],
    ['a string instead of an object', 'CustomizedVoiceJob'],
    ['a list instead of an object', ['CustomizedVoiceJob']],
  ])('a representation with %s fails only its own entity, by its index', async (_, reference) => {
    await using gateway = await startGateway();
    const [jobId = ''] = idsOf(gateway);
    const { data, errors } = await ask(gateway, [byJobId(jobId), reference, byJobId(jobId)]);
    expect(data._entities.map(Boolean)).toEqual([true, false, true]);
    expect(errors).toHaveLength(1);
    expect(errors?.[0]).toMatchObject({
      path: ['_entities', 1],
      extensions: { code: 'BAD_USER_INPUT', argument: 'representations' },
    });
    expect(errors?.[0]?.message).toContain('representations[1]');
    expect(gateway.emulator.calls).toHaveLength(1);
  });

  test('a representation with `jobId: null` and a valid `id` resolves by its `id`, without a logged error', async () => {
    await using gateway = await startGateway();
    const [jobId = ''] = idsOf(gateway);
    for (const wrong of [null, 7, true, [jobId], { jobId }]) {
      const reference = { __typename: 'CustomizedVoiceJob', jobId: wrong, id: globalId(jobId) };
      const { data, errors } = await ask(gateway, [reference]);
      expect(errors).toBeUndefined();
      expect(data._entities[0].jobId).toBe(jobId);
    }
    expect(gateway.logged.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });

  test('random representations resolve to a job, null or BAD_USER_INPUT, as their keys require', async () => {
    await using gateway = await startGateway({ gateway: FOR_MANY });
    const [known = ''] = idsOf(gateway);
    const key = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(known, globalId(known), globalId(known, 'Voice'), 'unknown') },
      fc.constantFrom(...['constructor', '__proto__', 'toString', '', ' ', 'x'.repeat(129), '\ud83d']),
      fc.jsonValue({ maxDepth: 2 }),
    );
    const reference = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record(
          {
            __typename: fc.oneof(
              { weight: 8, arbitrary: fc.constant('CustomizedVoiceJob') },
              fc.constantFrom('Query', '_Any', 'PageInfo', 'Node', 'toString'),
              fc.jsonValue({ maxDepth: 1 }),
            ),
            jobId: key,
            id: key,
          },
          { requiredKeys: [] },
        ),
      },
      fc.jsonValue({ maxDepth: 2 }).filter((value) => value !== null),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(reference, { maxLength: 12 }), async (references) => {
        const { data, errors = [] } = await ask(gateway, references);
        // Written from docs/federation.md, independently of the code.
        const expected = references.map((given) => {
          const { __typename, jobId, id } = Object(given);
          if (__typename !== 'CustomizedVoiceJob' || Array.isArray(given)) return 'error';
          if (typeof jobId === 'string') return jobId === known ? 'job' : isFit(jobId) ? 'null' : 'error';
          if (typeof id !== 'string') return 'error';
          const [, typename, inner = ''] =
            /^([A-Z]\w*):(.+)$/s.exec(Buffer.from(id, 'base64').toString()) ?? [];
          if (typename === undefined) return 'error';
          if (typename !== 'CustomizedVoiceJob') return 'null';
          return inner === known ? 'job' : isFit(inner) ? 'null' : 'error';
        });
        const rowsWithError = new Set(errors.map(({ path }) => path?.[1]));
        const found = data._entities.map((row: { jobId: string } | null, index: number) => {
          if (row !== null) return row.jobId === known ? 'job' : 'another job';
          return rowsWithError.has(index) ? 'error' : 'null';
        });
        expect(found).toEqual(expected);
        for (const { extensions } of errors) expect(extensions.code).toBe('BAD_USER_INPUT');
      }),
      { numRuns: runs(300) },
    );
    expect(gateway.logged.filter(({ err }) => err !== undefined)).toEqual([]);
    expect(JSON.stringify(gateway.logged)).not.toContain('.ts:');
  });
});

/** Whether a text can be a job id. */
const isFit = (jobId: string) => jobId.isWellFormed() && jobId.trim() !== '' && jobId.length <= 128;

describe('upstream calls for many entities', () => {
  test('60 jobs cost one call each while the list lengths are unknown, and the pages of the lists once they are known', async () => {
    await using gateway = await startGateway();
    const jobIds = idsOf(gateway).slice(200, 260);
    const { data } = await ask(gateway, jobIds.map(byJobId));
    expect(data._entities.map((job: { jobId: string }) => job.jobId)).toEqual(jobIds);
    expect(actionsOf(gateway)).toEqual(jobIds.map(() => 'GetCustomizedVoiceJob'));

    await gateway.ask('{ customizedVoiceJobs(type: ALL, first: 1) { totalCount edges { cursor } } }');
    gateway.emulator.resetCalls();
    const again = await ask(gateway, jobIds.map(byJobId));
    expect(again.data._entities.map((job: { jobId: string }) => job.jobId)).toEqual(jobIds);
    expect(new Set(actionsOf(gateway))).toEqual(new Set(['ListCustomizedVoiceJobs']));
    expect(actionsOf(gateway).length).toBeLessThanOrEqual(4);
  });

  test('1,000 ids of lists of 271 rows cost at most 6 calls, unknown ids included', async () => {
    await using gateway = await startGateway({ gateway: FOR_MANY });
    const known = gateway.emulator.list('Basic').map(({ JobId }) => JobId);
    expect(known).toHaveLength(271);
    const jobIds = Array.from({ length: 1000 }, (_, index) => known[index * 3] ?? `unknown-${index}`);
    const { data, errors } = await ask(gateway, jobIds.map(byJobId));
    expect(errors).toBeUndefined();
    expect(data._entities.map((job: { jobId: string } | null) => job?.jobId ?? null)).toEqual(
      jobIds.map((jobId) => (jobId.startsWith('unknown') ? null : jobId)),
    );
    expect(gateway.emulator.calls.length).toBeLessThanOrEqual(6);
  });

  test('jobs of a list too long to scan are read by id', async () => {
    await using gateway = await startGateway({ emulator: { basicCount: 30_000, standardCount: 10 } });
    const list = gateway.emulator.list('Basic').map(({ JobId }) => JobId);
    const jobIds = Array.from({ length: 100 }, (_, index) => list[20_000 + index] ?? '');
    const { data } = await ask(gateway, jobIds.map(byJobId));
    expect(data._entities.map((job: { jobId: string }) => job.jobId)).toEqual(jobIds);
    expect(actionsOf(gateway).filter((action) => action === 'GetCustomizedVoiceJob')).toHaveLength(100);
    // Two calls for the lengths.
    expect(actionsOf(gateway)).toHaveLength(102);
  });

  test('a scan stops when the last job is found', async () => {
    await using gateway = await startGateway({ emulator: { basicCount: 5000, standardCount: 0 } });
    const jobIds = gateway.emulator
      .list('Basic')
      .slice(0, 150)
      .map(({ JobId }) => JobId);
    const { data } = await ask(gateway, jobIds.map(byJobId));
    expect(data._entities.map((job: { jobId: string }) => job.jobId)).toEqual(jobIds);
    expect(actionsOf(gateway)).toEqual(new Array(3).fill('ListCustomizedVoiceJobs'));
  });

  test('an unreadable page fails only the jobs that no other page contains', async () => {
    await using gateway = await startGateway({ gateway: FOR_MANY });
    const jobIds = gateway.emulator.list('Basic').map(({ JobId }) => JobId);
    const isSecondPage = ({ params }: { params: Readonly<Record<string, string>> }) => params.PageNo === '2';
    gateway.emulator.fault({ kind: 'html' }, { when: isSecondPage });
    const { data, errors } = await ask(gateway, jobIds.map(byJobId));
    expect(data._entities.slice(0, 100).every(Boolean)).toBe(true);
    expect(data._entities.slice(100).some(Boolean)).toBe(false);
    expect(errors).toHaveLength(171);
  });

  test('a scan finds every job that stood throughout while the lists move between pages', async () => {
    await using gateway = await startGateway({
      emulator: { basicCount: 500, standardCount: 500 },
      // Longer than needed under load: a truncated scan would prove nothing.
      gateway: { ...FOR_MANY, deadlineMs: 20_000 },
    });
    const { emulator } = gateway;
    const jobIds = idsOf(gateway);
    const removed = new Set<string>();
    emulator.beforePage(() => {
      for (const type of ['Basic', 'Standard'] as const) {
        const list = emulator.list(type);
        for (const { JobId } of [list[0], list.at(-3)].filter((row) => row !== undefined)) {
          emulator.remove(JobId);
          removed.add(JobId);
        }
        emulator.insert(type);
      }
    });
    const { data } = await ask(gateway, jobIds.map(byJobId));
    const missed = jobIds.filter((jobId, index) => data._entities[index] === null && !removed.has(jobId));
    expect(missed).toEqual([]);
    expect(removed.size).toBeGreaterThan(10);
  });
});
