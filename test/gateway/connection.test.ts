import { afterEach, describe, expect, test } from 'vitest';
import { cover } from '../../src/paging/cover.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { FULL } from '../runs.ts';

const PAGE = `query ($type: CustomizedVoiceJobTypeFilter!, $first: Int, $after: String, $last: Int, $before: String) {
  customizedVoiceJobs(type: $type, first: $first, after: $after, last: $last, before: $before) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { cursor node { jobId } }
    nodes { jobId }
  }
}`;

interface Page {
  readonly totalCount: number;
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly jobId: string } }[];
  readonly nodes: readonly { readonly jobId: string }[];
}

/** Lists of every length: with jobs seconds apart, as the emulator creates them, and with all jobs of one second. */
const LISTS = [0, 1, 9, 10, 99, 100, 101, 271].flatMap((length) => [
  { length, times: 'apart' },
  { length, times: 'of one second' },
]);

let gateway: GatewayUnderTest;
async function useList(length: number, times: string): Promise<void> {
  gateway = await startGateway({ emulator: { basicCount: times === 'apart' ? length : 0 } });
  if (times !== 'apart') gateway.emulator.insertMany('Basic', length);
}
afterEach(() => gateway[Symbol.asyncDispose]());

async function read(args: Record<string, unknown>): Promise<Page> {
  const answer = await gateway.ask(PAGE, { type: 'BASIC', ...args });
  expect(answer.errors).toBeUndefined();
  return answer.data.customizedVoiceJobs;
}

/** The cursor and job id of every row, by offset. */
async function everyRow(): Promise<{ cursor: string; jobId: string }[]> {
  const rows: { cursor: string; jobId: string }[] = [];
  for (let after: string | null = null; ; ) {
    const page: Page = await read({ first: 100, after });
    rows.push(...page.edges.map(({ cursor, node }) => ({ cursor, jobId: node.jobId })));
    if (!page.pageInfo.hasNextPage) return rows;
    after = page.pageInfo.endCursor;
  }
}

/** Page sizes; test/paging/window.test.ts covers more of them without HTTP. */
const SIZES = FULL ? [0, 1, 7, 10, 64, 99, 100] : [0, 7, 100];

/** Number of cursor offsets, spread over the list, besides its last two. */
const PLACES = FULL ? 23 : 4;

describe.each(LISTS)('a list of $length rows, $times', ({ length, times }) => {
  test('returns the rows of a plain array with correct page info and the fewest calls, for every mix of arguments', async () => {
    await useList(length, times);
    const rows = await everyRow();
    const truth = gateway.emulator.list('Basic').map(({ JobId }) => JobId);
    expect(rows.map(({ jobId }) => jobId)).toEqual(truth);

    const step = Math.max(1, Math.floor(length / PLACES));
    const places = [...Array(length).keys()].filter((offset) => offset % step === 0 || offset > length - 3);
    for (const size of SIZES) {
      for (const argument of ['first', 'last'] as const) {
        for (const [after, before] of boundsOf(places)) {
          const start = after === undefined ? 0 : after + 1;
          const between = truth.slice(start, Math.max(start, before ?? length));
          const expected =
            argument === 'first' ? between.slice(0, size) : size === 0 ? [] : between.slice(-size);

          gateway.emulator.resetCalls();
          const label = `${argument}: ${size}, after ${after}, before ${before}`;
          const page = await read({
            [argument]: size,
            after: after === undefined ? null : rows[after]?.cursor,
            before: before === undefined ? null : rows[before]?.cursor,
          });
          expect(
            page.nodes.map(({ jobId }) => jobId),
            label,
          ).toEqual(expected);
          expect(page.totalCount, label).toBe(length);
          if (expected.length === 0) {
            expect([page.pageInfo.startCursor, page.pageInfo.endCursor], label).toEqual([null, null]);
          } else {
            const from = truth.indexOf(String(expected[0]));
            expect(page.pageInfo, label).toMatchObject({
              hasPreviousPage: from > 0,
              hasNextPage: from + expected.length < length,
            });
            // Backwards, the cursors of rows of one second contain other neighbours.
            if (times === 'apart' || argument === 'first') {
              expect(page.pageInfo, label).toMatchObject({
                startCursor: rows[from]?.cursor,
                endCursor: rows[from + expected.length - 1]?.cursor,
              });
            }
          }
          expect(gateway.emulator.calls.length, label).toBeLessThanOrEqual(
            leastCalls(argument, expected, truth, after, before),
          );
        }
      }
    }
  });
});

/** No cursor, one cursor, and both, crossed too. */
function boundsOf(places: readonly number[]): [number | undefined, number | undefined][] {
  const single = places.flatMap((place): [number | undefined, number | undefined][] => [
    [place, undefined],
    [undefined, place],
  ]);
  const pairs = places
    .filter((_, index) => index % 5 === 0)
    .flatMap((after) =>
      places.filter((_, index) => index % 7 === 0).map((before): [number, number] => [after, before]),
    );
  return [[undefined, undefined], ...single, ...pairs];
}

/**
 * Expected number of calls: the pages that hold the rows, or one for the total if there are none, plus one if the end of the
 * list is needed and no cursor has seen it.
 */
function leastCalls(
  argument: 'first' | 'last',
  expected: readonly string[],
  truth: readonly string[],
  after: number | undefined,
  before: number | undefined,
): number {
  const start = truth.indexOf(String(expected[0]));
  // Backwards, the cursor's row is read too: only its own offset proves that the list has not moved.
  const end = start + expected.length + (argument === 'last' && before !== undefined ? 1 : 0);
  const rows = expected.length === 0 ? 0 : cover({ start, end }, 100).length;
  const probe = argument === 'last' && after === undefined && before === undefined ? 1 : 0;
  return Math.max(1, rows + probe);
}

test('returns the same cursor for the same row at the same offset, whatever window it came in', async () => {
  await useList(271, 'apart');
  const rows = await everyRow();
  for (const args of [
    { last: 17 },
    { first: 33 },
    { first: 10, after: rows[41]?.cursor },
    { last: 9, before: rows[9]?.cursor },
  ]) {
    for (const { cursor, node } of (await read(args)).edges) {
      expect(rows).toContainEqual({ cursor, jobId: node.jobId });
    }
  }
});

test('the lists of the two types are separate', async () => {
  await useList(271, 'apart');
  const page = await read({ type: 'STANDARD', first: 100 });
  expect(page.nodes.map(({ jobId }) => jobId)).toEqual(
    gateway.emulator.list('Standard').map(({ JobId }) => JobId),
  );
});
