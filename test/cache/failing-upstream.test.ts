import { describe, expect, test } from 'vitest';
import type { Fault } from '../../emulator/faults.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import {
  ask,
  askPage,
  jobIdsOf,
  readPage,
  repeatUntil,
  sent,
  startCaching,
  truth,
  untilOlderThan,
} from './asking.ts';

const PATIENT = { ttlMs: 100, staleIfErrorMs: 3_600_000 };
const THROTTLED: Fault = { kind: 'error', code: 'Throttling.User', status: 400 };

const failed = ({ emulator }: GatewayUnderTest) => emulator.calls.filter(({ outcome }) => outcome !== 'OK');

async function staleReads(gateway: GatewayUnderTest): Promise<string[]> {
  const text = await (await fetch(`${gateway.origin}/metrics`)).text();
  return text.split('\n').filter((line) => line.startsWith('cache_stale_reads_total{'));
}

describe('while the upstream fails', () => {
  test.each([
    ['throttles', THROTTLED, 'UPSTREAM_THROTTLED'],
    ['denies', { kind: 'error', code: 'Forbidden.RAM', status: 403 }, 'UPSTREAM_DENIED'],
    ['is out of order', { kind: 'error', code: 'InternalError', status: 500 }, 'UPSTREAM_UNAVAILABLE'],
    ['breaks connections', { kind: 'reset' }, 'UPSTREAM_UNAVAILABLE'],
    ['talks nonsense', { kind: 'html' }, 'UPSTREAM_UNAVAILABLE'],
    ['says nothing', { kind: 'hang' }, 'UPSTREAM_TIMEOUT'],
  ] satisfies [string, Fault, string][])(
    'because it %s, rows that were read before go on coming',
    async (_name, fault, code) => {
      await using gateway = await startGateway({ gateway: { deadlineMs: 300, cache: PATIENT } });
      const before = jobIdsOf(await readPage(gateway, { first: 10 }));
      gateway.emulator.fault(fault);
      gateway.emulator.insert('Basic');
      const counted = await repeatUntil(
        async () => {
          expect(jobIdsOf(await readPage(gateway, { first: 10 }))).toEqual(before);
          return staleReads(gateway);
        },
        ({ length }) => length > 0,
      );
      expect(counted).toEqual([`cache_stale_reads_total{code="${code}"} 1`]);
    },
  );

  test('a job that was read by its id, and an id that was unknown, go on coming too', async () => {
    await using gateway = await startCaching(PATIENT, 10);
    const query = 'query ($jobId: ID!) { customizedVoiceJob(jobId: $jobId) { jobId status } }';
    const [running = ''] = truth(gateway);
    const read = async (jobId: string) => (await ask(gateway, query, { jobId })).data?.customizedVoiceJob;
    const before = [await read(running), await read('none')];
    expect(before).toEqual([{ jobId: running, status: 'INITIALIZATION' }, null]);
    gateway.emulator.fault(THROTTLED);
    gateway.emulator.change(running, { Status: 'Training' });
    await repeatUntil(
      async () => {
        expect([await read(running), await read('none')]).toEqual(before);
        return new Set(failed(gateway).map(({ params }) => params.JobId));
      },
      ({ size }) => size === 2,
    );
  });

  test('what nobody has read is an error', async () => {
    await using gateway = await startCaching(PATIENT);
    await readPage(gateway, { first: 10 });
    gateway.emulator.fault(THROTTLED);
    const { errors } = await askPage(gateway, { type: 'STANDARD', first: 10 });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['UPSTREAM_THROTTLED']);
  });

  test('it is asked for a page once a second, not by every client', async () => {
    await using gateway = await startCaching(PATIENT);
    await readPage(gateway, { first: 10 });
    gateway.emulator.fault(THROTTLED);
    await repeatUntil(
      () => readPage(gateway, { first: 10 }),
      () => failed(gateway).length === 2,
    );
    const [first, second] = failed(gateway).map(({ at }) => at);
    // The second is counted from the failure, which came after the call; the clock rounds.
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(998);
  });
});

test('past the time for stale rows the error comes, and not before', async () => {
  const staleIfErrorMs = 500;
  await using gateway = await startCaching({ ttlMs: 50, staleIfErrorMs });
  const askedAt = performance.now();
  const before = jobIdsOf(await readPage(gateway, { first: 10 }));
  gateway.emulator.fault(THROTTLED);
  const code = await repeatUntil(
    async () => {
      const { data, errors } = await askPage(gateway, { first: 10 });
      if (errors === undefined) expect(jobIdsOf(data.customizedVoiceJobs)).toEqual(before);
      return errors?.[0]?.extensions.code;
    },
    (found) => found !== undefined,
  );
  expect(performance.now() - askedAt).toBeGreaterThanOrEqual(staleIfErrorMs);
  expect(code).toBe('UPSTREAM_THROTTLED');
});

test('where stale rows are not allowed the error comes with the end of the TTL', async () => {
  const ttlMs = 200;
  await using gateway = await startCaching({ ttlMs, staleIfErrorMs: 0 });
  const askedAt = performance.now();
  await readPage(gateway, { first: 10 });
  gateway.emulator.fault(THROTTLED);
  const { errors } = await repeatUntil(
    () => askPage(gateway, { first: 10 }),
    (answer) => answer.errors !== undefined,
  );
  expect(performance.now() - askedAt).toBeGreaterThanOrEqual(ttlMs);
  expect(errors?.[0]?.extensions.code).toBe('UPSTREAM_THROTTLED');
});

test('an upstream that recovers shows its news, and nobody sees an error in between', async () => {
  await using gateway = await startCaching(PATIENT);
  await readPage(gateway, { first: 10 });
  const lift = gateway.emulator.fault(THROTTLED);
  await untilOlderThan(PATIENT.ttlMs);
  await readPage(gateway, { first: 10 });
  expect(failed(gateway)).toHaveLength(1);
  const { JobId } = gateway.emulator.insert('Basic');
  lift();
  await repeatUntil(
    async () => jobIdsOf(await readPage(gateway, { first: 10 })),
    ([newest]) => newest === JobId,
  );
  expect(sent(gateway)).toEqual(Array(3).fill('Basic page 1 of 100'));
});

test('a caller who leaves is no failure: the next one reads anew', async () => {
  await using gateway = await startGateway({ gateway: { deadlineMs: 60_000, cache: PATIENT } });
  await readPage(gateway, { first: 10 });
  await untilOlderThan(PATIENT.ttlMs);
  gateway.emulator.fault({ kind: 'hang' }, { times: 1 });
  const leaving = new AbortController();
  const asked = askPage(gateway, { first: 10 }, leaving.signal);
  await expect.poll(() => sent(gateway)).toHaveLength(2);
  leaving.abort();
  await expect(asked).rejects.toThrow();
  await expect.poll(() => gateway.emulator.inFlight).toBe(0);

  const { JobId } = gateway.emulator.insert('Basic');
  expect(jobIdsOf(await readPage(gateway, { first: 10 }))[0]).toBe(JobId);
  expect(await staleReads(gateway)).toEqual([]);
});
