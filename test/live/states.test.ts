import { describe, test } from 'vitest';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { follow, TRANSPORTS } from './subscriber-under-test.ts';

const CACHES = [
  ['with a cache', { ttlMs: 2000, staleIfErrorMs: 60_000 }],
  ['with CACHE_TTL_MS=0', { ttlMs: 0, staleIfErrorMs: 0 }],
] as const;

const COURSE = ['AudioDetecting', 'PreTraining', 'Training', 'Success'] as const;
const SHOWN = ['INITIALIZATION', 'AUDIO_DETECTING', 'PRE_TRAINING', 'TRAINING', 'SUCCESS'];

/** A new job that does not change on its own. */
function newJob({ emulator }: GatewayUnderTest): string {
  return emulator.insert('Basic', { Status: 'Initialization' }).JobId;
}

describe.concurrent.each(TRANSPORTS)('by %s', (transport) => {
  test.for(CACHES)(
    'a subscriber receives the current state first, then each change once, then the end, %s',
    async ([_, cache], { expect }) => {
      await using gateway = await startGateway({ gateway: { cache } });
      const jobId = newJob(gateway);
      const following = follow(transport, gateway.origin, jobId);
      await expect.poll(() => following.statuses).toEqual(SHOWN.slice(0, 1));
      for (const [index, Status] of COURSE.entries()) {
        gateway.emulator.change(jobId, { Status });
        await expect.poll(() => following.statuses, { interval: 10 }).toEqual(SHOWN.slice(0, index + 2));
      }
      await following.ended;
      expect(following.answers.map(({ errors }) => errors)).toEqual(SHOWN.map(() => undefined));
    },
  );

  test('a later subscriber receives the state of that time, and the same changes from then on', async ({
    expect,
  }) => {
    await using gateway = await startGateway();
    const jobId = newJob(gateway);
    const early = follow(transport, gateway.origin, jobId);
    await expect.poll(() => early.statuses).toHaveLength(1);
    gateway.emulator.change(jobId, { Status: 'Training' });
    await expect.poll(() => early.statuses).toHaveLength(2);
    const late = follow(transport, gateway.origin, jobId);
    await expect.poll(() => late.statuses).toHaveLength(1);
    gateway.emulator.change(jobId, { Status: 'Fail', Message: 'too quiet' });
    await Promise.all([early.ended, late.ended]);
    expect(early.statuses).toEqual(['INITIALIZATION', 'TRAINING', 'FAIL']);
    expect(late.statuses).toEqual(['TRAINING', 'FAIL']);
    expect(late.answers.at(-1)?.data.customizedVoiceJobStatusChanged.message).toBe('too quiet');
  });

  test.for(['Success', 'Fail'] as const)(
    'a job that has come to %s is shown once',
    async (Status, { expect }) => {
      await using gateway = await startGateway();
      const { JobId } = gateway.emulator.insert('Basic', { Status });
      const following = follow(transport, gateway.origin, JobId);
      await following.ended;
      expect(following.statuses).toEqual([Status.toUpperCase()]);
      expect(gateway.emulator.calls).toHaveLength(1);
    },
  );

  test('a status unknown to the schema is null, counts as a change, and is counted in a metric', async ({
    expect,
  }) => {
    await using gateway = await startGateway();
    const jobId = newJob(gateway);
    const following = follow(transport, gateway.origin, jobId);
    for (const [index, Status] of ['Paused', 'Training', 'Success'].entries()) {
      await expect.poll(() => following.statuses).toHaveLength(index + 1);
      gateway.emulator.change(jobId, { Status });
    }
    await following.ended;
    expect(following.statuses).toEqual(['INITIALIZATION', null, 'TRAINING', 'SUCCESS']);
    const metrics = await (await fetch(`${gateway.origin}/metrics`)).text();
    expect(metrics).toMatch(/^voicejobs_upstream_unknown_enum_total\{field="Status"\} [1-9]/m);
  });

  test("each of several unknown statuses is a change, with the upstream's value in rawStatus", async ({
    expect,
  }) => {
    await using gateway = await startGateway();
    const jobId = newJob(gateway);
    const following = follow(transport, gateway.origin, jobId);
    const course = ['CosyVoiceQueued', 'CosyVoiceTraining', '', 'Success'];
    for (const [index, Status] of course.entries()) {
      await expect.poll(() => following.statuses).toHaveLength(index + 1);
      gateway.emulator.change(jobId, { Status });
    }
    await following.ended;
    const shown = following.answers.map(({ data }) => data.customizedVoiceJobStatusChanged);
    expect(shown.map(({ status, rawStatus }) => [status, rawStatus])).toEqual([
      ['INITIALIZATION', 'Initialization'],
      [null, 'CosyVoiceQueued'],
      [null, 'CosyVoiceTraining'],
      [null, ''],
      ['SUCCESS', 'Success'],
    ]);
  });

  test('a changed message alone is no change, and is sent with the next one', async ({ expect }) => {
    await using gateway = await startGateway();
    const jobId = newJob(gateway);
    const following = follow(transport, gateway.origin, jobId);
    await expect.poll(() => following.statuses).toHaveLength(1);
    gateway.emulator.change(jobId, { Message: 'soon' });
    const calls = gateway.emulator.calls.length;
    await expect.poll(() => gateway.emulator.calls.length).toBeGreaterThan(calls + 2);
    gateway.emulator.change(jobId, { Status: 'Success' });
    await following.ended;
    const told = following.answers.map(({ data }) => data.customizedVoiceJobStatusChanged);
    expect(told.map(({ status, message }) => [status, message])).toEqual([
      ['INITIALIZATION', ''],
      ['SUCCESS', 'soon'],
    ]);
  });

  test.for([
    ['an id of no job', 'nobody', /^Job not found, or deleted/],
    ['an empty id', '', /0 characters/],
    ['half a character', '\ud800', /lone surrogate/],
    ['an id that is too long', 'x'.repeat(129), /129 characters/],
  ] as const)('%s is an error that names the argument', async ([_, jobId, message], { expect }) => {
    await using gateway = await startGateway();
    const following = follow(transport, gateway.origin, jobId);
    await following.ended;
    expect(following.answers).toHaveLength(1);
    const [error] = following.answers[0]?.errors ?? [];
    expect(error?.message).toMatch(message);
    expect(error?.extensions).toEqual({ code: 'BAD_USER_INPUT', argument: 'jobId' });
    expect(error?.path).toEqual(['customizedVoiceJobStatusChanged']);
  });

  test('a deleted job ends the stream with the same error', async ({ expect }) => {
    await using gateway = await startGateway();
    const jobId = newJob(gateway);
    const following = follow(transport, gateway.origin, jobId);
    await expect.poll(() => following.statuses).toHaveLength(1);
    gateway.emulator.remove(jobId);
    const ending = await following.ended.then(
      () => following.answers.at(-1)?.errors,
      (errors) => errors,
    );
    expect(ending).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument: 'jobId' } }]);
    expect(following.statuses).toEqual(['INITIALIZATION']);
  });

  test('a single "not found" response does not end a stream', async ({ expect }) => {
    await using gateway = await startGateway();
    const jobId = newJob(gateway);
    const following = follow(transport, gateway.origin, jobId);
    await expect.poll(() => following.statuses).toHaveLength(1);
    gateway.emulator.fault({ kind: 'error', code: 'JobNotFound', status: 404 }, { times: 1 });
    const calls = gateway.emulator.calls.length;
    await expect.poll(() => gateway.emulator.calls.length).toBeGreaterThan(calls + 3);
    gateway.emulator.change(jobId, { Status: 'Success' });
    await following.ended;
    expect(following.statuses).toEqual(['INITIALIZATION', 'SUCCESS']);
  });
});

