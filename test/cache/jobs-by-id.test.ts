import { describe, expect, test } from 'vitest';
import { undisturbed } from '../faults/standstill.ts';
import type { GatewayUnderTest } from '../gateway-under-test.ts';
import { arrivals, ask, expectPaced, FOR_EVER, readPage, repeatUntil, sent, startCaching } from './asking.ts';

/** A running job and a finished one of the emulator. */
async function twoJobs({ emulator }: GatewayUnderTest) {
  const rows = emulator.list('Basic');
  const running = rows.find(({ Status }) => Status === 'Training')?.JobId ?? '';
  const finished = rows.find(({ Status }) => Status === 'Success')?.JobId ?? '';
  return { running, finished };
}

async function readJob(gateway: GatewayUnderTest, jobId: string) {
  const query = 'query ($jobId: ID!) { customizedVoiceJob(jobId: $jobId) { jobId status gmtCreate } }';
  const { data, errors } = await ask(gateway, query, { jobId });
  expect(errors).toBeUndefined();
  return data.customizedVoiceJob;
}

describe('a job read by its id', () => {
  test('costs no call if a cached page lists it, and then has its gmtCreate', async () => {
    await using gateway = await startCaching(FOR_EVER, 10);
    await readPage(gateway, { first: 3 });
    const [row] = gateway.emulator.list('Basic').slice(5);
    const expected = { jobId: row?.JobId, gmtCreate: row?.GmtCreate };
    expect(await readJob(gateway, row?.JobId ?? '')).toMatchObject(expected);
    const id = btoa(`CustomizedVoiceJob:${row?.JobId}`);
    const query =
      'query ($id: ID!) { one: node(id: $id) { ...job } all: nodes(ids: [$id, $id]) { ...job } } fragment job on CustomizedVoiceJob { jobId gmtCreate }';
    expect((await ask(gateway, query, { id })).data).toEqual({ one: expected, all: [expected, expected] });
    expect(sent(gateway)).toEqual(['Basic page 1 of 100']);
  });

  test('costs one call if no cached page lists it, however many clients ask', async () => {
    await using gateway = await startCaching(FOR_EVER, 10);
    const { running } = await twoJobs(gateway);
    gateway.emulator.setLatencyMs(100);
    const read = () => readJob(gateway, running);
    const jobs = [...(await Promise.all(Array.from({ length: 100 }, read))), await read()];
    expect(jobs).toEqual(jobs.map(() => ({ jobId: running, status: 'TRAINING', gmtCreate: null })));
    expect(sent(gateway)).toEqual([running]);
  });

  test('keeps the gmtCreate of an earlier listed row', () =>
    undisturbed(async () => {
      await using gateway = await startCaching({ ttlMs: 100, staleIfErrorMs: 0 }, 10);
      const { running } = await twoJobs(gateway);
      await readPage(gateway, { first: 10 });
      gateway.emulator.change(running, { Status: 'Success' });
      await repeatUntil(
        async () => {
          const job = await readJob(gateway, running);
          expect(job.gmtCreate).toMatch(/^20/);
          return job.status;
        },
        (status) => status === 'SUCCESS',
      );
      expect(sent(gateway)).toEqual(['Basic page 1 of 100', running]);
    }));
});

describe('a job with a final status', () => {
  test('stays cached when a running job is due for a refresh', () =>
    undisturbed(async () => {
      await using gateway = await startCaching({ ttlMs: 500, staleIfErrorMs: 0 }, 10);
      const { running, finished } = await twoJobs(gateway);
      await readPage(gateway, { first: 10 });
      await repeatUntil(
        () => Promise.all([readJob(gateway, running), readJob(gateway, finished)]),
        () => sent(gateway).length > 1,
      );
      expect(sent(gateway)).toEqual(['Basic page 1 of 100', running]);
    }));

  test('is refreshed after thirty times the TTL, and not before', async () => {
    const ttlMs = 20;
    await using gateway = await startCaching({ ttlMs, staleIfErrorMs: 0 }, 10);
    const { running, finished } = await twoJobs(gateway);
    const startedAt = Date.now();
    await repeatUntil(
      () => Promise.all([readJob(gateway, running), readJob(gateway, finished)]),
      () => arrivals(gateway).get(finished)?.length === 2,
    );
    expectPaced(arrivals(gateway).get(finished) ?? [], startedAt, 30 * ttlMs);
    expectPaced(arrivals(gateway).get(running) ?? [], startedAt, ttlMs);
  });

  test('that was deleted disappears from the list after the TTL, and from lookups by id later', async () => {
    await using gateway = await startCaching({ ttlMs: 20, staleIfErrorMs: 0 }, 10);
    const { finished } = await twoJobs(gateway);
    await readPage(gateway, { first: 10 });
    gateway.emulator.remove(finished);
    await repeatUntil(
      () => readPage(gateway, { first: 10 }),
      ({ totalCount }) => totalCount === 9,
    );
    await repeatUntil(
      () => readJob(gateway, finished),
      (job) => job === null,
    );
  });
});

describe('an id that the upstream does not know', () => {
  test('costs one call, however many clients ask', async () => {
    await using gateway = await startCaching(FOR_EVER, 10);
    const answers = await Promise.all(Array.from({ length: 20 }, () => readJob(gateway, 'none')));
    expect([...answers, await readJob(gateway, 'none')]).toEqual(Array(21).fill(null));
    expect(sent(gateway)).toEqual(['none']);
  });

  test('is looked up again after the TTL, and found once the job exists', async () => {
    await using gateway = await startCaching({ ttlMs: 200, staleIfErrorMs: 0 }, 10);
    const startedAt = Date.now();
    expect(await readJob(gateway, 'late')).toBeNull();
    gateway.emulator.insert('Basic', { JobId: 'late' });
    const job = await repeatUntil(
      () => readJob(gateway, 'late'),
      (found) => found !== null,
    );
    expect(job).toMatchObject({ jobId: 'late', status: 'INITIALIZATION' });
    expectPaced(arrivals(gateway).get('late') ?? [], startedAt, 200);
  });

  test('is found as soon as a page lists the job', async () => {
    await using gateway = await startCaching(FOR_EVER, 10);
    expect(await readJob(gateway, 'late')).toBeNull();
    gateway.emulator.insert('Basic', { JobId: 'late' });
    await readPage(gateway, { first: 1 });
    expect(await readJob(gateway, 'late')).toMatchObject({ jobId: 'late' });
    expect(sent(gateway)).toEqual(['late', 'Basic page 1 of 100']);
  });
});
