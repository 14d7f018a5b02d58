import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { MAX_TOTAL } from '../../src/foreign-values.ts';
import { CursorError, decodeCursor, encodeCursor, keyOf } from '../../src/paging/cursor.ts';
import { type PolledJob, planReads } from '../../src/voice-jobs/watch/poll-plan.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { fc, runs } from '../runs.ts';

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway?.[Symbol.asyncDispose]());

/** Counts elements appended to arrays while a function runs. */
function elementsMadeBy(act: () => void): number {
  let made = 0;
  const push = vi.spyOn(Array.prototype, 'push').mockImplementation(function (this: unknown[], ...items) {
    made += items.length;
    // The result is clear; the rest would take seconds and gigabytes.
    if (made > 1_000_000) throw new RangeError('a million elements');
    for (const item of items) this[this.length] = item;
    return this.length;
  });
  const { from } = Array;
  const make = vi.spyOn(Array, 'from').mockImplementation((...args: Parameters<typeof Array.from>) => {
    made += (args[0] as ArrayLike<unknown>).length ?? 0;
    return from(...args);
  });
  try {
    act();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  } finally {
    push.mockRestore();
    make.mockRestore();
  }
  return made;
}

test('planning polls of a few jobs creates no more pages than jobs, however long the lists claim to be', () => {
  const total = fc.option(fc.integer({ min: 0, max: MAX_TOTAL - 1 }), { nil: undefined });
  const jobs = fc.array(
    fc.record({
      jobId: fc.uuid(),
      missingFrom: fc.constantFrom<PolledJob['missingFrom']>('nowhere', 'its page', 'every page'),
    }),
    { minLength: 1, maxLength: 50 },
  );
  fc.assert(
    fc.property(jobs, total, total, fc.nat(200), (wanted, basic, standard, most) => {
      const all = wanted.map((job) => ({ ...job, type: undefined, position: undefined }));
      const made = elementsMadeBy(() =>
        planReads(all, (type) => (type === 'Basic' ? basic : standard), most),
      );
      expect(made).toBeLessThanOrEqual(4 * all.length);
    }),
    { numRuns: runs(200), examples: [[[{ jobId: 'one', missingFrom: 'nowhere' }], 3e8, 3e8, 100]] },
  );
});

test('the maximum length of a list is the largest total that a cursor can represent', () => {
  const anchor = {
    offset: MAX_TOTAL - 2,
    key: keyOf('job'),
    createdAt: null,
    ordered: false,
    neighbours: { side: 'above', complete: true, keys: [] },
  } as const;
  const textOf = (total: number) => encodeCursor({ list: 0, anchors: [{ ...anchor, total }] });
  expect(decodeCursor(textOf(MAX_TOTAL - 1)).anchors[0]?.total).toBe(MAX_TOTAL - 1);
  expect(() => decodeCursor(textOf(MAX_TOTAL))).toThrow(CursorError);
});

test('property: for any total from the upstream, a page costs few calls and is correct or UPSTREAM_BAD_RESPONSE', async () => {
  const anyNumber = fc.oneof(
    fc.integer({ min: -5, max: 2 * MAX_TOTAL }),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(3e8, MAX_TOTAL - 1, MAX_TOTAL, 2 ** 31, 2 ** 53, -1, 0.5),
  );
  const args = fc.constantFrom('first: 3', 'last: 3', 'first: 100', 'last: 100', 'type: ALL, last: 5');
  await fc.assert(
    fc.asyncProperty(anyNumber, args, async (totalCount, args) => {
      gateway.emulator.rewritePage((page) => ({ ...page, totalCount }));
      gateway.emulator.resetCalls();
      const { data, errors } = await gateway.ask(
        `{ customizedVoiceJobs(${args}) { totalCount nodes { jobId } pageInfo { hasNextPage } } }`,
      );
      expect(gateway.emulator.calls.length).toBeLessThanOrEqual(10);
      const isPossible = Number.isSafeInteger(totalCount) && totalCount >= 0 && totalCount < MAX_TOTAL;
      if (isPossible) expect(data.customizedVoiceJobs.totalCount).toBeLessThan(2 * MAX_TOTAL);
      else expect(errors?.[0]?.extensions.code).toBe('UPSTREAM_BAD_RESPONSE');
    }),
    { numRuns: runs(100) },
  );
  gateway.emulator.rewritePage(null);
});
