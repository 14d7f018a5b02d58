import { describe, expect, test } from 'vitest';
import type { Fault } from '../../emulator/faults.ts';
import { runningMs, undisturbed } from '../faults/standstill.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import {
  arrivals,
  ask,
  askPage,
  expectPaced,
  jobIdsOf,
  type PageArgs,
  readPage,
  repeatUntil,
  sent,
  startBeside,
  startCaching,
  truth,
  untilOlderThan,
} from './asking.ts';

const PATIENT = { ttlMs: 100, staleIfErrorMs: 3_600_000 };
/** A failure that is not retried and does not trip the circuit breaker. */
const DENIED: Fault = { kind: 'error', code: 'Forbidden.RAM', status: 403 };

const failed = ({ emulator }: GatewayUnderTest) => emulator.calls.filter(({ outcome }) => outcome !== 'OK');

async function staleReads(gateway: GatewayUnderTest): Promise<string[]> {
  const text = await (await fetch(`${gateway.origin}/metrics`)).text();
  return text.split('\n').filter((line) => line.startsWith('voicejobs_cache_stale_reads_total{'));
}

describe('stale-if-error, while the upstream fails', () => {
  test.each([
    ['throttles', { kind: 'error', code: 'Throttling.User', status: 400 }, 'UPSTREAM_THROTTLED'],
    ['denies', DENIED, 'UPSTREAM_DENIED'],
    ['returns 500', { kind: 'error', code: 'InternalError', status: 500 }, 'UPSTREAM_UNAVAILABLE'],
    ['resets connections', { kind: 'reset' }, 'UPSTREAM_UNAVAILABLE'],
    ['returns HTML', { kind: 'html' }, 'UPSTREAM_UNAVAILABLE'],
    ['hangs', { kind: 'hang' }, 'UPSTREAM_TIMEOUT'],
  ] satisfies [string, Fault, string][])(
    'which %s, serves the rows that were read before',
    (_name, fault, code) =>
      undisturbed(async () => {
        // Every attempt of a failing read ends before the stale value is served at half the deadline, however slow the machine
        // is.
        const deadlineMs = code === 'UPSTREAM_TIMEOUT' ? 1000 : 20_000;
        await using gateway = await startGateway({ gateway: { deadlineMs, cache: PATIENT } });
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
        expect(counted).toEqual([`voicejobs_cache_stale_reads_total{code="${code}"} 1`]);
      }),
  );

  test('serves stale jobs by id, and stale nulls of unknown ids', async () => {
    await using gateway = await startCaching(PATIENT, 10);
    const query = 'query ($jobId: ID!) { customizedVoiceJob(jobId: $jobId) { jobId status } }';
    const [running = ''] = truth(gateway);
    const read = async (jobId: string) => (await ask(gateway, query, { jobId })).data?.customizedVoiceJob;
    const before = [await read(running), await read('none')];
    expect(before).toEqual([{ jobId: running, status: 'INITIALIZATION' }, null]);
    gateway.emulator.fault(DENIED);
    gateway.emulator.change(running, { Status: 'Training' });
    await repeatUntil(
      async () => {
        expect([await read(running), await read('none')]).toEqual(before);
        return new Set(failed(gateway).map(({ params }) => params.JobId));
      },
      ({ size }) => size === 2,
    );
  });

  test('returns the error for a page that was never read', async () => {
    await using gateway = await startCaching(PATIENT);
    await readPage(gateway, { first: 10 });
    gateway.emulator.fault(DENIED);
    const { errors } = await askPage(gateway, { type: 'STANDARD', first: 10 });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['UPSTREAM_DENIED']);
  });

  test('retries a page once per second for all clients together', async () => {
    await using gateway = await startCaching(PATIENT);
    await readPage(gateway, { first: 10 });
    gateway.emulator.fault(DENIED);
    await repeatUntil(
      () => readPage(gateway, { first: 10 }),
      () => failed(gateway).length === 2,
    );
    const [first, second] = failed(gateway).map(({ at }) => at);
    // The pause starts at the failure, which is later than the call. Minus rounding of the clock.
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(998);
  });
});

