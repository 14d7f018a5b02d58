import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobRow } from '../../emulator/job.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { fc, runs } from '../runs.ts';
import { type Filter, rowsOf, search } from './search-client.ts';

const STATUSES = [
  'INITIALIZATION',
  'AUDIO_DETECTING',
  'PRE_TRAINING',
  'TRAINING',
  'SUCCESS',
  'FAIL',
] as const;
const TYPES = ['BASIC', 'STANDARD', 'ALL'] as const;

/** A value of the upstream as an enum value of the schema. */
const enumOf = (value: string | undefined) =>
  (value ?? '').replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();

/** Model of the filter, without case folding, which the emulator's names do not need. */
function matches(row: JobRow, filter: Filter): boolean {
  const { text, status, gender, scenario, createdFrom, createdBefore } = filter;
  const created = Date.parse(row.CreateTime);
  const texts = [row.VoiceName, row.VoiceDesc, row.VoiceId, row.JobId, row.Message].map((value) =>
    (value ?? '').normalize('NFKC').toLowerCase(),
  );
  return (
    (!status || status.includes(enumOf(row.Status))) &&
    (!gender || gender.includes(enumOf(row.Gender))) &&
    (!scenario || scenario.includes(enumOf(row.Scenario))) &&
    (!createdFrom || created >= Date.parse(createdFrom)) &&
    (!createdBefore || created < Date.parse(createdBefore)) &&
    (!text || texts.some((value) => value.includes(text.normalize('NFKC').toLowerCase())))
  );
}

const texts = fc.constantFrom(
  'a',
  'WARM',
  'narr',
  'ZOË',
  'zoe\u0308',
  '京',
  '睡前',
  '🎙️',
  '📚 有',
  'xiao',
  '\\',
  '"',
  '%',
  '.*',
  'no such',
);
const times = fc
  .tuple(
    fc.integer({ min: Date.parse('2022-12-01') / 1000, max: Date.parse('2025-02-01') / 1000 }),
    fc.constantFrom(0, 0.5),
    fc.constantFrom('Z', '+08:00'),
  )
  .map(([second, part, zone]) => {
    const local = second * 1000 + (zone === 'Z' ? 0 : 8 * 3_600_000) + part * 1000;
    return new Date(local).toISOString().replace(part === 0 ? '.000Z' : 'Z', zone);
  });
const part = <Value>(arbitrary: fc.Arbitrary<Value>, freq = 2) =>
  fc.option(arbitrary, { nil: undefined, freq });
const filters: fc.Arbitrary<Filter> = fc
  .record({
    text: part(texts, 1),
    status: part(fc.subarray([...STATUSES]), 1),
    gender: part(fc.subarray(['FEMALE', 'MALE']), 1),
    scenario: part(fc.subarray(['STORY', 'INTERACTION', 'NAVIGATION']), 1),
    createdFrom: part(times, 1),
    createdBefore: part(times, 1),
  })
  .filter(
    ({ createdFrom, createdBefore }) =>
      createdFrom === undefined ||
      createdBefore === undefined ||
      Date.parse(createdFrom) < Date.parse(createdBefore),
  )
  .map((filter) => JSON.parse(JSON.stringify(filter)));

let gateways: Record<string, GatewayUnderTest>;
beforeAll(async () => {
  gateways = {
    'without a cache, compiled': await startGateway(),
    'with a cache, by graphql-js': await startGateway({
      gateway: { executor: 'graphql-js', cache: { ttlMs: 3_600_000, staleIfErrorMs: 0 } },
    }),
  };
});
afterAll(() => Promise.all(Object.values(gateways ?? {}).map((gateway) => gateway[Symbol.asyncDispose]())));

describe.each(['without a cache, compiled', 'with a cache, by graphql-js'])('%s', (name) => {
  test('the pages of any search equal those of a plain array', { timeout: 600_000 }, async () => {
    const gateway = gateways[name] as GatewayUnderTest;
    await fc.assert(
      fc.asyncProperty(
        filters,
        fc.constantFrom(...TYPES),
        fc.integer({ min: 1, max: 100 }),
        fc.boolean(),
        fc.boolean(),
        async (filter, type, rows, isForwards, isCounted) => {
          const matching = rowsOf(gateway, type)
            .filter((row) => matches(row, filter))
            .map(({ JobId }) => JobId);
          const left = isForwards ? [...matching] : matching.toReversed();
          let cursor: string | null = null;
          for (let pages = 0; pages < 4; pages++) {
            const window = isForwards ? { first: rows, after: cursor } : { last: rows, before: cursor };
            const page = await search(gateway, { filter, type, ...window }, isCounted);
            expect(page.calls).toBeLessThanOrEqual(10);
            const shown = isForwards ? page.ids : page.ids.toReversed();
            expect(shown).toEqual(left.splice(0, rows));
            expect(page.matchCount).toBe(isCounted ? matching.length : undefined);
            const { hasNextPage, hasPreviousPage, startCursor, endCursor } = page.info;
            const [ahead, behind] = isForwards
              ? [hasNextPage, hasPreviousPage]
              : [hasPreviousPage, hasNextPage];
            if (left.length > 0 || isCounted) expect(ahead).toBe(left.length > 0);
            expect(behind).toBe(pages > 0);
            cursor = isForwards ? endCursor : startCursor;
            if (!ahead) break;
          }
        },
      ),
      { numRuns: runs(500) },
    );
  });
});