test.concurrent.for(TRANSPORTS)(
  '/subgraph sends the same states to routers, by %s',
  async (transport, { expect }) => {
    await using gateway = await startGateway();
    const jobId = newJob(gateway);
    const following = follow(transport, gateway.origin, jobId, {}, undefined, '/subgraph');
    await expect.poll(() => following.statuses).toHaveLength(1);
    gateway.emulator.change(jobId, { Status: 'Success' });
    await following.ended;
    expect(following.statuses).toEqual(['INITIALIZATION', 'SUCCESS']);
  },
);

test.concurrent('a state read by a request is sent to subscribers at once, before the next poll', async ({
  expect,
}) => {
  await using gateway = await startGateway({ gateway: { livePollMs: 60_000 } });
  const jobId = newJob(gateway);
  const following = follow('server-sent events', gateway.origin, jobId);
  await expect.poll(() => following.statuses).toHaveLength(1);
  gateway.emulator.change(jobId, { Status: 'Training' });
  await gateway.ask('{ customizedVoiceJobs(first: 1) { totalCount nodes { jobId } } }');
  await expect.poll(() => following.statuses).toHaveLength(2);
  gateway.emulator.change(jobId, { Status: 'Success' });
  await gateway.ask('query ($jobId: ID!) { customizedVoiceJob(jobId: $jobId) { status } }', { jobId });
  await following.ended;
  expect(following.statuses).toEqual(['INITIALIZATION', 'TRAINING', 'SUCCESS']);
});

test.concurrent('rows read by polls are cached for requests', async ({ expect }) => {
  const cache = { ttlMs: 60_000, staleIfErrorMs: 0 };
  await using gateway = await startGateway({ gateway: { cache } });
  const jobId = newJob(gateway);
  const following = follow('server-sent events', gateway.origin, jobId);
  await expect.poll(() => following.statuses).toHaveLength(1);
  gateway.emulator.change(jobId, { Status: 'Success' });
  await following.ended;
  const calls = gateway.emulator.calls.length;
  const { data } = await gateway.ask('query ($jobId: ID!) { customizedVoiceJob(jobId: $jobId) { status } }', {
    jobId,
  });
  expect(data.customizedVoiceJob.status).toBe('SUCCESS');
  expect(gateway.emulator.calls).toHaveLength(calls);
});