test('serves stale rows until staleIfErrorMs has passed, then returns the error', async () => {
  const staleIfErrorMs = 500;
  await using gateway = await startCaching({ ttlMs: 50, staleIfErrorMs });
  const askedAt = performance.now();
  const before = jobIdsOf(await readPage(gateway, { first: 10 }));
  gateway.emulator.fault(DENIED);
  const code = await repeatUntil(
    async () => {
      const { data, errors } = await askPage(gateway, { first: 10 });
      if (errors === undefined) expect(jobIdsOf(data.customizedVoiceJobs)).toEqual(before);
      return errors?.[0]?.extensions.code;
    },
    (found) => found !== undefined,
  );
  expect(performance.now() - askedAt).toBeGreaterThanOrEqual(staleIfErrorMs);
  expect(code).toBe('UPSTREAM_DENIED');
});

test('returns the error after the TTL if staleIfErrorMs is 0', async () => {
  const ttlMs = 200;
  await using gateway = await startCaching({ ttlMs, staleIfErrorMs: 0 });
  const askedAt = performance.now();
  await readPage(gateway, { first: 10 });
  gateway.emulator.fault(DENIED);
  const { errors } = await repeatUntil(
    () => askPage(gateway, { first: 10 }),
    (answer) => answer.errors !== undefined,
  );
  expect(performance.now() - askedAt).toBeGreaterThanOrEqual(ttlMs);
  expect(errors?.[0]?.extensions.code).toBe('UPSTREAM_DENIED');
});

test('serves the new rows after a recovery, without an error in between', async () => {
  await using gateway = await startCaching(PATIENT);
  await readPage(gateway, { first: 10 });
  const lift = gateway.emulator.fault(DENIED);
  await untilOlderThan(PATIENT.ttlMs);
  await readPage(gateway, { first: 10 });
  expect(failed(gateway)).toHaveLength(1);
  const { JobId } = gateway.emulator.insert('Basic');
  const liftedAt = Date.now();
  lift();
  await repeatUntil(
    async () => jobIdsOf(await readPage(gateway, { first: 10 })),
    ([newest]) => newest === JobId,
  );
  // One read brings the change; a second one only happens if a slow machine takes longer than the TTL.
  const [pages = [], ...others] = arrivals(gateway).values();
  expect(others).toEqual([]);
  expect(failed(gateway)).toHaveLength(1);
  expectPaced(pages.slice(2), liftedAt, PATIENT.ttlMs);
});

test('serves nothing older than the TTL after a recovery', async () => {
  await using gateway = await startCaching(PATIENT);
  await readPage(gateway, { first: 10 });
  const lift = gateway.emulator.fault(DENIED);
  await untilOlderThan(PATIENT.ttlMs);
  await readPage(gateway, { first: 10 });
  const { JobId } = gateway.emulator.insert('Basic');
  lift();
  await repeatUntil(
    async () => jobIdsOf(await readPage(gateway, { first: 10 })),
    ([newest]) => newest === JobId,
  );
  const stale = await staleReads(gateway);
  for (let news = 0; news < 3; news++) {
    const next = gateway.emulator.insert('Basic').JobId;
    await untilOlderThan(PATIENT.ttlMs);
    expect(jobIdsOf(await readPage(gateway, { first: 10 }))[0]).toBe(next);
  }
  expect(await staleReads(gateway)).toEqual(stale);
});

