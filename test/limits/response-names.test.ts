import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NAME_BYTES_A_POINT } from '../../src/limits/cost.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { fc, runs } from '../runs.ts';
import { costOf, DEFAULTS } from './check-document.ts';

const complexity = (text: string) => costOf(text).complexity;
const alias = (length: number, first = 'a') => first.repeat(length);

describe('points for long response keys', () => {
  test.each<[what: string, text: string, points: number]>([
    ['a long alias, once', `{ ${alias(1000)}: __typename }`, 1 + 7],
    [
      'a long alias of a row, with each row',
      `{ customizedVoiceJobs(first: 3) { nodes { ${alias(1000)}: id } } }`,
      2 + 3 * 9 + 10,
    ],
    [
      'a long alias above the rows, with each of their fields, because an error repeats the whole path',
      `{ ${alias(1000)}: nodes(ids: ["a", "b"]) { id __typename } }`,
      1 + 7 + 2 * 2 * 8 + 2 * 10,
    ],
    [
      'names of the schema, nothing',
      '{ customizedVoiceJobs(first: 3) { edges { node { createTime } } } }',
      2 + 3 * 2 + 10,
    ],
    [
      'long aliases within introspection, a thousand times',
      `{ __schema { types { ${alias(200)}: name } } }`,
      1000,
    ],
    [
      'introspection as it is, nothing',
      '{ __schema { types { name fields { name type { ofType { name } } } } } }',
      0,
    ],
  ])('%s', (_, text, points) => {
    expect(complexity(text)).toBe(points);
  });

  test('reject two aliases of 48,000 characters for 100 rows', async () => {
    await using gateway = await startGateway();
    const query = `{ customizedVoiceJobs(first: 100) { nodes { ${alias(48_000)}: jobId ${alias(48_000, 'b')}: jobId } } }`;
    const { errors } = await gateway.ask(query);
    expect(errors?.[0]?.extensions.code).toBe('OPERATION_TOO_COMPLEX');
    expect(gateway.emulator.calls).toEqual([]);
  });
});

describe('response keys over HTTP', () => {
  /** Longer than the longest query drawn below, which would otherwise be rejected before its cost is known. */
  const LONGEST_BODY = 400_000;
  let gateway: GatewayUnderTest;
  beforeAll(async () => {
    gateway = await startGateway({
      gateway: { cache: { ttlMs: 600_000, staleIfErrorMs: 0 }, limits: { bodyBytes: LONGEST_BODY } },
    });
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  /** Bytes of all names in a response, including those in error paths. */
  function namesIn(value: unknown): number {
    if (Array.isArray(value)) return value.reduce<number>((bytes, one) => bytes + namesIn(one), 0);
    if (typeof value !== 'object' || value === null) return 0;
    return Object.entries(value).reduce((bytes, [name, one]) => bytes + name.length + namesIn(one), 0);
  }

  const length = fc.oneof(
    fc.integer({ min: 1, max: 30 }),
    fc.integer({ min: 30, max: 3000 }),
    fc.integer({ min: 3000, max: 20_000 }),
  );
  const fields = fc
    .array(fc.record({ length, field: fc.constantFrom('id', 'jobId', 'status', 'voiceName', 'gmtCreate') }), {
      minLength: 1,
      maxLength: 8,
    })
    .map((all) =>
      all
        .map(({ length, field }, at) => `${String.fromCharCode(97 + at).repeat(length)}: ${field}`)
        .join(' '),
    );
  const list = fc
    .record({ root: length, rows: length, first: fc.integer({ min: 0, max: 100 }), fields })
    .map(
      ({ root, rows, first, fields }) =>
        `{ ${alias(root, 'r')}: customizedVoiceJobs(first: ${first}) { ${alias(rows, 'n')}: nodes { ${fields} } } }`,
    );
  const byIds = fc
    .record({ root: length, count: fc.integer({ min: 1, max: 60 }), fields })
    .map(({ root, count, fields }) => {
      const ids = Array.from({ length: count }, (_, at) => `"no-id-${at}"`).join(' ');
      return `{ ${alias(root, 'r')}: nodes(ids: [${ids}]) { ... on CustomizedVoiceJob { ${fields} } } }`;
    });

  test('property: an allowed response contains at most the bytes of names that its points allow, even if every row is an error', () =>
    fc.assert(
      fc.asyncProperty(fc.oneof(list, byIds), async (query) => {
        const points = complexity(query);
        const { data, errors = [] } = await gateway.ask(query);
        if (points > DEFAULTS.complexity) {
          expect(errors[0]?.extensions.code).toBe('OPERATION_TOO_COMPLEX');
          return;
        }
        const paths = errors.reduce((bytes, { path = [] }) => bytes + path.join('').length, 0);
        expect(namesIn(data)).toBeLessThanOrEqual(points * NAME_BYTES_A_POINT);
        expect(paths).toBeLessThanOrEqual(points * NAME_BYTES_A_POINT);
      }),
      { numRuns: runs(200) },
    ));
});
