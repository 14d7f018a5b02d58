import { describe, expect, test } from 'vitest';
import type { Call } from '../../emulator/calls.ts';
import { startGateway } from '../gateway-under-test.ts';
import { ask, askPage, FOR_EVER, jobIdsOf, type PageArgs, readPage, startCaching, truth } from './asking.ts';

// If a single-flight key lacks a part of the request, a caller gets the value of another request. The first read gets no
// response until its caller leaves, so a caller that shares it by mistake gets none either, however slow the machine is.

/** A gateway whose matching reads hang, and a caller that waits for one of them until the test ends. */
async function startHolding(isHeld: (call: Call) => boolean) {
  const gateway = await startGateway({
    emulator: { basicCount: 1000 },
    gateway: { cache: FOR_EVER, deadlineMs: 30_000 },
  });
  const leaving = new AbortController();
  gateway.emulator.fault({ kind: 'hang' }, { when: isHeld });
  return {
    ...gateway,
    async hold(asked: (signal: AbortSignal) => Promise<unknown>) {
      asked(leaving.signal).catch(() => {});
      await expect.poll(() => gateway.emulator.inFlight).toBe(1);
    },
    async [Symbol.asyncDispose]() {
      // The first caller still waits.
      expect(gateway.emulator.inFlight).toBe(1);
      leaving.abort();
      await gateway[Symbol.asyncDispose]();
    },
  };
}

const TOTAL = '{ customizedVoiceJobs { totalCount } }';
const JOB = 'query ($jobId: ID!) { customizedVoiceJob(jobId: $jobId) { jobId } }';

const isPage = (type: string, pageNo: string, pageSize: string) => (call: Call) =>
  call.params.Type === type && call.params.PageNo === pageNo && call.params.PageSize === pageSize;

describe('single-flight keys: a caller does not share the read of another caller that', () => {
  const first100 = isPage('Basic', '1', '100');
  test.each<[string, string | PageArgs, (call: Call) => boolean, PageArgs]>([
    ['reads the total alone', TOTAL, isPage('Basic', '1', '1'), { first: 5 }],
    ['reads the list of the other type', { first: 5 }, first100, { type: 'STANDARD', first: 5 }],
    ['reads another page', { first: 5 }, first100, { last: 5 }],
  ])('%s', async (_title, one, isHeld, other) => {
    await using gateway = await startHolding(isHeld);
    await gateway.hold((signal) =>
      typeof one === 'string' ? ask(gateway, one, {}, signal) : askPage(gateway, one, signal),
    );

    const page = await readPage(gateway, other);
    const rows = truth(gateway, other.type === 'STANDARD' ? 'Standard' : 'Basic');
    expect(page.totalCount).toBe(rows.length);
    expect(jobIdsOf(page)).toEqual(other.last === undefined ? rows.slice(0, 5) : rows.slice(-5));
  });

  test('reads a page of the other type, if it needs the total', async () => {
    await using gateway = await startHolding(({ params }) => params.Type === 'Standard');
    await gateway.hold((signal) => askPage(gateway, { type: 'STANDARD', first: 5 }, signal));
    expect(await ask(gateway, TOTAL)).toEqual({ data: { customizedVoiceJobs: { totalCount: 1000 } } });
  });
});

test('a read of one job does not block a read of another job', async () => {
  await using gateway = await startHolding(({ params }) => params.JobId === 'one');
  await gateway.hold((signal) => ask(gateway, JOB, { jobId: 'one' }, signal));
  const [other = ''] = truth(gateway);
  expect(await ask(gateway, JOB, { jobId: other })).toEqual({
    data: { customizedVoiceJob: { jobId: other } },
  });
});

test.each([
  ['with a cache', FOR_EVER],
  ['without a cache', { ttlMs: 0, staleIfErrorMs: 0 }],
])('one request with several list fields gets the rows of each field, %s', async (_title, cache) => {
  await using gateway = await startCaching(cache);
  const list = (args: string) => `customizedVoiceJobs(${args}) { totalCount nodes { jobId } }`;
  const { data, errors } = await ask(
    gateway,
    `{
      none: ${list('first: 0')} one: ${list('first: 1')} five: ${list('first: 5')} end: ${list('last: 5')}
      standard: ${list('type: STANDARD, first: 5')}
    }`,
  );
  expect(errors).toBeUndefined();
  const rows = { basic: truth(gateway), standard: truth(gateway, 'Standard') };
  const page = (totalCount: number, jobIds: string[]) => ({
    totalCount,
    nodes: jobIds.map((jobId) => ({ jobId })),
  });
  expect(data).toEqual({
    none: page(1000, []),
    one: page(1000, rows.basic.slice(0, 1)),
    five: page(1000, rows.basic.slice(0, 5)),
    end: page(1000, rows.basic.slice(-5)),
    standard: page(42, rows.standard.slice(0, 5)),
  });
});