test('does not treat an aborted read as a failure: the next caller reads again', async () => {
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

/** The job ids of a page, or the codes of its errors. */
async function rowsOrCodes(gateway: GatewayUnderTest, args: PageArgs): Promise<unknown[]> {
  const { data, errors } = await askPage(gateway, args);
  return errors === undefined
    ? jobIdsOf(data.customizedVoiceJobs)
    : errors.map(({ extensions }) => extensions.code);
}

describe('regressions', () => {
  const SHORT = { ttlMs: 100, staleIfErrorMs: 60_000 };
  /** Longer than two sequential reads on a slow machine. */
  const TWO_READS = { ttlMs: 2000, staleIfErrorMs: 60_000 };

  test('a stale window does not leave out a row that stood throughout', async () => {
    await using gateway = await startCaching(SHORT);
    const [deleted = ''] = truth(gateway).slice(250);
    const top = await readPage(gateway, { first: 100 });
    await readPage(gateway, { first: 10, after: top.pageInfo.endCursor });
    gateway.emulator.insert('Basic');
    gateway.emulator.remove(deleted);
    await untilOlderThan(SHORT.ttlMs);
    const lift = gateway.emulator.fault(DENIED, { when: ({ params }) => params.PageNo !== '1' });
    const { pageInfo, edges } = await readPage(gateway, { first: 95 });
    expect(edges.map(({ node }) => node.jobId)).toEqual(truth(gateway).slice(0, 95));
    const across = { first: 10, after: pageInfo.endCursor };
    const right = truth(gateway).slice(95, 105);
    expect([right, ['UPSTREAM_DENIED']]).toContainEqual(await rowsOrCodes(gateway, across));
    lift();
    expect(await rowsOrCodes(gateway, across)).toEqual(right);
  });

  test('a total alone is served stale from a cached page', async () => {
    await using gateway = await startCaching(SHORT);
    await readPage(gateway, { first: 10 });
    gateway.emulator.fault(DENIED);
    await untilOlderThan(SHORT.ttlMs);
    const answer = await ask(gateway, '{ customizedVoiceJobs { totalCount } }');
    expect(answer).toEqual({ data: { customizedVoiceJobs: { totalCount: 1000 } } });
    expect(failed(gateway)).toHaveLength(1);
  });

  test('the last rows are served stale when they and the total are cached', () =>
    undisturbed(async () => {
      await using gateway = await startCaching(TWO_READS);
      await readPage(gateway, { first: 10 });
      await readPage(gateway, { last: 10 });
      expect(sent(gateway)).toEqual(['Basic page 1 of 100', 'Basic page 10 of 100']);
      gateway.emulator.fault(DENIED);
      await untilOlderThan(TWO_READS.ttlMs);
      expect(await rowsOrCodes(gateway, { last: 10 })).toEqual(truth(gateway).slice(-10));
    }));

  test('the last rows do not wait half the deadline for the total and again for the rows', () =>
    undisturbed(async () => {
      const deadlineMs = 2000;
      await using gateway = await startGateway({ gateway: { deadlineMs, cache: SHORT } });
      const before = await rowsOrCodes(gateway, { last: 10 });
      gateway.emulator.fault({ kind: 'hang' });
      await untilOlderThan(SHORT.ttlMs);
      const askedAt = runningMs();
      expect(await rowsOrCodes(gateway, { last: 10 })).toEqual(before);
      expect(runningMs() - askedAt).toBeLessThan(0.8 * deadlineMs);
    }));

  test('a window across two cached pages is served stale', () =>
    undisturbed(async () => {
      await using gateway = await startCaching(TWO_READS);
      const { pageInfo } = await readPage(gateway, { first: 97 });
      const across = { first: 10, after: pageInfo.endCursor };
      const right = truth(gateway).slice(97, 107);
      expect(await rowsOrCodes(gateway, across)).toEqual(right);
      expect(sent(gateway)).toEqual(['Basic page 1 of 100', 'Basic page 2 of 100']);
      gateway.emulator.fault(DENIED);
      await untilOlderThan(TWO_READS.ttlMs);
      expect(await rowsOrCodes(gateway, { first: 97 })).toEqual(truth(gateway).slice(0, 97));
      expect(await rowsOrCodes(gateway, across)).toEqual(right);
    }));

  test('a hanging upstream does not make rows older than staleIfErrorMs come back', () =>
    undisturbed(async () => {
      const cache = { ttlMs: 50, staleIfErrorMs: 300 };
      await using gateway = await startGateway({ gateway: { deadlineMs: 2000, cache } });
      await readPage(gateway, { first: 10 });
      gateway.emulator.fault({ kind: 'hang' });
      await untilOlderThan(cache.ttlMs);
      expect(await rowsOrCodes(gateway, { first: 10 })).toEqual(['UPSTREAM_TIMEOUT']);
    }));

  test('a failing read of a job whose id looks like a page key does not make that page stale', async () => {
    const jobId = 'Basic/100/1';
    const readJob = async (gateway: GatewayUnderTest) => {
      const query = 'query ($jobId: ID!) { customizedVoiceJob(jobId: $jobId) { jobId } }';
      expect(await ask(gateway, query, { jobId })).toEqual({ data: { customizedVoiceJob: { jobId } } });
    };
    await using gateway = await startCaching(SHORT);
    gateway.emulator.insert('Basic', { JobId: jobId });
    await readPage(gateway, { first: 10 });
    gateway.emulator.fault(DENIED, { action: 'GetCustomizedVoiceJob' });
    await untilOlderThan(SHORT.ttlMs);
    await readJob(gateway);
    expect(failed(gateway)).toHaveLength(1);
    gateway.emulator.insert('Basic');
    await readPage(gateway, { type: 'STANDARD', first: 10 });
    expect(await rowsOrCodes(gateway, { first: 10 })).toEqual(truth(gateway).slice(0, 10));
  });
});

describe('the error is returned when only rows newer than the cached ones are valid:', () => {
  const PATIENT_FOR_EVER = { ttlMs: 3_600_000, staleIfErrorMs: 3_600_000 };

  /** A gateway with the second page cached and not the first; then five jobs were inserted. */
  async function startWithSecondPage() {
    const elsewhere = await startCaching({ ttlMs: 0, staleIfErrorMs: 0 });
    const gateway = await startBeside(elsewhere, PATIENT_FOR_EVER);
    const { pageInfo } = await readPage(elsewhere, { first: 100 });
    const { edges } = await readPage(elsewhere, { first: 20, after: pageInfo.endCursor });
    const atHand = { first: 10, after: edges[10]?.cursor ?? null };
    const stood = jobIdsOf(await readPage(gateway, atHand));
    expect(stood).toEqual(truth(elsewhere).slice(111, 121));
    elsewhere.emulator.insertMany('Basic', 5);
    const close = async () => {
      await gateway[Symbol.asyncDispose]();
      await elsewhere[Symbol.asyncDispose]();
    };
    return { elsewhere, gateway, atHand, stood, [Symbol.asyncDispose]: close };
  }

  test('after a cursor that was made after the page was read', async () => {
    await using started = await startWithSecondPage();
    const { elsewhere, gateway, atHand, stood } = started;
    const { pageInfo } = await readPage(elsewhere, { first: 100 });
    const lift = elsewhere.emulator.fault(DENIED);
    const args = { first: 10, after: pageInfo.endCursor };
    expect(await rowsOrCodes(gateway, args)).toEqual(['UPSTREAM_DENIED']);
    // A request without a newer cursor still gets the cached rows.
    expect(await rowsOrCodes(gateway, atHand)).toEqual(stood);
    lift();
    expect(await rowsOrCodes(gateway, args)).toEqual(truth(elsewhere).slice(100, 110));
  });

  test('below a page without a usable row', async () => {
    await using started = await startWithSecondPage();
    const { elsewhere, gateway, atHand, stood } = started;
    elsewhere.emulator.rewritePage(({ rows, totalCount }, { params }) => ({
      totalCount,
      rows: params.PageNo === '1' ? rows.map(() => null) : rows,
    }));
    const lift = elsewhere.emulator.fault(DENIED, { when: ({ params }) => params.PageNo !== '1' });
    // Requests all of the first page, so that the next rows are on the second one alone, which is cached.
    expect(await rowsOrCodes(gateway, { first: 100 })).toEqual(['UPSTREAM_DENIED']);
    expect(await rowsOrCodes(gateway, atHand)).toEqual(stood);
    lift();
    expect(await rowsOrCodes(gateway, { first: 100 })).toEqual(truth(elsewhere).slice(100, 200));
  });
});

test('a fresh page is served from the cache while another read fails', async () => {
  await using gateway = await startCaching({ ttlMs: 3_600_000, staleIfErrorMs: 3_600_000 });
  await readPage(gateway, { first: 10 });
  gateway.emulator.fault(DENIED, { action: 'GetCustomizedVoiceJob' });
  const { errors } = await ask(gateway, '{ customizedVoiceJob(jobId: "none") { jobId } }');
  expect(errors?.[0]?.extensions.code).toBe('UPSTREAM_DENIED');
  const page = await readPage(gateway, { first: 10 });
  expect(jobIdsOf(page)).toEqual(truth(gateway).slice(0, 10));
  const next = await readPage(gateway, { first: 100, after: page.pageInfo.endCursor });
  expect(jobIdsOf(next)).toEqual(truth(gateway).slice(10, 110));
  expect(sent(gateway)).toEqual(['Basic page 1 of 100', 'none', 'Basic page 2 of 100']);
  expect(await staleReads(gateway)).toEqual([]);
});
